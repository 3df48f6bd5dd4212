"""Laplacian residuals in PyTorch, the other side of laplacian.mjs: value, gradient and Gauss-Newton product, one thread, float64.

    python3 bench/pytorch_laplacian.py [ROUNDS]

Second derivatives by torch.autograd.grad with create_graph, as programs of the field write them; the product by two transposed
passes. Least processor time, one JSON object a network.
"""

import json
import sys
import time

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20


def network(sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(a, b), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def residual(net, x):
    (slopes,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
    seconds = [
        torch.autograd.grad(slopes[:, k].sum(), x, create_graph=True)[0][:, k] for k in range(x.shape[1])
    ]
    return sum(seconds) / x.shape[0] ** 0.5


def least(f):
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        f()
        best = min(best, time.process_time() - begin)
    return 1e3 * best


for dimensions, hidden, count in [(2, [64], 900), (2, [30] * 4, 3000), (5, [64], 3000), (5, [64, 64], 1000), (10, [64, 64], 1000)]:
    net = network([dimensions, *hidden, 1])
    parameters = list(net.parameters())
    x = torch.rand(count, dimensions, requires_grad=True)

    def value():
        return 0.5 * residual(net, x).square().sum()

    def gradient():
        # The output bias has no part in second derivatives.
        return torch.autograd.grad(value(), parameters, allow_unused=True)

    r = residual(net, x)
    u = torch.zeros_like(r, requires_grad=True)
    used = parameters[:-1]
    Ju = torch.autograd.grad(r, used, u, create_graph=True)
    v = [torch.randn_like(p) for p in used]

    def product():
        Jv = torch.autograd.grad(Ju, u, v, retain_graph=True)[0]
        return torch.autograd.grad(r, used, Jv, retain_graph=True)

    times = {"value": least(value), "gradient": least(gradient), "product": least(product)}
    name = "-".join(map(str, [dimensions, *hidden, 1]))
    print(json.dumps({"network": name, "points": count, **{k: round(t, 2) for k, t in times.items()}}))

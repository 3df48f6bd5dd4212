"""PyTorch's L-BFGS on four problems of packages/lab/bench/equations: the other side of run.mjs, one thread, float64.

    python3 bench/pytorch_equations.py [PROBLEM] [SEEDS] [SECONDS]

strong_wolfe, 100 pairs, networks and points as in the problem files but of torch's own draws. Processor seconds of the process; the
error is evaluated aside. One JSON object a run: the best error until 1, 10, 60 and 300 s, evaluations, steps.
"""

import json
import math
import sys
import time

import numpy
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
pi = math.pi


def network(sizes, start):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        linear = torch.nn.Linear(a, b)
        if start == "glorot":
            torch.nn.init.xavier_normal_(linear.weight)
            torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def slopes(u, x):
    return torch.autograd.grad(u.sum(), x, create_graph=True)[0]


def second(first, x, k):
    return torch.autograd.grad(first[:, k].sum(), x, create_graph=True)[0][:, k]


def poisson():
    net = network([2, 64, 1], "torch")
    inside = torch.rand(900, 2, requires_grad=True)
    edge = torch.rand(120, 2)
    for i in range(120):
        edge[i, i % 4 // 2] = i % 2
    exact = lambda x: torch.sin(pi * x[:, 0]) * torch.sin(pi * x[:, 1])

    def loss():
        g = slopes(net(inside)[:, 0], inside)
        r = second(g, inside, 0) + second(g, inside, 1) + 2 * pi**2 * exact(inside.detach())
        return 0.5 * r.square().mean() + 0.5 * net(edge).square().mean()

    return net, loss, lambda x: net(x)[:, 0], exact, torch.rand(9000, 2), 0.5


def heat():
    net = network([2, 64, 1], "torch")  # inputs t, x
    inside = torch.rand(900, 2, requires_grad=True)
    sides, initial = torch.rand(60, 2), torch.rand(60, 2)
    sides[:, 1] = torch.arange(60) % 2
    initial[:, 0] = 0
    exact = lambda x: torch.exp(-(pi**2) * x[:, 0] / 4) * torch.sin(pi * x[:, 1])

    def loss():
        g = slopes(net(inside)[:, 0], inside)
        r = g[:, 0] - second(g, inside, 1) / 4
        c = torch.cat([net(sides)[:, 0], net(initial)[:, 0] - exact(initial)])
        return 0.5 * r.square().mean() + 0.5 * c.square().mean()

    return net, loss, lambda x: net(x)[:, 0], exact, torch.rand(9000, 2), 0.317


def helmholtz():
    net = network([4, 30, 30, 30, 30, 1], "glorot")
    field = lambda x: net(torch.cat([f(pi * (x[:, k : k + 1] + 1)) for k in (0, 1) for f in (torch.cos, torch.sin)], 1))[:, 0]
    inside = (2 * torch.rand(5000, 2) - 1).requires_grad_()
    exact = lambda x: torch.sin(pi * x[:, 0]) * torch.sin(4 * pi * x[:, 1])
    q = (1 - 17 * pi**2) * exact(inside.detach())

    def loss():
        u = field(inside)
        g = slopes(u, inside)
        return 0.5 * (second(g, inside, 0) + second(g, inside, 1) + u - q).square().mean()

    line = torch.linspace(-1, 1, 200)
    return net, loss, field, exact, torch.cartesian_prod(line, line), 1


def burgers():
    nu = 0.01 / pi
    net = network([3, 20, 20, 20, 1], "glorot")
    field = lambda x: x[:, 1] * net(torch.stack([x[:, 1], torch.cos(pi * x[:, 0]), torch.sin(pi * x[:, 0])], 1))[:, 0] - torch.sin(pi * x[:, 0])
    inside = torch.rand(10_000, 2)
    inside[:, 0] = 2 * inside[:, 0] - 1
    inside.requires_grad_()

    def loss():
        u = field(inside)
        g = slopes(u, inside)
        return 0.5 * (g[:, 1] + u * g[:, 0] - nu * second(g, inside, 0)).square().mean()

    def exact(x):
        """Cole and Hopf, as in shared/cole-hopf.mjs."""
        z = numpy.linspace(-14, 14, 1401)
        out = []
        for place, t in x.numpy():
            if t < 1e-9:
                out.append(-math.sin(pi * place))
                continue
            y = place - math.sqrt(4 * nu * t) * z
            exponent = -numpy.cos(pi * y) / (2 * pi * nu) - z * z
            weight = numpy.exp(exponent - exponent.max())
            out.append(-(weight * numpy.sin(pi * y)).sum() / weight.sum())
        return torch.tensor(out)

    held = torch.cartesian_prod(torch.linspace(-1, 1, 101), torch.linspace(0, 1, 51))
    return net, loss, field, exact, held, 1


def run(make, name, seed, seconds):
    torch.manual_seed(seed)
    net, loss, field, exact, held, scale = make()
    target = exact(held)
    optimizer = torch.optim.LBFGS(net.parameters(), max_iter=20, history_size=100, line_search_fn="strong_wolfe", tolerance_grad=0, tolerance_change=0)
    begin, aside, evaluations, best, curve = time.process_time(), 0.0, 0, math.inf, []

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    last = None
    while True:
        optimizer.step(closure)
        now = time.process_time()
        spent = now - begin - aside
        with torch.no_grad():
            error = scale * ((field(held) - target).norm() / target.norm()).item()
        best = min(best, error)
        curve.append((spent, best))
        aside += time.process_time() - now
        # Steps that change nothing: the line search fails.
        current = torch.cat([p.detach().flatten() for p in net.parameters()])
        if spent > seconds or (last is not None and torch.equal(last, current)):
            break
        last = current
    until = lambda t: next((e for s, e in reversed(curve) if s <= 1.02 * t), None)
    marks = {t: until(t) for t in (1, 10, 60, 300) if t <= 1.02 * seconds}
    return {"problem": name, "method": "torch L-BFGS", "seed": seed, "errors": marks, "best": best, "steps": 20 * len(curve), "evaluations": evaluations, "spent": curve[-1][0]}


problems = {"poisson-257": poisson, "heat-257": heat, "helmholtz": helmholtz, "burgers-hard": burgers}
names = sys.argv[1].split(",") if len(sys.argv) > 1 else list(problems)
seeds = [int(s) for s in (sys.argv[2] if len(sys.argv) > 2 else "1").split(",")]
for name in names:
    for seed in seeds:
        print(json.dumps(run(problems[name], name, seed, float(sys.argv[3]) if len(sys.argv) > 3 else 10)), flush=True)

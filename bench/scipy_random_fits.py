"""scipy on the random problems of `npm run soak:fits`, by its defaults and exact derivatives; prints a JSON of counts.

    QUADRIC_SOAK_OUT=problems.json npm run soak:fits && python3 bench/scipy_random_fits.py problems.json

All in float64. Right: the loss in plain units is that of the minimum from the truth to 1e-8, or one that leastsq (BFGS) from there
cannot lower; success is what scipy says.
"""
import json
import sys
import warnings

import numpy as np
import scipy
from scipy.optimize import least_squares, leastsq, minimize

warnings.filterwarnings("ignore")
x = np.arange(30) / 10


def decay(p):
    e = np.exp(-p[1] * x)
    return p[0] * e, np.stack([e, -p[0] * x * e], 1)


def peak(p):
    u = (x - p[1]) / p[2]
    e = np.exp(-u * u)
    return p[0] * e, np.stack([e, 2 * p[0] * u * e / p[2], 2 * p[0] * u * u * e / p[2]], 1)


def decays(p):
    h, t = (len(p) - 1) // 2, np.arange(8) / 4
    e = np.exp(-p[1:-1:2, None] * t)
    jacobian = np.zeros((8 * h, len(p)))
    for k in range(h):
        rows = slice(8 * k, 8 * k + 8)
        jacobian[rows, 2 * k], jacobian[rows, 2 * k + 1] = e[k], -p[2 * k] * t * e[k]
    jacobian[:, -1] = 1
    return (p[0:-1:2, None] * e).ravel() + p[-1], jacobian


models = {
    "line": lambda p: (p[0] + p[1] * x, np.stack([np.ones_like(x), x], 1)),
    "decay": decay,
    "peak": peak,
    "saturation": lambda p: (p[0] * x / (p[1] + x), np.stack([x / (p[1] + x), -p[0] * x / (p[1] + x) ** 2], 1)),
    "decays": decays,
}


def squares(method):
    def run(r, jac, start):
        if method == "leastsq":
            p, _, _, _, code = leastsq(r, start, Dfun=jac, full_output=True)
            return p, code in (1, 2, 3, 4)
        result = least_squares(r, start, jac=jac, x_scale=method)
        return result.x, result.success

    return run


def minimiser(method):
    def run(f, g, h, start):
        result = minimize(f, start, jac=g, method=method, **({"hess": h} if method == "trust-exact" else {}))
        return result.x, result.success

    return run


def verdict(problem, run):
    truth, u, s = (np.array(problem[key], float) for key in ("truth", "units", "unit"))
    start = np.array(problem["start"], float)
    if problem["kind"] == "barrier":
        f = lambda p: np.sum(p / truth - np.log(p / truth)) if np.all(p > 0) else np.inf
        g = lambda p: (1 - truth / p) / truth
        h = lambda p: np.diag(1 / p**2)
        scaled = (lambda w: s * f(w / u), lambda w: s * g(w / u) / u, lambda w: s * h(w / u) / np.outer(u, u))
        w, success = run(*scaled, start * u)
        least, again = len(truth), lambda p: f(minimiser("BFGS")(f, g, h, p)[0])
    else:
        y, model = np.array(problem["y"]), models[problem["kind"]]
        r, jac = (lambda p: model(p)[0] - y), (lambda p: model(p)[1])
        f = lambda p: 0.5 * np.sum(r(p) ** 2)
        w, success = run(lambda w: s * r(w / u), lambda w: s * jac(w / u) / u, start * u)
        again = lambda p: f(squares("leastsq")(r, jac, p)[0])
        least = again(truth)
    loss = f(w / u)
    if loss <= least * (1 + 1e-8):
        return "right" if success else "falseFailure"
    if not success:
        return "wrongAndSaid"
    return "otherMinimum" if loss <= again(w / u) * (1 + 1e-8) else "falseSuccess"


problems = json.load(open(sys.argv[1]))["problems"]
fits = [p for p in problems if p["kind"] != "barrier"]
rest = [p for p in problems if p["kind"] == "barrier"]
methods = {name: (fits, squares(key)) for name, key in [("leastsq", "leastsq"), ("least_squares, x_scale 1", 1.0), ("least_squares, x_scale jac", "jac")]}
methods |= {name: (rest, minimiser(name)) for name in ("L-BFGS-B", "BFGS", "trust-exact")}
table = {}
for name, (some, run) in methods.items():
    tally = dict.fromkeys(["right", "otherMinimum", "falseSuccess", "falseFailure", "wrongAndSaid", "raised"], 0)
    for problem in some:
        try:
            tally[verdict(problem, run)] += 1
        except Exception:
            tally["raised"] += 1
    table[name] = tally
print(json.dumps({"scipy": scipy.__version__, "methods": table}, indent=1))

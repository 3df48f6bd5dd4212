"""
scipy's answers to bounded and robust curve fits, for packages/quadric/test/fixtures/curve-fits.json, and its times for bench/curve-fit.mjs.

  python3 bench/scipy_curve_fits.py fixture > packages/quadric/test/fixtures/curve-fits.json
  python3 bench/scipy_curve_fits.py times < packages/quadric/test/fixtures/nist.json      (called by bench/curve-fit.mjs)

Answers are those of the best of trf and dogbox with tolerances of 1e-15 and central differences; counts are those of trf, the reflective
method of Branch, Coleman and Li, and of dogbox with scipy's own tolerances. Formulas are those of quadric, with ** for ^.
"""
import json
import sys
import time

import mpmath as mp
import numpy as np
import scipy
from scipy import stats
from scipy.optimize import curve_fit, least_squares

np.seterr(all="ignore")
names = {n: getattr(np, n) for n in ["exp", "log", "sqrt", "sin", "cos", "arctan", "abs"]}
names.update(atan=np.arctan, pi=np.pi)


def function(formula, parameters):
    code = compile(formula.replace("^", "**"), "formula", "eval")
    return lambda x, p: eval(code, {**names, "x": x, **dict(zip(parameters, p))}) + 0 * x


def data(seed, formula, parameters, values, x, noise, outliers=0):
    rng = np.random.default_rng(seed)
    y = function(formula, parameters)(x, values) + noise * rng.standard_normal(len(x))
    y[rng.choice(len(x), outliers, replace=False)] += 20 * noise * (1 + rng.random(outliers))
    return np.round(y, 6)


def problems():
    inf = np.inf
    x = np.linspace(0, 5, 30)
    decay, peak, mm = "a*exp(-b*x)+c", "h*exp(-((x-m)/w)^2/2)", "v*x/(k+x)"
    decays = ["a", "b", "c"], [2.5, 1.3, 0.5]
    bounded = [
        ("decay, offset too small", decay, *decays, [1, 1, 0.05], [(-inf, inf), (-inf, inf), (0, 0.1)]),
        ("decay, rate too large", decay, *decays, [1, 2, 0.05], [(-inf, inf), (1.8, 9), (-inf, inf)]),
        ("decay, nothing active", decay, *decays, [1, 1, 0], [(0, 10), (0, 10), (-1, 1)]),
        ("decay, two bounds active", decay, *decays, [1, 1, 0.05], [(0, 2), (0, 10), (0, 0.3)]),
        ("decay, started on a bound", decay, *decays, [0, 0, 0], [(0, 10), (0, 10), (0, 10)]),
        ("decay, started in the wrong corner", decay, *decays, [10, 10, 10], [(0, 10), (0, 10), (0, 10)]),
        ("line, slope of the wrong sign", "a+b*x", ["a", "b"], [3, -0.7], [1, 1], [(-inf, inf), (0, inf)]),
        ("line in a corner", "a+b*x", ["a", "b"], [3, -0.7], [1, 1], [(-inf, 1.2), (0, inf)]),
        ("peak, too wide", peak, ["h", "m", "w"], [4, 2, 0.9], [1, 1.5, 0.5], [(0, inf), (-inf, inf), (0.1, 0.6)]),
        ("peak, centre held off", peak, ["h", "m", "w"], [4, 2, 0.9], [1, 3, 0.5], [(0, inf), (2.4, 5), (0.1, 5)]),
        ("two peaks, one negative", "a*exp(-((x-1)/w)^2)+b*exp(-((x-3)/w)^2)", ["a", "b", "w"], [2, -0.6, 0.8], [1, 1, 1], [(0, inf), (0, inf), (0.1, 5)]),
        ("enzyme, constant bounded", mm, ["v", "k"], [3, 1.4], [1, 0.5], [(0, inf), (0, 1)]),
        ("enzyme, far start", mm, ["v", "k"], [3, 1.4], [100, 90], [(0, 200), (0, 100)]),
        ("logistic, floor at zero", "d+(a-d)/(1+exp(-k*(x-m)))", ["a", "d", "k", "m"], [4, -0.3, 2, 2.5], [3, 0.1, 1, 2], [(0, inf), (0, inf), (0, 10), (0, 5)]),
        ("dose response, slope at 1", "a*x^n/(c^n+x^n)", ["a", "c", "n"], [4, 1.2, 0.7], [3, 1, 1.5], [(0, inf), (0.01, inf), (1, 4)]),
        ("two decays, rates apart", "a*exp(-b*x)+c*exp(-d*x)", ["a", "b", "c", "d"], [2, 0.4, 3, 4], [1, 0.5, 1, 2], [(0, 10), (0, 1), (0, 10), (1, 10)]),
        ("two decays, a rate at its bound", "a*exp(-b*x)+c*exp(-d*x)", ["a", "b", "c", "d"], [2, 0.4, 3, 4], [1, 0.1, 1, 2], [(0, 10), (0, 0.2), (0, 10), (1, 10)]),
        ("wave in a box", "a*sin(f*x+p)", ["a", "f", "p"], [1.5, 2.2, 0.4], [1, 2, 0], [(0, 5), (1, 3), (-3, 3)]),
        ("power law, exponent bounded", "a*x^n", ["a", "n"], [0.5, 2.6], [1, 1], [(0, inf), (0, 2)]),
        ("cubic, two coefficients bounded", "a+b*x+c*x^2+d*x^3", ["a", "b", "c", "d"], [1, -2, 0.8, -0.1], [0, 0, 0, 0], [(-inf, inf), (-1, 1), (-inf, inf), (-0.05, inf)]),
        ("units of 1e-9 and 1e9", "a*exp(-b*x)+c", ["a", "b", "c"], [2.5e9, 1.3, 5e8], [1e9, 1, 1e7], [(0, inf), (0, inf), (0, 1e8)]),
        ("stretched decay", "a*exp(-(x/t)^s)", ["a", "t", "s"], [2, 1.5, 0.6], [1, 1, 1], [(0, inf), (0.01, inf), (0.7, 2)]),
    ]
    for i, (name, formula, parameters, truth, start, bounds) in enumerate(bounded):
        scale = 1e9 if "1e9" in name else 1
        y = data(i, formula, parameters, truth, x, 0.05 * scale)
        yield dict(name=name, formula=formula, parameters=parameters, start=start, bounds=bounds, x=x, y=y, loss="linear", scale=1)
    robust = [
        ("line", "a+b*x", ["a", "b"], [1, 0.7], [0, 0], None),
        ("decay", decay, *decays, [1, 1, 0], None),
        ("peak", peak, ["h", "m", "w"], [4, 2, 0.9], [3, 1.5, 0.7], None),
        ("decay in a box", decay, *decays, [1, 1, 0.1], [(0, 10), (0, 10), (0, 0.4)]),
    ]
    for i, (name, formula, parameters, truth, start, bounds) in enumerate(robust):
        y = data(100 + i, formula, parameters, truth, x, 0.05, outliers=4)
        for loss in ["soft_l1", "huber", "cauchy", "arctan"]:
            yield dict(name=f"{name}, {loss}", formula=formula, parameters=parameters, start=start, bounds=bounds, x=x, y=y, loss=loss, scale=0.1)


def solve(p, method, **options):
    f = function(p["formula"], p["parameters"])
    bounds = (-np.inf, np.inf) if p["bounds"] is None else tuple(zip(*p["bounds"]))
    return least_squares(lambda q: f(p["x"], q) - p["y"], p["start"], bounds=bounds, loss=p["loss"], f_scale=p["scale"], method=method, x_scale="jac" if method == "trf" else 1.0, **options)


def weighted():
    """A fit with sigma, its covariance both ways, and its bands at new points, by the textbook from curve_fit's covariance."""
    x, names, start = np.linspace(0, 4, 12), ["a", "b", "c"], [1, 1, 0]
    f = function("a*exp(-b*x)+c", names)
    y = data(7, "a*exp(-b*x)+c", names, [2.5, 1.3, 0.5], x, 0.05)
    sigma = np.round(0.03 + 0.02 * x, 3)
    result = {"x": x.tolist(), "y": y.tolist(), "sigma": sigma.tolist()}
    jac = lambda x, a, b, c: np.stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], 1)
    for key, absolute in [("relative", False), ("absolute", True)]:
        p, C = curve_fit(lambda x, *q: f(x, q), x, y, start, sigma=sigma, absolute_sigma=absolute, jac=jac, ftol=1e-15, xtol=1e-15, gtol=1e-15)
        at = np.array([0.5, 3.0, 6.0])
        G = jac(at, *p)
        error = np.sqrt(np.einsum("ij,jk,ik->i", G, C, G))
        s = 1 if absolute else np.sqrt(np.sum(((f(x, p) - y) / sigma) ** 2) / (len(x) - 3))
        further = np.sqrt(error**2 + (s * 0.1) ** 2)
        t = stats.norm.ppf(0.95) if absolute else stats.t.ppf(0.95, len(x) - 3)
        result[key] = {"parameters": p.tolist(), "covariance": C.tolist(), "at": at.tolist(), "confidence": (t * error).tolist(), "prediction": (t * further).tolist()}
    return result


def quantile(p, df):
    """Of Student's t to 30 digits by mpmath, since scipy's own has ten."""
    mp.mp.dps = 30
    p = mp.mpf(p)
    if df is None:
        return float(mp.sqrt(2) * mp.erfinv(2 * p - 1))
    v = mp.mpf(df)
    tail = lambda t: mp.betainc(v / 2, mp.mpf(1) / 2, 0, v / (v + t * t), regularized=True) / 2
    return float(mp.findroot(lambda t: mp.log(tail(t)) - mp.log(1 - p), mp.mpf(float(stats.t.ppf(float(p), df)))))


def fixture():
    out = []
    for p in problems():
        tight = dict(jac="3-point", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=2000)
        # Near the answer tolerances are never met exactly: from its neighbourhood both methods end in it.
        ends = [solve(p, method, **tight) for method in ("trf", "dogbox")]
        best = min(ends, key=lambda r: r.cost)
        default = {m: solve(p, m, jac="3-point") for m in ("trf", "dogbox")}
        finite = lambda v: None if v is None else [[None if not np.isfinite(b) else b for b in pair] for pair in v]
        out.append({
            **p,
            "bounds": finite(p["bounds"]),
            "x": p["x"].tolist(),
            "y": p["y"].tolist(),
            "answer": best.x.tolist(),
            "cost": best.cost,
            "counts": {m: [int(r.nfev), int(r.njev), float(r.cost)] for m, r in default.items()},
        })
    quantiles = [[p, df, quantile(p, df)] for df in [0.5, 1, 2, 3, 5, 10, 29.5, 100, 1e4, None] for p in [0.5001, 0.6, 0.9, 0.975, 0.995, 0.99999, 1 - 1e-9]]
    print(json.dumps({"source": f"scipy {scipy.__version__}, numpy {np.__version__}; bench/scipy_curve_fits.py fixture", "quantiles": quantiles, "weighted": weighted(), "problems": out}, separators=(",", ":")).replace('{"name"', '\n{"name"'))


def timed(rounds, body):
    """Processor seconds of the fastest of some rounds, and what it returned."""
    best = np.inf
    for _ in range(rounds):
        began = time.process_time()
        result = body()
        best = min(best, time.process_time() - began)
    return best, result


def times():
    problems = json.load(sys.stdin)["problems"]
    fits = []
    for p in problems:
        names_of = [f"b{j + 1}" for j in range(len(p["certified"]))]
        code = compile(p["formula"].replace("^", "**"), "formula", "eval")
        x = np.array(p["x"])
        y = np.log(p["y"]) if p["name"] == "Nelson" else np.array(p["y"])
        columns = dict(zip(["x", "z"], x))
        f = lambda q, code=code, columns=columns, names_of=names_of: eval(code, {**names, **columns, **dict(zip(names_of, q))})
        fits += [(p, f, y, np.array(start, float)) for start in p["starts"]]
    lm = lambda: [least_squares(lambda q, f=f, y=y: f(q) - y, start, method="lm") for _, f, y, start in fits]
    seconds, ends = timed(3, lm)
    digits = [min(11, -np.log10(np.max(np.abs(r.x / np.array(p["certified"]) - 1)) + 1e-16)) for r, (p, *_) in zip(ends, fits)]
    nist = {"seconds": seconds, "digits": float(np.mean(digits)), "right": int(np.sum(np.array(digits) >= 4)), "six": int(np.sum(np.array(digits) >= 6))}

    x = np.arange(20) * 4 / 19
    y = 2.5 * np.exp(-1.3 * x) + 0.01 * np.sin(7 * np.arange(20))
    tiny, _ = timed(5, lambda: [curve_fit(lambda x, a, b: a * np.exp(-b * x), x, y, [1, 1]) for _ in range(500)])
    n = 10**6
    x = np.arange(n) * 4 / (n - 1)
    y = 2.5 * np.exp(-1.3 * x) + 0.5 + 0.01 * np.sin(7 * np.arange(n))
    large, _ = timed(5, lambda: curve_fit(lambda x, a, b, c: a * np.exp(-b * x) + c, x, y, [1, 1, 0]))
    print(json.dumps({"scipy": scipy.__version__, "nist": nist, "tinyMs": tiny / 500 * 1e3, "largeMs": large * 1e3}))


if __name__ == "__main__":
    {"fixture": fixture, "times": times}[sys.argv[1]]()

"""Tables as their owners keep them: `quadric train` with its defaults beside scikit-learn, the same rows for both.

    /usr/bin/python3 bench/tables/compare.py FOLDER OUT.json [--splits 5] [--times 1] [--jobs 2] [--tables tips,iris]

Without --tables it is the 25 of docs/tables.md; --jobs tables are measured at a time. FOLDER holds the files that bench/tables/README.md names. Needs numpy, pandas and scikit-learn, and a built command.
Each of the splits draws 70 % of the rows to train on. Errors are RMSE for numbers, log loss and accuracy for classes; coverage is the share of test rows in intervals of 90 %.
Times are of one thread, in processor seconds and by the clock, like beside like and interleaved: the whole process of
`quadric train` and of a script with scikit-learn's MLP, which start, read both files, prepare, train, predict and
print; and training alone by the clock, the seconds that a run says it spent in steps beside those of `fit`.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
QUADRIC = os.path.join(HERE, "../../packages/cli/bin/quadric.js")

# name: (file, header, target, task, columns left out)
TABLES = {
    "auto imports": ("auto_imports.csv", False, -1, "numbers", []),
    "tips": ("tips.csv", True, "tip", "numbers", []),
    "penguins, mass": ("penguins.csv", True, "body_mass_g", "numbers", []),
    "mpg": ("mpg.csv", True, "mpg", "numbers", ["name"]),
    "diabetes": ("diabetes.csv", True, "progression", "numbers", []),
    "energy": ("energy.csv", False, -1, "numbers", []),
    "concrete": ("concrete.csv", True, "strength", "numbers", []),
    "abalone": ("abalone.csv", False, -1, "numbers", []),
    "white wine": ("winequality-white.csv", False, -1, "numbers", []),
    "diamonds, 5,000": ("diamonds.csv", True, "price", "numbers", []),
    "iris": ("iris.csv", False, -1, "classes", []),
    "wine": ("wine.csv", False, -1, "classes", []),
    "haberman": ("haberman.csv", False, -1, "classes", []),
    "penguins": ("penguins.csv", True, "species", "classes", []),
    "breast cancer": ("wisc_bc_data.csv", True, "diagnosis", "classes", ["id"]),
    "banknote": ("banknote_authentication.csv", False, -1, "classes", []),
    "red wine": ("winequality-red.csv", False, -1, "classes", []),
    "digits": ("digits.csv", True, "digit", "classes", []),
    "spambase": ("spam.csv", True, "type", "classes", []),
    "phoneme": ("phoneme.csv", False, -1, "classes", []),
    "adult, 10,000": ("adult-test.csv", False, -1, "classes", []),
    "letter": ("letterdata.csv", True, "letter", "classes", []),
    # Looked at only when the defaults were fixed.
    "carseats": ("Carseats.csv", True, "Sales", "numbers", []),
    "hitters": ("Hitters.csv", True, "Salary", "numbers", []),
    "college": ("College.csv", True, "Outstate", "numbers", []),
    "machine": ("machine.csv", False, -1, "numbers", []),
    "servo": ("Servo.csv", True, "Class", "numbers", []),
    "stock": ("stock.csv", False, -1, "numbers", []),
    "vehicle": ("Vehicle.csv", True, "Class", "classes", []),
    "pima": ("pima-indians-diabetes.csv", False, -1, "classes", []),
    "housing": ("housing.csv", False, -1, "numbers", []),
    "yacht": ("yacht.csv", False, -1, "numbers", []),
    "airfoil": ("airfoil.csv", False, -1, "numbers", []),
    "insurance": ("insurance.csv", True, "charges", "numbers", []),
    "seeds": ("wheat-seeds.csv", False, -1, "classes", []),
    "ionosphere": ("ionosphere.csv", False, -1, "classes", []),
    "sonar": ("sonar.csv", False, -1, "classes", []),
    "german credit": ("german.csv", False, -1, "classes", []),
    "titanic": ("titanic.csv", True, "survived", "classes", ["alive"]),
    "glass": ("glass.csv", False, -1, "classes", []),
}
DOCUMENTED = (
    ["tips", "diabetes", "housing", "energy", "iris", "wine", "penguins", "mpg", "concrete", "penguins, mass", "haberman"]
    + ["breast cancer", "banknote", "white wine", "abalone", "carseats", "hitters", "machine", "servo", "stock", "pima"]
    + ["yacht", "airfoil", "insurance", "seeds"]
)
MOST = {"diamonds, 5,000": 5000, "adult, 10,000": 10000}


def timed(words):
    """What a process prints, and its seconds: of the processor, and by the clock."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    cpu = usage.ru_utime - before.ru_utime + usage.ru_stime - before.ru_stime
    return done.stdout, {"cpu": cpu, "wall": time.perf_counter() - clock}


def write_split(folder, name, seed, into):
    """Lines of the file itself, so that quotes and missing cells stay as they are."""
    file, header, target, task, _ = TABLES[name]
    with open(os.path.join(folder, file), encoding="utf-8", newline="") as source:
        lines = [line for line in source.read().splitlines() if line.strip()]
    first, rows = (lines[:1], lines[1:]) if header else ([], lines)
    frame = pd.read_csv(os.path.join(folder, file), header=0 if header else None, na_values=["?"])
    column = frame[target] if header else frame.iloc[:, target]
    kept = np.flatnonzero(column.notna().to_numpy())
    if name in MOST:
        kept = np.sort(np.random.RandomState(0).permutation(kept)[: MOST[name]])
    from sklearn.model_selection import train_test_split

    labels = column.iloc[kept] if task == "classes" else None
    train, test = train_test_split(kept, test_size=0.3, random_state=seed, stratify=labels)
    paths = []
    for part, which in (("train", train), ("test", test)):
        path = os.path.join(into, f"{part}.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(first + [rows[i] for i in which]) + "\n")
        paths.append(path)
    return paths


def quadric(name, train, test, into):
    _, header, target, task, dropped = TABLES[name]
    args = ["node", QUADRIC, "train", "--data", train, "--test-data", test, "--target", str(target), "--task", task]
    args += [word for column in dropped for word in ("--drop", column)]
    run = os.path.join(into, "run")
    shutil.rmtree(run, ignore_errors=True)
    _, times = timed(args + ["--out", run, "--json"])
    summary = json.load(open(os.path.join(run, "summary.json")))
    table = summary["table"]
    scores = table["test"]["network"]
    result = {
        "error": scores.get("rmse", scores.get("logLoss")),
        "accuracy": scores.get("accuracy"),
        "ownLinear": table["test"]["linear"].get("rmse", table["test"]["linear"].get("logLoss")),
    }
    for each in table.get("calibration", {}).get("coverage", []):
        if each["level"] == 0.9:
            result["coverage"] = each["share"]
    return result, {**times, "fit": summary["seconds"]}


def scikit(name, train, test, model):
    import warnings

    warnings.filterwarnings("ignore")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    _, header, target, task, dropped = TABLES[name]
    frames = [pd.read_csv(path, header=0 if header else None, na_values=["?"]) for path in (train, test)]
    column = target if header else frames[0].columns[target]
    n = len(frames[0])
    both = pd.concat(frames, ignore_index=True).drop(columns=dropped)
    y = both.pop(column).to_numpy()
    words = [c for c in both if both[c].dtype == object or both[c].dtype == bool]
    x = pd.get_dummies(both, columns=words, dtype=float)
    x = x.fillna(x.iloc[:n].median()).to_numpy(float)
    if task == "numbers":
        from sklearn.compose import TransformedTargetRegressor

        if model == "linear":
            from sklearn.linear_model import Ridge as make
        elif model == "mlp":
            from sklearn.neural_network import MLPRegressor

            make = lambda: TransformedTargetRegressor(MLPRegressor(random_state=0), transformer=StandardScaler())
        else:
            from sklearn.ensemble import HistGradientBoostingRegressor as make
    elif model == "linear":
        from sklearn.linear_model import LogisticRegression as make
    elif model == "mlp":
        from sklearn.neural_network import MLPClassifier

        make = lambda: MLPClassifier(random_state=0)
    else:
        from sklearn.ensemble import HistGradientBoostingClassifier as make
    start = time.perf_counter()
    fitted = make_pipeline(StandardScaler(), make()).fit(x[:n], y[:n])
    seconds = time.perf_counter() - start
    if task == "numbers":
        result = {"error": float(np.sqrt(np.mean((fitted.predict(x[n:]) - y[n:]) ** 2))), "accuracy": None}
    else:
        p = fitted.predict_proba(x[n:])
        place = np.searchsorted(fitted.classes_, y[n:])
        loss = -np.log(np.clip(p[np.arange(len(p)), place], 1e-15, 1)).mean()
        result = {"error": float(loss), "accuracy": float((p.argmax(1) == place).mean())}
    return {**result, "fit": seconds}


def about():
    """What the figures depend on."""
    import sklearn

    git = lambda *words: subprocess.check_output(["git", *words], cwd=HERE, text=True).strip()
    cpu = [line for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "command": "/usr/bin/python3 bench/tables/compare.py FOLDER " + " ".join(sys.argv[2:]),
        "commit": git("rev-parse", "--short", "HEAD") + ("" if git("status", "--porcelain", "-uno") == "" else ", changed"),
        "date": time.strftime("%Y-%m-%d"),
        "versions": {
            "node": subprocess.check_output(["node", "--version"], text=True).strip(),
            "python": sys.version.split()[0],
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "machine": {"cpu": cpu[0].split(":")[1].strip() if cpu else "unknown", "cores": os.cpu_count()},
    }


def compare(folder, name, splits, times):
    """Errors of every split, and the times of the first."""
    _, _, _, task, _ = TABLES[name]
    result = {"task": task, "rows": 0, "splits": [], "times": []}
    for seed in range(splits):
        with tempfile.TemporaryDirectory() as into:
            train, test = write_split(folder, name, seed, into)
            result["rows"] = sum(1 for _ in open(train)) + sum(1 for _ in open(test)) - 2 * TABLES[name][1]
            own, seconds = quadric(name, train, test, into)
            rivals = {model: scikit(name, train, test, model) for model in ("linear", "mlp", "boosting")}
            result["splits"].append({"quadric": own, **rivals})
            for repeat in range(times if seed == 0 else 0):
                words = [sys.executable, os.path.abspath(__file__), "--mlp", name, train, test]
                printed, rival = timed(words)
                seconds = quadric(name, train, test, into)[1] if repeat > 0 else seconds
                load = os.getloadavg()[0]
                result["times"].append({"quadric": seconds, "mlp": {**rival, "fit": float(printed)}, "load": load})
    return result


def line(name, result):
    mean = lambda method, key: np.mean([split[method][key] for split in result["splits"]])
    words = [f"{result['rows']} rows"] + [f"{method} {mean(method, 'error'):.4g}" for method in result["splits"][0]]
    if result["task"] == "classes":
        words += [f"accuracy {method} {mean(method, 'accuracy'):.4f}" for method in result["splits"][0]]
    for key in ("cpu", "fit"):
        least = {m: min(time[m][key] for time in result["times"]) for m in ("quadric", "mlp")} if result["times"] else {}
        words += [f"{key} {m} {seconds:.2f} s" for m, seconds in least.items()]
    return f"{name} | {', '.join(words)}"


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--mlp":
        return print(scikit(*sys.argv[2:], "mlp")["fit"])
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tables")
    args = parser.parse_args()
    record = {**about(), "seeds": list(range(args.splits)), "trainShare": 0.7, "tables": {}}
    known = lambda name: next(table for table in TABLES if table.replace(",", "") == name.replace(",", ""))
    names = [known(name) for name in args.tables.split(",")] if args.tables else DOCUMENTED
    with ProcessPoolExecutor(args.jobs) as pool:
        each = lambda values: [values] * len(names)
        done = pool.map(compare, each(args.folder), names, each(args.splits), each(args.times))
        for name, result in zip(names, done):
            record["tables"][name] = result
            print(line(name, result), flush=True)
            with open(args.out, "w") as out:
                json.dump(record, out, indent=1)


if __name__ == "__main__":
    main()

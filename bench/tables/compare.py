"""Tables as their owners keep them: `quadric train` with its defaults beside scikit-learn, the same rows for both.

    python3 bench/tables/compare.py FOLDER OUT.json [--splits 5] [--tables tips,iris]

FOLDER holds the files that bench/tables/README.md names. Needs numpy, pandas and scikit-learn, and a built command.
Each of the splits draws 70 % of the rows to train on. Errors are RMSE for numbers, log loss and accuracy for classes.
Seconds are of the processor, one thread: the whole process, which starts, reads both files, prepares, trains and
predicts; `fit` is training alone.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
QUADRIC = os.path.join(HERE, "../../packages/cli/bin/quadric.js")

# name: (file, header, target, task, columns left out)
TABLES = {
    "tips": ("tips.csv", True, "tip", "numbers", []),
    "penguins, mass": ("penguins.csv", True, "body_mass_g", "numbers", []),
    "mpg": ("mpg.csv", True, "mpg", "numbers", ["name"]),
    "diabetes": ("diabetes.csv", True, "progression", "numbers", []),
    "housing": ("housing.csv", False, -1, "numbers", []),
    "concrete": ("concrete.csv", True, "strength", "numbers", []),
    "abalone": ("abalone.csv", False, -1, "numbers", []),
    "white wine": ("winequality-white.csv", False, -1, "numbers", []),
    "insurance": ("insurance.csv", True, "charges", "numbers", []),
    "airfoil": ("airfoil.csv", False, -1, "numbers", []),
    "energy": ("energy.csv", False, -1, "numbers", []),
    "yacht": ("yacht.csv", False, -1, "numbers", []),
    "diamonds, 5,000": ("diamonds.csv", True, "price", "numbers", []),
    "iris": ("iris.csv", False, -1, "classes", []),
    "wine": ("wine.csv", False, -1, "classes", []),
    "haberman": ("haberman.csv", False, -1, "classes", []),
    "penguins": ("penguins.csv", True, "species", "classes", []),
    "breast cancer": ("wisc_bc_data.csv", True, "diagnosis", "classes", ["id"]),
    "banknote": ("banknote_authentication.csv", False, -1, "classes", []),
    "red wine": ("winequality-red.csv", False, -1, "classes", []),
    "ionosphere": ("ionosphere.csv", False, -1, "classes", []),
    "sonar": ("sonar.csv", False, -1, "classes", []),
    "german credit": ("german.csv", False, -1, "classes", []),
    "titanic": ("titanic.csv", True, "survived", "classes", ["alive"]),
    "phoneme": ("phoneme.csv", False, -1, "classes", []),
    "digits": ("digits.csv", True, "digit", "classes", []),
}
MOST = {"diamonds, 5,000": 5000}


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
    before = children()
    done = subprocess.run(args + ["--out", run, "--json"], capture_output=True, text=True)
    seconds = children() - before
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stderr}")
    summary = json.load(open(os.path.join(run, "summary.json")))
    table = summary["table"]
    scores = table["test"]["network"]
    subprocess.run(["rm", "-r", run], check=True)
    return {
        "error": scores.get("rmse", scores.get("logLoss")),
        "accuracy": scores.get("accuracy"),
        "seconds": seconds,
        "fit": summary["seconds"],
        "linear": table["test"]["linear"].get("rmse", table["test"]["linear"].get("logLoss")),
        "keepsLinear": table["keepsLinear"],
    }


def scikit(name, train, test, model):
    before = children()
    words = [sys.executable, os.path.abspath(__file__), "--child", name, train, test, model]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return {**json.loads(done.stdout.splitlines()[-1]), "seconds": children() - before}


def child(name, train, test, model):
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
    start = time.process_time()
    fitted = make_pipeline(StandardScaler(), make()).fit(x[:n], y[:n])
    seconds = time.process_time() - start
    if task == "numbers":
        result = {"error": float(np.sqrt(np.mean((fitted.predict(x[n:]) - y[n:]) ** 2))), "accuracy": None}
    else:
        from sklearn.metrics import log_loss

        p = fitted.predict_proba(x[n:])
        right = fitted.classes_[p.argmax(1)] == y[n:]
        result = {"error": float(log_loss(y[n:], p, labels=fitted.classes_)), "accuracy": float(right.mean())}
    print(json.dumps({**result, "fit": seconds}))


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--child":
        return child(*sys.argv[2:])
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--tables")
    parser.add_argument("--rivals", default="linear,mlp,boosting")
    args = parser.parse_args()
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, text=True).strip()
    about = {"command": "python3 bench/tables/compare.py " + " ".join(sys.argv[1:]), "commit": commit}
    results = {}
    for name in args.tables.split(",") if args.tables else TABLES:
        name = name if name in TABLES else name.replace(";", ",")
        results[name] = {}
        for seed in range(args.splits):
            with tempfile.TemporaryDirectory() as into:
                train, test = write_split(args.folder, name, seed, into)
                rows = {"quadric": quadric(name, train, test, into)}
                for model in filter(None, args.rivals.split(",")):
                    rows[model] = scikit(name, train, test, model)
            for method, row in rows.items():
                results[name].setdefault(method, []).append(row)
        mean = lambda method, key: np.mean([row[key] for row in results[name][method]])
        line = [f"{m} {mean(m, 'error'):.4g} {mean(m, 'seconds'):.2f}s" for m in results[name]]
        if results[name]["quadric"][0]["accuracy"] is not None:
            line += [f"acc {m} {mean(m, 'accuracy'):.4f}" for m in results[name]]
        print(name, "|", ", ".join(line), flush=True)
        with open(args.out, "w") as out:
            json.dump({**about, "splits": args.splits, "tables": results}, out, indent=1)


main()

/**
 * Keeps what experiments came to, and writes the tables of docs/results.md from it.
 *
 *   node packages/lab/results.mjs              the tables, from experiments/results
 *   node packages/lab/results.mjs runs         before that, keeps the experiments that `quadric-lab reproduce` left in runs/
 *
 * Kept are one summary.json an experiment (where its numbers come from, the numbers, and the curves of its runs, all to
 * six digits) and the pictures that a page of docs/ shows. A table of the page stands between <!-- table: kind name -->
 * and <!-- end -->, and everything between them is written here.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const kept = join(root, "experiments/results");
const page = join(root, "docs/results.md");
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** The pictures of an experiment that the documents show. */
function picturesOf(name) {
  const pages = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"));
  const text = pages.map((file) => readFileSync(join(root, "docs", file), "utf8")).join("");
  return [...text.matchAll(/experiments\/results\/([\w-]+)\/([\w-]+\.(?:svg|png))/g)]
    .filter(([, experiment]) => experiment === name)
    .map(([, , file]) => file);
}

function keep(folder, name) {
  if (!existsSync(join(folder, "results.jsonl"))) return;
  const [provenance, ...numbers] = readFileSync(join(folder, "results.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map(JSON.parse);
  const curves = existsSync(join(folder, "curves.json")) ? json(join(folder, "curves.json")) : [];
  const to = join(kept, name);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, "summary.json"), summaryText(provenance, numbers, curves));

  const wanted = picturesOf(name);
  const missing = wanted.filter((file) => !existsSync(join(folder, file)));
  const scratch = mkdtempSync(join(tmpdir(), "quadric-"));
  if (missing.length > 0) {
    const bin = join(root, "packages/lab/bin/quadric-lab.js");
    const args = ["report", folder, "--out", join(scratch, "report.html"), "--pictures", scratch];
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  }
  for (const file of wanted) copyFileSync(join(missing.includes(file) ? scratch : folder, file), join(to, file));
  rmSync(scratch, { recursive: true });
}

/** One number or curve a line; a curve is a column for each of its quantities. */
function summaryText({ type, ...provenance }, numbers, curves) {
  const short = (_, x) => (typeof x === "number" ? Number(x.toPrecision(6)) : x);
  const lines = (list) => list.map((entry) => `  ${JSON.stringify(entry, short)}`).join(",\n");
  const columns = curves.flatMap(({ method, seeds }) =>
    Object.entries(seeds).map(([seed, points]) => ({
      method,
      seed: Number(seed),
      ...Object.fromEntries(Object.keys(points[0]).map((key) => [key, points.map((point) => point[key])])),
    })),
  );
  const parts = [
    `"numbers":[\n${lines(numbers)}\n]`,
    ...(columns.length > 0 ? [`"curves":[\n${lines(columns)}\n]`] : []),
  ];
  return `{${JSON.stringify(provenance).slice(1, -1)},\n${parts.join(",\n")}\n}\n`;
}

const summaryOf = (name) => json(join(kept, name, "summary.json"));
const numbersOf = (name) => summaryOf(name).numbers;

/** By method: the runs, each a list of points. */
function curvesOf(name) {
  const { curves } = summaryOf(name);
  return unique(curves.map(({ method }) => method)).map((method) => ({
    method,
    runs: curves
      .filter((curve) => curve.method === method)
      .map(({ method, seed, ...columns }) =>
        columns.backprops.map((_, i) =>
          Object.fromEntries(Object.entries(columns).map(([key, list]) => [key, list[i]])),
        ),
      ),
  }));
}

function markdown(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const digits = (x, n = 4) => (Number.isFinite(x) ? `${Number(x.toPrecision(n))}` : "–");
const fixed = (x, n = 2) => (Number.isFinite(x) ? x.toFixed(n).replace("-", "−") : "–");
const range = ({ low, high }, tell) => (low === null || high === null ? "" : ` [${tell(low)}, ${tell(high)}]`);
const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;
const unique = (values) => [...new Set(values)];

/** ln of the training loss of a run where it had cost so much, linear between evaluations; NaN beyond its end. */
function logLossAt(curve, axis, mark) {
  const next = curve.findIndex((point) => point[axis] >= mark);
  if (next < 0) return Number.NaN;
  const ln = ({ trainLoss }) => Math.log(trainLoss ?? Infinity);
  if (next === 0) return curve[0][axis] === mark ? ln(curve[0]) : Number.NaN;
  const [a, b] = [curve[next - 1], curve[next]];
  return ln(a) + ((mark - a[axis]) / (b[axis] - a[axis])) * (ln(b) - ln(a));
}

const meanLogLoss = ({ runs }, axis, mark) => mean(runs.map((curve) => logLossAt(curve, axis, mark)));

/** The digitised curve of the paper at a mark, linear between its points. */
function paperAt(problem, method, mark) {
  const rows = readFileSync(join(root, "experiments/paper/paper_curves.csv"), "utf8").trim().split("\n").slice(1);
  const points = rows
    .map((row) => row.split(","))
    .filter(([p, m]) => p === problem && m === method)
    .map(([, , x, y]) => [Number(x), Number(y)]);
  const next = points.findIndex(([x]) => x >= mark);
  if (next <= 0) return Number.NaN;
  const [[x0, y0], [x1, y1]] = [points[next - 1], points[next]];
  return y0 + ((mark - x0) / (x1 - x0)) * (y1 - y0);
}

const paperNames = { "TR sphere": "TR Uniform", "TR Adagrad": "TR Adagrad", "TR RMSProp": "TR RMSprop" };

const tables = {
  /** Where every method ended. */
  ends(name) {
    const lines = numbersOf(name).filter(({ type, at }) => type === "reached" && at === "end");
    const rows = unique(lines.map(({ method }) => method)).map((method) => {
      const of = (quantity) => lines.find((line) => line.method === method && line.quantity === quantity);
      const cell = (quantity, tell) => {
        const line = of(quantity);
        return line ? `${tell(line.mean)}${range(line.interval, tell)}` : "–";
      };
      return [
        method,
        of("trainLoss").n,
        cell("trainLoss", digits),
        cell("logTrainLoss", fixed),
        cell("testLoss", digits),
        cell("testAccuracy", (x) => `${(100 * x).toFixed(1)} %`),
      ];
    });
    return markdown(["method", "seeds", "training loss", "ln", "test loss", "test accuracy"], rows);
  },

  /** ln of the training loss over paperBackprops, ours and the paper's, whose digitised points are 1,000 apart. */
  paper(name) {
    const { report } = json(join(root, "experiments", `${name}.json`));
    const ours = curvesOf(name).filter(({ method }) => paperNames[method]);
    const longest = Math.min(...ours.flatMap(({ runs }) => runs.map((curve) => curve.at(-1).paperBackprops)));
    const marks = [1000, 1250, 2000, 5000, 7500, 10000, 12500].filter((mark) => mark <= longest);
    const rows = ours.flatMap(({ method, ...curves }) => [
      [`${method}, ours`, ...marks.map((mark) => fixed(meanLogLoss(curves, "paperBackprops", mark)))],
      [`${method}, paper`, ...marks.map((mark) => fixed(paperAt(report.paper, paperNames[method], mark)))],
    ]);
    return markdown(
      ["ln of the training loss at paperBackprops", ...marks.map((mark) => mark.toLocaleString("en"))],
      rows,
    );
  },

  /** The same budget of one kind for every method: what the cheapest run had spent. */
  equal(name) {
    const curves = curvesOf(name);
    const axes = ["backprops", "epochs", "seconds"];
    const budgets = axes.map((axis) =>
      Math.min(...curves.flatMap(({ runs }) => runs.map((curve) => curve.at(-1)[axis]))),
    );
    const rows = curves.map(({ method, ...curve }) => [
      method,
      ...axes.map((axis, i) => fixed(meanLogLoss(curve, axis, budgets[i]))),
    ]);
    return markdown(["ln of the training loss at", ...axes.map((axis, i) => `${digits(budgets[i], 3)} ${axis}`)], rows);
  },

  /** What it cost to come where the baseline was at its best. */
  costs(name) {
    const lines = numbersOf(name).filter(({ type, axis }) => type === "cost" && axis === "backprops");
    const rows = lines.map(({ method, reached, n, median, speedup }) => [
      method,
      `${reached} of ${n}`,
      median === null ? "never" : median,
      median === null ? "–" : `${fixed(speedup, 1)}×`,
    ]);
    return markdown(
      [`to a training loss of ${digits(lines[0].target)}`, "seeds", "median backprops", "speed-up"],
      rows,
    );
  },

  /** First-order methods at the best rate of their grids, and trust regions after as many backprops. */
  tuned(name) {
    const tuned = numbersOf(name).filter(({ type }) => type === "tuned");
    const [{ backprops }] = tuned;
    const isTuned = (method) => tuned.some((line) => line.method === method);
    const regions = numbersOf(name).filter(
      ({ type, at, quantity, method }) =>
        type === "reached" && at.backprops === backprops && quantity === "trainLoss" && !isTuned(method),
    );
    const told = ({ lr, trainLoss }) => `${lr}: ${digits(trainLoss)}`;
    return markdown(
      ["method", `training loss at ${backprops.toLocaleString("en")} backprops`, "rate", "grid"],
      [
        ...regions.map(({ method, mean }) => [method, digits(mean), "", ""]),
        ...tuned.map(({ method, lr, grid }) => [
          method,
          digits(grid.find((entry) => entry.lr === lr).trainLoss),
          lr,
          grid.map(told).join(", "),
        ]),
      ],
    );
  },

  /** Settings down, norms across. */
  gap(name) {
    const lines = numbersOf(name).filter(
      ({ type, at, quantity }) => type === "reached" && at === "end" && quantity === "logTrainLoss",
    );
    const parts = lines.map(({ method, mean }) => {
      const cut = method.lastIndexOf(", ");
      return { setting: method.slice(0, cut), norm: method.slice(cut + 2), mean };
    });
    const norms = unique(parts.map(({ norm }) => norm));
    const rows = unique(parts.map(({ setting }) => setting)).map((setting) => {
      const of = (norm) => parts.find((part) => part.setting === setting && part.norm === norm)?.mean ?? Number.NaN;
      return [setting, ...norms.map((norm) => fixed(of(norm))), fixed(of("sphere") - of("Adagrad"))];
    });
    return markdown(["ln of the training loss", ...norms, "sphere − Adagrad"], rows);
  },

  dominance(name) {
    const lines = numbersOf(name).filter(({ type }) => type === "dominance");
    const tell = (x) => `${(100 * x).toFixed(2)} %`;
    const rows = unique(lines.map(({ share }) => share)).flatMap((share) =>
      unique(lines.map(({ matrix }) => matrix)).map((matrix) => [
        `${share === "diagonal" ? "on the diagonal" : "within a tensor"}, ${matrix}`,
        ...lines
          .filter((line) => line.share === share && line.matrix === matrix)
          .map(({ mean, interval }) => `${tell(mean)}${range(interval, tell)}`),
      ]),
    );
    return markdown(["share of Σ\\|H_ij\\|", "start", "middle", "end"], rows);
  },

  /** Median backprops and the advantage over the sphere. */
  conditioning(name) {
    const lines = numbersOf(name).filter(({ type }) => type === "conditioning");
    const conditions = unique(lines.map(({ condition }) => condition));
    const rows = unique(lines.map(({ angle }) => angle)).flatMap((angle) =>
      unique(lines.map(({ method }) => method)).map((method) => [
        `${angle}°`,
        method,
        ...conditions.map((condition) => {
          const line = lines.find((l) => l.angle === angle && l.method === method && l.condition === condition);
          if (line.median === null) return "never";
          return method === "TR sphere" ? line.median : `${line.median} (${digits(line.advantage, 2)}×)`;
        }),
      ]),
    );
    return markdown(
      ["turned by", "method", ...conditions.map((condition) => `κ = ${condition.toLocaleString("en")}`)],
      rows,
    );
  },

  /** Evaluations along one run: the first, each that was better than all before it on the test data, and the end. */
  run(name) {
    const lines = numbersOf(name).filter(({ type }) => type === "evaluation" || type === "result");
    const best = (i) => Math.max(...lines.slice(0, i).map(({ testAccuracy }) => testAccuracy));
    const chosen = lines.filter(({ testAccuracy, type }, i) => type === "result" || testAccuracy > best(i));
    const rows = chosen.map(({ step, steps, epochs, seconds, counts, trainLoss, testLoss, testAccuracy }) => [
      step ?? steps,
      fixed(epochs, 1),
      counts.backprops,
      seconds.toFixed(0),
      digits(trainLoss, 3),
      digits(testLoss, 3),
      `${(100 * testAccuracy).toFixed(2)} %`,
    ]);
    return markdown(["step", "epochs", "backprops", "seconds", "training loss", "test loss", "test accuracy"], rows);
  },

  provenance(name) {
    const { command, seeds, versions, machine, load } = summaryOf(name);
    return markdown(
      ["command", "seeds", "versions", "machine", "load at the end"],
      [
        [
          `\`${command}\``,
          seeds.join(", "),
          Object.entries(versions)
            .map((entry) => entry.join(" "))
            .join(", "),
          `${machine.cpu}, ${machine.cores} ${machine.cores === 1 ? "core" : "cores"}, ${machine.platform}`,
          load.join(", "),
        ],
      ],
    );
  },

  /** The runs of bench/sphere-and-ellipsoids.mjs. */
  pixels() {
    const { runs: found } = JSON.parse(
      readFileSync(join(root, "packages/lab/bench/results/sphere-and-ellipsoids.json"), "utf8"),
    );
    const marks = found[0].losses.map(([mark]) => mark).filter((mark) => mark >= 500);
    const rows = unique(found.map(({ pixels }) => pixels)).flatMap((pixels) =>
      unique(found.map(({ method }) => method)).map((method) => {
        const own = found.filter((run) => run.pixels === pixels && run.method === method);
        const at = (mark) => own.map(({ losses }) => Math.log(losses.find(([m]) => m === mark)?.[1] ?? Number.NaN));
        return [pixels, method, own.length, ...marks.map((mark) => fixed(mean(at(mark))))];
      }),
    );
    return markdown(["pixels", "method", "seeds", ...marks.map((mark) => mark.toLocaleString("en"))], rows);
  },
};

const [runs] = process.argv.slice(2);
if (runs) for (const name of readdirSync(runs)) keep(join(runs, name), name);
const text = readFileSync(page, "utf8");
writeFileSync(
  page,
  text.replace(/(<!-- table: (\S+) (\S+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, open, kind, name, close) => {
    const table = tables[kind];
    if (!table) throw new Error(`${page}: no table of kind ${kind}.`);
    return `${open}\n${table(name)}\n\n${close}`;
  }),
);

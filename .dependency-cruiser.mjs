/**
 * The order of imports. A folder of packages/quadric/src may import the folders below it in this list, and no other:
 *
 *   training → optimizer → objective → subproblem → curvature → norm → linalg → vector
 *
 * compiler implements objective, distributed implements the reducer of training, models, formula and data serve all of them.
 */
const src = "^packages/quadric/src";

/** Each folder with those that it may import. */
const below = {
  vector: [],
  linalg: ["vector"],
  norm: ["linalg", "vector"],
  evidence: ["linalg", "vector"],
  curvature: ["norm", "linalg", "vector"],
  subproblem: ["curvature", "norm", "linalg", "vector"],
  objective: ["subproblem", "curvature", "norm", "linalg", "vector"],
  compiler: ["objective", "subproblem", "curvature", "norm", "linalg", "vector"],
  optimizer: ["objective", "subproblem", "curvature", "norm", "linalg", "vector"],
  fitting: ["compiler", "subproblem", "linalg", "vector"],
  data: ["vector"],
  formula: ["vector"],
  models: ["compiler", "objective", "vector"],
  training: [
    "compiler",
    "evidence",
    "models",
    "optimizer",
    "objective",
    "subproblem",
    "curvature",
    "norm",
    "linalg",
    "vector",
  ],
  equations: ["training", "models", "formula", "compiler", "vector"],
  distributed: ["training", "objective", "subproblem", "curvature", "norm", "linalg", "vector"],
  paper: ["optimizer", "objective", "subproblem", "curvature", "norm", "linalg", "vector"],
  tfjs: ["web", "training", "models", "compiler", "optimizer", "objective", "curvature", "vector"],
  node: ["training", "data", "vector"],
  web: ["training", "compiler", "vector"],
};

const folders = Object.keys(below);

/** The same for the packages: lab → cli → quadric ← playground. */
const packagesBelow = { quadric: [], cli: ["quadric"], lab: ["cli", "quadric"], playground: ["quadric"] };
const cli = "^packages/cli/src";

export default {
  forbidden: [
    ...folders.map((folder) => ({
      name: `${folder}-imports-what-is-below`,
      comment: `${folder} may import ${below[folder].join(", ") || "nothing"}.`,
      severity: "error",
      from: { path: `${src}/${folder}/` },
      to: { path: `${src}/[^/]+/`, pathNot: `${src}/(${[folder, ...below[folder]].join("|")})/` },
    })),
    ...Object.entries(packagesBelow).map(([name, others]) => ({
      name: `${name}-imports-packages-below`,
      comment: `packages/${name} may import ${others.join(", ") || "no other package"}.`,
      severity: "error",
      from: { path: `^packages/${name}/src/` },
      to: { path: "^packages/", pathNot: `^packages/(${[name, ...others].join("|")})/` },
    })),
    {
      name: "lab-imports-what-the-cli-lends",
      comment: "quadric-lab takes of the command what quadric-cli/internal and quadric-cli/pictures export.",
      severity: "error",
      from: { path: "^packages/lab/src/" },
      to: { path: `${cli}/`, pathNot: `${cli}/(internal|pictures).ts` },
    },
    {
      name: "charts-and-comparisons-know-no-report",
      comment: "report and commands build on charts and compare, which build on the files beside them.",
      severity: "error",
      from: { path: `${cli}/(charts|compare)/` },
      to: { path: `${cli}/(?!$1/)[^/]+/` },
    },
    {
      name: "commands-are-called-by-nobody",
      comment: "A command is wiring: what two commands share lies outside of them.",
      severity: "error",
      from: { path: "^packages/(cli|lab)/src/", pathNot: "^packages/(cli|lab)/src/cli.ts" },
      to: { path: "^packages/(cli|lab)/src/commands/" },
    },
    {
      name: "no-circle-between-files",
      comment: "Type imports may form circles, code may not.",
      severity: "error",
      from: { path: "^packages" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "a-folder-is-listed",
      comment: "A new folder of src takes a place in the order.",
      severity: "error",
      from: { path: `${src}/(?!(${folders.join("|")})/)[^/]+/` },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|test)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    moduleSystems: ["es6"],
  },
};

/**
 * The shape of the code, to compare before and after: npm run structure [root], by default of this checkout.
 *
 * Prints which folder of the library imports which how often, the lines of files and functions, and the public names of
 * each entry point. Whether the imports keep their order is checked by `npm run imports`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(process.argv[2] ?? ".");
const source = join(root, "packages/quadric/src");

function filesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

const parse = (file) => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);

/** Rows of cells in columns, the first to the left and the others to the right. */
function print(title, rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => `${row[i]}`.length)));
  const line = (row) =>
    row.map((cell, i) => (i === 0 ? `${cell}`.padEnd(widths[i]) : `${cell}`.padStart(widths[i]))).join("  ");
  console.log(`${title}\n${rows.map((row) => `  ${line(row)}`).join("\n")}\n`);
}

/** The folder of the library that a file is in; undefined for entry points. */
function folderOf(file) {
  const [folder, ...rest] = relative(source, file).split("/");
  return rest.length > 0 && folder !== ".." ? folder : undefined;
}

/** Imports between folders, as a map from "from to" to how many. */
function importCounts() {
  const counts = new Map();
  for (const file of filesIn(source)) {
    for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
      const [from, to] = [folderOf(file), folderOf(resolve(dirname(file), fileName))];
      if (!fileName.startsWith(".") || !from || !to || from === to) continue;
      counts.set(`${from} ${to}`, (counts.get(`${from} ${to}`) ?? 0) + 1);
    }
  }
  return counts;
}

function printImports() {
  const counts = importCounts();
  const folders = [...new Set([...counts.keys()].flatMap((pair) => pair.split(" ")))].sort();
  const row = (from) => [from, ...folders.map((to) => counts.get(`${from} ${to}`) ?? "")];
  print("Imports, from row to column", [["", ...folders], ...folders.map(row)]);
  const circles = [...counts.keys()].filter((pair) => {
    const [from, to] = pair.split(" ");
    return from < to && counts.has(`${to} ${from}`);
  });
  console.log(
    `Pairs of folders that import each other: ${circles.map((pair) => pair.replace(" ", " ↔ ")).join(", ") || "none"}\n`,
  );
}

/** Lines of every function with a body, those inside others included. */
function functionLines(file) {
  const tree = parse(file);
  const lines = [];
  const visit = (node, name) => {
    if (ts.isFunctionLike(node) && node.body) {
      const line = (position) => tree.getLineAndCharacterOfPosition(position).line;
      lines.push({
        lines: line(node.end) - line(node.getStart(tree)) + 1,
        name: `${node.name?.getText(tree) ?? name} of ${relative(root, file)}`,
      });
    }
    const inner = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) ? node.name.getText(tree) : name;
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(tree, "");
  return lines;
}

function printSizes() {
  const packages = readdirSync(join(root, "packages")).filter((name) =>
    existsSync(join(root, "packages", name, "src")),
  );
  const sizes = packages.map((name) => {
    const files = filesIn(join(root, "packages", name, "src"));
    const lines = files.map((file) => readFileSync(file, "utf8").trimEnd().split("\n").length).sort((a, b) => a - b);
    const part = (share) => lines[Math.min(lines.length - 1, Math.floor(share * lines.length))];
    const functions = files.flatMap(functionLines);
    const total = lines.reduce((sum, n) => sum + n, 0);
    const [longFiles, longFunctions] = [lines.filter((n) => n > 400), functions.filter((f) => f.lines > 120)];
    const row = [name, files.length, total, part(0.5), part(0.9), lines.at(-1), longFiles.length, longFunctions.length];
    return { row, longFunctions };
  });
  const head = ["package", "files", "lines", "median", "90 %", "largest", "> 400", "functions > 120"];
  print("Lines a file", [head, ...sizes.map(({ row }) => row)]);
  const longest = sizes.flatMap(({ longFunctions }) => longFunctions).sort((a, b) => b.lines - a.lines);
  if (longest.length > 0)
    print(
      "Functions over 120 lines",
      longest.map(({ name, lines }) => [name, lines]),
    );
}

/** How many values and types an entry point exports. */
function exportsOf(file) {
  const count = { values: 0, types: 0 };
  for (const { exportClause, isTypeOnly } of parse(file).statements.filter(ts.isExportDeclaration)) {
    for (const element of exportClause.elements) count[isTypeOnly || element.isTypeOnly ? "types" : "values"]++;
  }
  return count;
}

function printSurface() {
  const { name, exports } = JSON.parse(readFileSync(join(root, "packages/quadric/package.json"), "utf8"));
  const entries = Object.entries(exports).filter(([, entry]) => entry.types);
  const rows = entries.map(([path, { types }]) => {
    const { values, types: count } = exportsOf(join(source, types.replace("./dist/", "").replace(".d.ts", ".ts")));
    return [path.replace(".", name), values, count];
  });
  const sum = (column) => rows.reduce((total, row) => total + row[column], 0);
  print("Public names", [["entry point", "values", "types"], ...rows, [`${rows.length} in all`, sum(1), sum(2)]]);
}

printImports();
printSizes();
printSurface();

/**
 * The examples of docstrings as modules: names that an example does not define are exports of its own file, of the library, or those of
 * a small setting; and what a comment says that a statement gives (`// => [1, 2]`) is a claim about it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../src", import.meta.url));

export interface Example {
  readonly name: string;
  /** Where the module would lie: a path at which there is no file. */
  readonly path: string;
  /** As an editor sees it. */
  readonly source: string;
  /** The same, with `claim(subject, claims)` after every statement that a comment speaks of. */
  readonly checked: string;
  /** Whether this process is the place for it: no worker, page, launcher or model of another library. */
  readonly runsHere: boolean;
}

/** What a comment says: the value of a statement, or of something that has this name in it. */
export interface Claim {
  readonly name?: string;
  readonly text: string;
}

/** Of these only the types are looked at. */
const elsewhere = /^(web|tfjs|distributed)\/|onnx\/(web|export)\.ts$/;

/** Names that examples take for granted, with what they stand for. */
const setting: Readonly<Record<string, string>> = {
  np: 'import { numpy as np } from "@jax-js/jax";',
  data: "const data = { x: { shape: [2], data: Float32Array.of(1, 2) }, y: { shape: [2], data: Float32Array.of(2, 4) } };",
  problem:
    "const problem = { loss: ({ a }: { a: np.Array }, { x, y }: { x: np.Array; y: np.Array }) => np.square(a.mul(x).sub(y)), params: { a: np.array(0) } };",
  f: "const f = (x: np.Array) => np.sum(np.square(x));",
  residuals: "const residuals = (x: np.Array) => x;",
  x0: "const x0 = np.array([1, 2]);",
  start: "const start = np.array([1, 2]);",
  hessian: "const hessian = denseOperator(Float64Array.of(2, 1, 1, 2), 2);",
  network: 'const network = mlp([784, 16, 10], { activation: "tanh" });',
  bytes: "declare const bytes: Uint8Array;",
  run: "declare const run: { params: ReturnType<typeof network.init> };",
  signal: "declare const signal: AbortSignal;",
  draw: "declare const draw: (loss: number | undefined) => void;",
};

/** The same for those about models of TensorFlow.js. */
const settingOfTfjs: Readonly<Record<string, string>> = {
  ...setting,
  model: 'import type { LayersModel } from "@tensorflow/tfjs-layers"; declare const model: LayersModel;',
  network: 'import type { LayersModel } from "@tensorflow/tfjs-layers"; declare const network: LayersModel;',
  x: 'import type * as core from "@tensorflow/tfjs-core"; declare const x: core.Tensor;',
  y: "declare const y: typeof x;",
};

/** And for those about pages. */
const settingOfWeb: Readonly<Record<string, string>> = {
  ...setting,
  onnx: 'import { onnx } from "./compiler/backends/onnx/web.ts";',
  Worker: `declare class Worker {
    constructor(url: URL, options: object);
    postMessage(message: unknown, transfer?: unknown): void;
    addEventListener(type: string, listener: (event: never) => void): void;
    removeEventListener(type: string, listener: (event: never) => void): void;
  }`,
};

/** And for those about equations. */
const settingOfEquations: Readonly<Record<string, string>> = {
  np: setting.np,
  x: 'const [x] = coordinates("x");',
  y: 'const [y] = coordinates("y");',
  t: 'const [t] = coordinates("t");',
  u: "const u = network([x, y, t], [4]);",
  v: "const v = network([x, y, t], [4]);",
  f: "const f = x.sin();",
};

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
const exported = /^export (?:async )?(?:const|function|class|(interface|type)) (\w+)/gm;
const exportsOf = (text: string) => [...text.matchAll(exported)].map(([, type, name]) => ({ name, isType: !!type }));

/** The file that exports a name: that of the entry point, if it is public; platforms come last. */
const home = new Map<string, { readonly file: string; readonly isType: boolean }>();
for (const [, names, from] of texts.get("index.ts")!.matchAll(/^export \{([^}]*)\} from "\.\/(.*)";$/gm)) {
  for (const [, type, name] of names.matchAll(/(type )?(\w+)/g)) home.set(name, { file: from, isType: !!type });
}
for (const file of [...files].sort((a, b) => Number(elsewhere.test(a)) - Number(elsewhere.test(b)))) {
  for (const { name, isType } of exportsOf(texts.get(file)!)) if (!home.has(name)) home.set(name, { file, isType });
}

const wordsOf = (code: string): Set<string> => new Set(code.match(/[A-Za-z_]\w*/g));

/** The names that the top level of a module declares. */
function declaredIn(code: string): Set<string> {
  const names = new Set<string>();
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  for (const statement of parse(code).statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) bind(name);
    const imported = ts.isImportDeclaration(statement) && statement.importClause?.namedBindings;
    if (imported && ts.isNamedImports(imported)) for (const { name } of imported.elements) names.add(name.text);
  }
  return names;
}

const parse = (code: string) => ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);

const settings = [
  { folder: "tfjs/", given: settingOfTfjs },
  { folder: "web/", given: settingOfWeb },
  { folder: "equations/", given: settingOfEquations },
  { folder: "", given: setting },
];

/** The lines before an example that define what it takes for granted. */
function prelude(code: string, file: string): string {
  const known = declaredIn(code);
  const given = settings.find(({ folder }) => file.startsWith(folder))!.given;
  const own = new Map(exportsOf(texts.get(file)!).map(({ name, isType }) => [name, isType]));
  const lines: string[] = [];
  const take = (words: Iterable<string>) => {
    for (const word of words) {
      if (known.has(word)) continue;
      const isOwn = own.has(word);
      if (!isOwn && Object.hasOwn(given, word)) {
        known.add(word);
        take(wordsOf(given[word].replaceAll(/"[^"]*"|\.\w+/g, "")));
        lines.push(given[word]);
      } else if (isOwn || home.has(word)) {
        known.add(word);
        const isType = own.get(word) ?? home.get(word)!.isType;
        const from = JSON.stringify(`./${isOwn ? file : home.get(word)!.file}`);
        lines.push(`import { ${isType ? "type " : ""}${word} } from ${from};`);
      }
    }
  };
  take(wordsOf(code.replaceAll(/"[^"]*"|\/\/.*|\.\w+/g, "")));
  return lines.join("\n");
}

/** `=> step [1, 2], 3 products` and the like. */
export function claimsOf(comment: string): Claim[] {
  const [, subject, said] = /\/\/ (?:(\w+) )?=> (.*)/.exec(comment) ?? [];
  if (said === undefined) return [];
  const value = String.raw`\[[^\]]*\]|\{[^}]*\}|"[^"]*"|-?\d[\d.]*(?:e[+-]?\d+)?|true|false`;
  if (subject) return [{ name: subject, text: said }];
  const [whole] = new RegExp(`^(?:${value})`).exec(said) ?? [];
  const [, count, what] = /^(\d+) (products?)/.exec(said) ?? [];
  if (whole && !count) return [{ text: whole }];
  const claims = [...said.matchAll(new RegExp(`([a-zA-Z]\\w*)(?: =)? (${value})`, "g"))].map(([, name, text]) => ({
    name,
    text,
  }));
  const [, products] = /(\d+) products?$/.exec(said) ?? [];
  return what || products ? [...claims, { name: "products", text: products ?? count }] : claims;
}

function withClaims(code: string): string {
  const { statements } = parse(code);
  let out = "";
  statements.forEach((statement, i) => {
    const next = statements[i + 1]?.getFullStart() ?? code.length;
    const after = code.slice(statement.end, statements[i + 1]?.getStart() ?? code.length);
    const claims = claimsOf(after);
    const text = code.slice(statement.getFullStart(), statement.end);
    const list = JSON.stringify(claims);
    if (claims.length === 0) out += text;
    else if (ts.isExpressionStatement(statement) && claims[0].name && declaredIn(code).has(claims[0].name))
      out += `${text}\nclaim({ ${claims[0].name} }, ${list});`;
    else if (ts.isExpressionStatement(statement)) out += `\nclaim((${statement.expression.getText()}), ${list});`;
    else out += `${text}\nclaim({ ${[...declaredIn(statement.getText())].join(", ")} }, ${list});`;
    if (i === statements.length - 1) out += code.slice(next);
  });
  return out;
}

export const examples: readonly Example[] = files.flatMap((file) => {
  const blocks = [...texts.get(file)!.matchAll(/^ +\* @example\n((?: +\* ?.*\n)+?) +\*\//gm)];
  return blocks.map(([, lines], i): Example => {
    const code = lines.replaceAll(/^ +\* ?/gm, "");
    const head = prelude(code, file);
    return {
      name: `${file}, example ${i + 1}`,
      path: join(root, `${file.replaceAll(/\W/g, "-")}-example-${i + 1}.ts`),
      source: `${head}\n${code.replace('import "@tensorflow/tfjs";', "")}\nexport {};\n`,
      checked: `declare const claim: (subject: unknown, claims: unknown) => void;\n${head}\n${withClaims(code)}\nexport {};\n`,
      runsHere: !elsewhere.test(file) && !/declare const/.test(head),
    };
  });
});

/** Something of this name in a value, at any depth. */
function find(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  if (name in value) return (value as Record<string, unknown>)[name];
  for (const part of Object.values(value)) {
    const found = find(part, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a value is what a comment says, to half of the last digit that it prints. */
export function fits(value: unknown, text: string): boolean {
  const [v, said] = [plain(value), text.trim()];
  if (/^[[{]/.test(said)) {
    const inside = said.slice(1, -1).trim();
    const parts = inside === "" ? [] : inside.split(/,\s*/);
    if (said.startsWith("["))
      return Array.isArray(v) && v.length === parts.length && parts.every((p, i) => fits(v[i], p));
    const entries = parts.map((part) => part.split(/:\s*/));
    return (
      typeof v === "object" && v !== null && entries.every(([key, p]) => fits((v as Record<string, unknown>)[key], p))
    );
  }
  if (typeof v !== "number") return String(v) === said.replaceAll('"', "");
  const [digits, exponent = "0"] = said.split("e");
  const decimals = digits.includes(".") ? digits.split(".")[1].length : undefined;
  const expected = Number(said);
  const half =
    decimals === undefined ? 1e-6 * Math.max(1, Math.abs(expected)) : 0.51 * 10 ** (Number(exponent) - decimals);
  return Math.abs(v - expected) <= half;
}

function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (typeof value === "object" && value !== null && "js" in value && typeof value.js === "function") return value.js();
  return value;
}

/** What a claim says of a subject that is not so, as a sentence; undefined if it is. */
export function faultOf(subject: unknown, { name, text }: Claim): string | undefined {
  const value = name ? find(subject, name) : subject;
  if (fits(value, text)) return undefined;
  return `${name ?? "the statement"} must be ${text}, got ${JSON.stringify(plain(value))}.`;
}

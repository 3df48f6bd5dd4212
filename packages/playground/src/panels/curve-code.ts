/** The fit that the page shows as a program, to be copied. */
import type { CurveReport } from "../engine/curve.ts";

const reserved = new Set(
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await Math".split(
    " ",
  ),
);
const isName = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name) && !reserved.has(name);

export function curveCode(report: CurveReport): string {
  const { text, variables, values, labels, parameters, javascript } = report;
  const hasSigma = report.bars.length > 0;
  const key = (name: string) => (isName(name) ? name : JSON.stringify(name));
  const isSingle = variables.length === 1;
  const list = (column: readonly number[] | undefined) => (column ? `[${column.join(", ")}]` : "[/* your numbers */]");
  const x = isSingle
    ? list(values?.x[variables[0]])
    : `{ ${variables.map((name) => `${key(name)}: ${list(values?.x[name])}`).join(", ")} }`;
  const isDefault = isSingle && variables[0] === "x";
  const model = `formula(${JSON.stringify(text)}${isDefault ? "" : `, { variables: ${JSON.stringify(variables)} }`})`;
  const valuesTo = (digits: number) =>
    `{ ${parameters.map(({ name, value }) => `${key(name)}: ${Number(value.toPrecision(digits))}`).join(", ")} }`;
  const isPlain = [...variables, ...parameters.map(({ name }) => name)].every(isName) && !/\berfc?\(/.test(javascript);
  const argument = isSingle ? variables[0] : `{ ${variables.join(", ")} }`;
  return [
    'import { curveFit, formula } from "quadric";',
    "",
    `// ${labels.x} and ${labels.y}`.replaceAll("\n", " "),
    `const x = ${x};`,
    `const y = ${list(values?.y)};`,
    ...(hasSigma ? [`const sigma = ${list(values?.sigma)};`] : []),
    `const model = ${model};`,
    "// The start is optional: without it curveFit guesses one.",
    `const fit = await curveFit(model, x, y, { start: ${valuesTo(3)}${hasSigma ? ", sigma" : ""} });`,
    "console.log(fit.status, fit.parameters, fit.standardErrors);",
    ...(isPlain
      ? [
          "",
          "// The curve by itself, without any library:",
          `const f = (${argument}) => {`,
          `  const { ${parameters.map(({ name }) => name).join(", ")} } = ${valuesTo(12)};`,
          `  return ${javascript};`,
          "};",
        ]
      : []),
    "",
  ].join("\n");
}

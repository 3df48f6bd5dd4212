/** Fit a curve: a formula, fitted to the columns of a table as it is typed. */
import { computed, effect, signal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { ask, latest } from "../client.ts";
import { Select } from "../controls.tsx";
import type { CurveReport, CurveTableSummary } from "../engine/curve.ts";
import { choice, line, panelState } from "../share.ts";
import { Code } from "./code.tsx";
import { CsvDrop } from "./csv-drop.tsx";
import { curveCaption } from "./curve-caption.ts";
import { curveCode } from "./curve-code.ts";
import { CurveCharts, CurveTable, Ellipsoid } from "./curve-results.tsx";
import { exampleCurve } from "./example-curve.ts";
import { Guide, type Lesson } from "./guide.tsx";
import { statusInWords } from "./words.ts";
import { Workbench } from "./workbench.tsx";

const shapes = [
  { name: "a*exp(-b*x) + c", label: "decay" },
  { name: "a + b*x", label: "line" },
  { name: "a + b*x + c*x^2", label: "parabola" },
  { name: "a*exp(-(x - m)^2/(2*s^2)) + c", label: "Gaussian peak" },
  { name: "a*w^2/((x - m)^2 + w^2) + c", label: "Lorentzian peak" },
  { name: "a/(1 + exp(-k*(x - m)))", label: "logistic growth" },
  { name: "a*x^b", label: "power law" },
  { name: "a*x/(k + x)", label: "saturation" },
  { name: "a*sin(w*x + p) + c", label: "oscillation" },
] as const;

const columnNumbers = ["none", ...Array.from({ length: 500 }, (_, i) => String(i))];

/** A link holds the formula and the numbers of the columns; the data stay where they are. */
export const curveState = panelState({
  formula: line(shapes[0].name),
  x: choice(columnNumbers.slice(1), "0"),
  y: choice(columnNumbers.slice(1), "1"),
  sigma: choice(columnNumbers, "2"),
});
const { formula, x, y, sigma } = curveState.at;

interface Loaded extends CurveTableSummary {
  readonly name: string;
}

const table = signal<Loaded | undefined>(undefined);
const start = signal<Readonly<Record<string, number>>>({});
const report = signal<CurveReport | undefined>(undefined);
const problem = signal("");
const pair = signal("");

const request = computed(() => {
  const width = table.value?.names.length ?? 0;
  const [xs, ys, sigmas] = [x.value, y.value, sigma.value].map(Number);
  if (!table.value || xs >= width || ys >= width) return undefined;
  const isSigma = sigmas < width && sigmas !== ys && sigmas !== xs;
  return { text: formula.value, x: xs, y: ys, sigma: isSigma ? sigmas : -1, start: start.value };
});

const refit = latest(
  "curve",
  (found) => {
    if (!request.value) return; // of a table that is no more
    report.value = found;
    problem.value = "";
  },
  (message) => {
    if (!request.value) return;
    report.value = undefined;
    problem.value = message;
  },
);

/** Fits whenever something changes while the panel is shown; the example is there from the beginning. */
function fitWhileShown(): () => void {
  if (!table.value && !problem.value) takeExample();
  return effect(() => {
    if (request.value) refit(request.value);
  });
}

function takeExample(): void {
  void take("example.csv", new TextEncoder().encode(exampleCurve()), false);
}

const mostBytes = 2 ** 25;

async function take(name: string, bytes: Uint8Array, isNew = true): Promise<void> {
  problem.value = "";
  start.value = {};
  if (bytes.length > mostBytes) {
    problem.value = `${name}: must be at most ${mostBytes / 2 ** 20} MiB.`;
    return;
  }
  try {
    const summary = await ask("curveTable", bytes);
    if (isNew) [x.value, y.value, sigma.value] = ["0", "1", "none"];
    table.value = { ...summary, name };
  } catch (error) {
    table.value = undefined;
    report.value = undefined;
    problem.value = `${name}: ${(error as Error).message}`;
  }
}

async function takeFile(file: File | undefined): Promise<void> {
  if (file) await take(file.name, new Uint8Array(await file.slice(0, mostBytes + 1).arrayBuffer()));
}

const withFormula = (formula: string): string => new URLSearchParams({ formula }).toString();

const lessons: readonly Lesson[] = [
  {
    title: "A decay",
    query: "",
    text: "The activity of a substance falls to a constant. The band contains the true curve with 95 % confidence. The residuals below scatter around 0 without a pattern, as they should.",
  },
  {
    title: "Too simple",
    query: withFormula("a*exp(-b*x)"),
    text: "Without the constant c the fit converges too. But many neighbouring residuals have the same sign. A converged fit can have the wrong formula.",
  },
  {
    title: "Too rich",
    query: withFormula("a*exp(-b*x) + c + d*exp(-x)"),
    text: "A second, faster decay is not in the data: d is 0 within its error. It can replace a part of the first one, so the errors of a and b grow.",
  },
  {
    title: "Errors unknown",
    query: "sigma=none",
    text: "All rows count alike, and the scatter of the residuals gives the errors. The parameters hardly change.",
  },
];

export function Curve() {
  useEffect(fitWhileShown, []);
  return (
    <>
      <div class="introduction">
        <p>
          Type a formula: its parameters are found by least squares with exact derivatives, each with its standard
          error. Start values are guessed. Nothing leaves your machine; nothing that you type is run as code.
        </p>
        <p class="equation">
          <LeastSquares />
        </p>
      </div>
      <Guide lessons={lessons} state={curveState} chosen={takeExample} />
      <Workbench
        settings="Data and start values"
        controls={
          <>
            <Data />
            {table.value && <Columns names={table.value.names} />}
            {report.value && <Starts report={report.value} />}
          </>
        }
        picture={
          <>
            <FormulaField />
            {problem.value ? (
              <p class="problem" role="alert">
                {problem.value}
              </p>
            ) : (
              <p class="note" role="status">
                {report.value && statusOf(report.value)}
              </p>
            )}
            {report.value?.isConverged && <p class="caption">{curveCaption(report.value)}</p>}
            {report.value?.notes.map((note) => (
              <p key={note} class="problem">
                {note}
              </p>
            ))}
          </>
        }
        figures={
          report.value && (
            <>
              <div class="charts fit">
                <div>
                  <CurveCharts report={report.value} />
                </div>
                <div>
                  <CurveTable report={report.value} />
                  <Ellipsoid report={report.value} chosen={pair} />
                </div>
              </div>

              <Code code={curveCode(report.value)} />
            </>
          )
        }
      />
    </>
  );
}

function statusOf({ isConverged, status, message, points }: CurveReport): string {
  const name = table.value?.name ?? "";
  const end = isConverged ? "Converged." : `Not converged: ${statusInWords(status)}. ${message}`;
  return `${name}, ${points} rows. ${end}`;
}

function FormulaField() {
  const id = useId();
  const known = shapes.find(({ name }) => name === formula.value)?.name;
  return (
    <div class="formula">
      <div class="control">
        <label for={id}>Formula of x, of columns by their names, and of parameters</label>
        <input
          id={id}
          type="text"
          value={formula.value}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          onInput={({ currentTarget }) => {
            start.value = {};
            formula.value = currentTarget.value;
          }}
        />
      </div>
      <Select
        label="Usual shapes"
        value={known ?? ""}
        options={[...(known ? [] : [{ name: "", label: "your own" }]), ...shapes]}
        change={(name) => {
          start.value = {};
          if (name) formula.value = name;
        }}
      />
    </div>
  );
}

function Data() {
  const id = useId();
  return (
    <>
      <CsvDrop take={takeFile} />
      <div class="control">
        <label for={id}>… or paste its rows</label>
        <textarea
          id={id}
          rows={3}
          placeholder={"x,y\n1,2.1\n2,3.9"}
          spellcheck={false}
          onInput={({ currentTarget: { value } }) => {
            if (value.trim() !== "") void take("pasted rows", new TextEncoder().encode(value));
          }}
        />
      </div>
    </>
  );
}

function Columns({ names }: { readonly names: readonly string[] }) {
  const options = names.map((label, i) => ({ name: String(i), label }));
  const [isX, isY] = [Number(x.value), Number(y.value)];
  const free = options.filter((_, i) => i !== isX && i !== isY);
  const chosen = free.some(({ name }) => name === sigma.value) ? sigma.value : "none";
  const pick = (field: typeof x) => (name: string) => {
    start.value = {};
    field.value = name;
  };
  return (
    <>
      <div class="pair">
        <Select label="x" value={x.value} options={options} change={pick(x)} />
        <Select label="y" value={y.value} options={options} change={pick(y)} />
      </div>
      <Select
        label="Standard errors of y"
        value={chosen}
        options={[{ name: "none", label: "all alike" }, ...free]}
        change={pick(sigma)}
      />
    </>
  );
}

/** Boxes that stay empty unless somebody wants to say where to start. */
function Starts({ report: { parameters } }: { readonly report: CurveReport }) {
  const id = useId();
  return (
    <fieldset>
      <legend>Start values</legend>
      <div class="pair">
        {parameters.map(({ name }) => (
          <div key={name} class="control number">
            <label for={`${id}-${name}`}>{name}</label>
            <input
              id={`${id}-${name}`}
              type="number"
              step="any"
              placeholder="guessed"
              value={start.value[name] ?? ""}
              onChange={({ currentTarget: { value } }) => {
                const { [name]: _, ...others } = start.value;
                start.value = value === "" ? others : { ...others, [name]: Number(value) };
              }}
            />
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function LeastSquares() {
  return (
    <math>
      <munder>
        <mi>min</mi>
        <mi>p</mi>
      </munder>
      <mspace width="0.3em" />
      <munder>
        <mo>∑</mo>
        <mi>i</mi>
      </munder>
      <msup>
        <mrow>
          <mo>(</mo>
          <mfrac>
            <mrow>
              <msub>
                <mi>y</mi>
                <mi>i</mi>
              </msub>
              <mo>−</mo>
              <mi>f</mi>
              <mtext>(</mtext>
              <msub>
                <mi>x</mi>
                <mi>i</mi>
              </msub>
              <mo>;</mo>
              <mi>p</mi>
              <mtext>)</mtext>
            </mrow>
            <msub>
              <mi>σ</mi>
              <mi>i</mi>
            </msub>
          </mfrac>
          <mo>)</mo>
        </mrow>
        <mn>2</mn>
      </msup>
    </math>
  );
}

/** Curvature: the Hessian of the network just trained, bare and preconditioned by the norm of its optimizer. */
import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { LineChart } from "../charts/line-chart.tsx";
import { MatrixImage } from "../charts/matrix-image.tsx";
import { show } from "../charts/scale.ts";
import { latest } from "../client.ts";
import { Select } from "../controls.tsx";
import type { CurvatureReport, CurvatureView } from "../engine/curvature.ts";
import { type MethodName, methodNames, methods } from "../methods.ts";
import { choice, panelState } from "../share.ts";
import { Guide, type Lesson } from "./guide.tsx";
import { trainRace, trainState } from "./train.tsx";
import { Workbench } from "./workbench.tsx";

const state = panelState({ network: choice<MethodName | "start">(["start", ...methodNames], "tr-rmsprop") });
const { network } = state.at;

/** A link holds the network's training as well, since that is where the curvature comes from. */
export const curvatureState = {
  load(query: URLSearchParams): void {
    trainState.load(query);
    state.load(query);
  },
  query: (): URLSearchParams => new URLSearchParams([...trainState.query(), ...state.query()]),
};

const report = signal<CurvatureReport | undefined>(undefined);
const problem = signal("");

const measure = latest(
  "curvature",
  (found) => {
    report.value = found;
  },
  (message) => {
    problem.value = message;
  },
);

/** Enough for the norms to have seen some gradients. */
const firstBudget = 150;

/** The network chosen, or the start if that one is not trained. */
const chosen = computed(() =>
  trainRace.runners.value.some(({ method }) => method === network.value) ? network.value : "start",
);
const isRested = computed(() => trainRace.spent.value > 0 && ["paused", "over"].includes(trainRace.phase.value));

function trainIfIdle(): void {
  if (trainRace.phase.peek() === "idle") void trainRace.run(firstBudget);
}

/** Measures whenever a network rests while the panel is shown, and has one trained if there is none. */
function measureWhileShown(): () => void {
  trainIfIdle();
  return effect(() => {
    const request = { race: "train", method: chosen.value } as const;
    report.value = undefined;
    problem.value = "";
    if (isRested.value) measure(request);
  });
}

const lessons: readonly Lesson[] = [
  {
    title: "In the norm",
    query: "",
    text: "First the Hessian as it is, then as the trust region sees it, in the norm that it has built from its gradients. The sentence below compares them.",
  },
  {
    title: "As it started",
    query: "network=start",
    text: "Before training the loss is rounder: the largest eigenvalue is nearer to the mean. Training leads into valleys.",
  },
  {
    title: "Another norm",
    query: "methods=tr-adagrad,tr-rmsprop&network=tr-adagrad",
    text: "Adagrad's norm sums all squared gradients since the start, RMSProp's forgets. Choose either network and compare the two numbers.",
  },
  {
    title: "No help",
    query: "task=spiral",
    text: "A diagonal norm stretches single parameters. It cannot correct what lies off the diagonal of the pictures below.",
  },
];

export function Curvature() {
  useEffect(measureWhileShown, []);
  const names = trainRace.runners.value.map(({ method }) => method);
  return (
    <>
      <div class="introduction">
        <p>
          The eigenvalues of the Hessian B show how much steeper the loss is in some directions than in others. A norm A
          corrects that as far as its shape allows. The closer the largest magnitude is to the mean, the rounder the
          loss looks to the optimizer.
        </p>
        <Preconditioned />
      </div>
      <Guide lessons={lessons} state={curvatureState} ignored={["at"]} chosen={trainIfIdle} />
      <Workbench
        controls={
          <>
            <Select
              label="Network"
              value={chosen.value}
              options={[
                { name: "start", label: "as all started" },
                ...names.map((name) => ({ name, label: `after ${methods[name].label}` })),
              ]}
              change={(name) => {
                network.value = name;
              }}
            />
            <p class="note">
              The networks are those of “Training”, which also says on what they are trained. Change the task or train
              longer there and come back.
            </p>
            <p class="note">{report.value && summary(report.value)}</p>
          </>
        }
        picture={
          <>
            <p class="caption" role="status">
              {report.value
                ? comparison(report.value)
                : isRested.value
                  ? "Measuring …"
                  : "Training the networks first …"}
            </p>
            {problem.value && (
              <p class="problem" role="alert">
                {problem.value}
              </p>
            )}
          </>
        }
        figures={
          report.value && (
            <div class="gallery views">
              <View title="Bare: B = ∇²L" view={report.value.bare} />
              {report.value.preconditioned && (
                <View title={`In the ${labelOf(report.value.ellipsoid!)}`} view={report.value.preconditioned} />
              )}
            </div>
          )
        }
      />
    </>
  );
}

/** The label of a norm. */
function labelOf(norm: string): string {
  return methods[`tr-${norm}` as MethodName].label;
}

function summary({ size, products }: CurvatureReport): string {
  return `${size} parameters, ${products} Hessian products.`;
}

/** What the norm does to this network, by the numbers below. */
function comparison({ bare, preconditioned, ellipsoid }: CurvatureReport): string {
  const before = show(bare.spread);
  if (!preconditioned) {
    return `The largest curvature is ${before} times the mean one. This network was not trained in an ellipsoidal norm, so there is nothing to compare with.`;
  }
  const after = show(preconditioned.spread);
  const change =
    preconditioned.spread < 0.9 * bare.spread
      ? `${after} in the ${labelOf(ellipsoid!)}, which makes the loss rounder`
      : preconditioned.spread > 1.1 * bare.spread
        ? `${after} in the ${labelOf(ellipsoid!)}, which does not help here: a diagonal cannot correct what lies off it`
        : `as much in the ${labelOf(ellipsoid!)}: little changes`;
  return `The largest curvature is ${before} times the mean one, and ${change}.`;
}

function View({ title, view }: { readonly title: string; readonly view: CurvatureView }) {
  const { min, max, spread, negative, dominance, blocks, density } = view;
  const peak = Math.max(...density.density);
  const points = Array.from(density.x, (x, i) => [x, density.density[i]] as const);
  return (
    <figure class="network">
      <figcaption>
        <b>{title}</b>
      </figcaption>
      <LineChart
        title="Spectral density"
        x={{ label: "eigenvalue" }}
        y={{ label: "density", log: true, domain: [1e-5 * peak, 2 * peak] }}
        series={[{ name: "density", style: { stroke: "var(--accent)" }, points }]}
        height={210}
      />
      <dl>
        <dt>largest eigenvalue</dt>
        <dd>{show(max)}</dd>
        <dt>smallest eigenvalue</dt>
        <dd>{show(min)}</dd>
        <dt>largest magnitude / mean</dt>
        <dd>{show(spread)}</dd>
        <dt>share of negative ones</dt>
        <dd>{(100 * negative).toFixed(1)} %</dd>
        <dt>share on the diagonal</dt>
        <dd>{(100 * dominance).toFixed(2)} %</dd>
        <dt>share in the tensors' blocks</dt>
        <dd>{(100 * blocks).toFixed(1)} %</dd>
      </dl>
      <p class="note">Its entries by row and column: the stronger, the larger in magnitude.</p>
      <MatrixImage label={`${title}: magnitudes of its entries`} view={view} />
    </figure>
  );
}

function Preconditioned() {
  const root = (
    <msup>
      <mi>A</mi>
      <mrow>
        <mo>−</mo>
        <mn>1</mn>
        <mtext>/</mtext>
        <mn>2</mn>
      </mrow>
    </msup>
  );
  return (
    <p class="equation">
      <math>
        <mi>B</mi>
        <mspace width="0.4em" />
        <mtext>→</mtext>
        <mspace width="0.4em" />
        {root}
        <mi>B</mi>
        {root}
      </math>
    </p>
  );
}

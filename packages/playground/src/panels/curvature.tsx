/** Curvature: the Hessian of the network just trained, bare and preconditioned by the norm of its optimizer. */
import { effect, signal } from "@preact/signals";
import { LineChart } from "../charts/line-chart.tsx";
import { MatrixImage } from "../charts/matrix-image.tsx";
import { show } from "../charts/scale.ts";
import { ask } from "../client.ts";
import { Select } from "../controls.tsx";
import type { CurvatureReport, CurvatureView } from "../engine/curvature.ts";
import { type MethodName, methodNames, methods } from "../methods.ts";
import { choice, panelState } from "../share.ts";
import { trainRace, trainState } from "./train.tsx";

const state = panelState({ network: choice<MethodName | "start">(["start", ...methodNames], "start") });
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
const isBusy = signal(false);

/** What was measured is of a network that is no more once it is trained on. */
export function startCurvature(): void {
  effect(() => {
    void [trainRace.spent.value, trainRace.phase.value === "idle", network.value];
    report.value = undefined;
    problem.value = "";
  });
}

async function measure(): Promise<void> {
  isBusy.value = true;
  problem.value = "";
  try {
    report.value = await ask("curvature", { race: "train", method: network.value });
  } catch (error) {
    problem.value = (error as Error).message;
  }
  isBusy.value = false;
}

export function Curvature() {
  const { phase, runners } = trainRace;
  const names = runners.value.map(({ method }) => method);
  const isTrained = phase.value === "paused" || phase.value === "over";
  const chosen = network.value === "start" || names.includes(network.value) ? network.value : "start";
  return (
    <>
      <div class="introduction">
        <p>
          The eigenvalues of the Hessian show how much steeper the loss is in some directions than in others. The share
          on its diagonal shows how much of that a diagonal norm can correct. Compare the bare Hessian with the one
          preconditioned by the norm: the closer the largest magnitude is to the mean, the better conditioned it is.
        </p>
        <Preconditioned />
      </div>
      <div class="columns">
        <form class="controls" onSubmit={(event) => event.preventDefault()}>
          <Select
            label="Network"
            value={chosen}
            options={[
              { name: "start", label: "as all started" },
              ...names.map((name) => ({ name, label: `after ${methods[name].label}` })),
            ]}
            change={(name) => {
              network.value = name;
            }}
          />
          <button type="button" class="primary" disabled={!isTrained || isBusy.value} onClick={measure}>
            {isBusy.value ? "Measuring …" : "Measure"}
          </button>
          <p class="note" role="status">
            {isTrained ? summary(report.value) : missing(phase.value)}
          </p>
          {problem.value && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
        </form>
        <div class="picture">
          {report.value && (
            <div class="gallery">
              <View title="Bare: B = ∇²L" view={report.value.bare} />
              {report.value.preconditioned && (
                <View title={`In the ${labelOf(report.value.ellipsoid!)}`} view={report.value.preconditioned} />
              )}
            </div>
          )}
        </div>
      </div>
    </>
  );
}

/** The label of a norm. */
function labelOf(norm: string): string {
  return methods[`tr-${norm}` as MethodName].label;
}

function missing(phase: string): string {
  if (phase === "preparing") return "The network is being set up …";
  return phase === "running" ? "Pause the training first." : "Train a network first, in the panel of that name.";
}

function summary(found: CurvatureReport | undefined): string {
  if (!found) return "";
  const cost = `${found.size} parameters, ${found.products} Hessian products.`;
  return found.preconditioned
    ? cost
    : `${cost} This network was trained in the Euclidean norm, so there is nothing to precondition with.`;
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

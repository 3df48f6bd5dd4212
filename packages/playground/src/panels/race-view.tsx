/** A race on the page: buttons, losses over cost and time, and a picture of each network. */
import { LineChart } from "../charts/line-chart.tsx";
import { NetworkPicture } from "../charts/network-picture.tsx";
import { show } from "../charts/scale.ts";
import { Swatch } from "../controls.tsx";
import type { Sample } from "../engine/race.ts";
import type { Scene } from "../engine/scene.ts";
import { methods, strokeOf } from "../methods.ts";
import type { RaceModel, RunnerView } from "./race-model.ts";

interface RaceViewProps {
  readonly race: RaceModel;
  /** What `Picture.measure` is: "accuracy", or an error in the units named. */
  readonly measure: string;
  /** Why nothing can be run yet, if so. */
  readonly missing?: string;
}

export function RaceButtons({ race, missing }: Pick<RaceViewProps, "race" | "missing">) {
  const { phase } = race;
  const isRunning = phase.value === "running";
  return (
    <div class="player">
      <button
        type="button"
        class="primary"
        disabled={missing !== undefined || phase.value === "preparing" || phase.value === "over"}
        onClick={() => (isRunning ? race.pause() : race.run())}
      >
        {isRunning ? "Pause" : "Train"}
      </button>
      <button
        type="button"
        disabled={missing !== undefined || isRunning || phase.value === "preparing" || phase.value === "over"}
        onClick={race.step}
      >
        Step
      </button>
      <button type="button" disabled={phase.value === "idle"} onClick={race.reset}>
        Reset
      </button>
      <span role="status">{missing ?? saying(race)}</span>
    </div>
  );
}

function saying({ phase, spent }: RaceModel): string {
  switch (phase.value) {
    case "idle":
      return "All methods start from the same weights and see the same batches.";
    case "preparing":
      return "Compiling the loss, its gradient and its Hessian products …";
    case "over":
      return "All runs are over.";
    default:
      return spent.value > 0 ? `${spent.value} gradients + curvature products each` : "Ready.";
  }
}

export function RaceCharts({ race, measure }: RaceViewProps) {
  const runners = race.runners.value;
  const lines = (pick: (sample: Sample) => number) =>
    runners.map(({ method, samples }) => {
      const points = thinned(samples).map((sample) => [pick(sample), sample[2]] as const);
      return { name: methods[method].label, style: strokeOf(method), points, mark: points.at(-1) };
    });
  const loss = { label: "loss", log: true };
  return (
    <>
      <Gallery scene={race.scene} runners={runners} measure={measure} />
      <div class="charts">
        <LineChart
          title="Loss against what it cost"
          x={{ label: "gradients + curvature products" }}
          y={loss}
          series={lines(([spent]) => spent)}
          height={230}
        />
        <LineChart
          title="Loss against time in steps"
          x={{ label: "seconds" }}
          y={loss}
          series={lines(([, seconds]) => seconds)}
          height={230}
        />
      </div>
    </>
  );
}

/** Of a line's points the lowest and the highest of each stretch, so many that a screen shows no difference. */
const stretches = 120;

function thinned(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= 2 * stretches) return samples;
  const length = Math.ceil(samples.length / stretches);
  const kept: Sample[] = [];
  for (let start = 0; start < samples.length; start += length) {
    let [lowest, highest] = [start, start];
    for (let i = start; i < Math.min(start + length, samples.length); i++) {
      if (samples[i][2] < samples[lowest][2]) lowest = i;
      if (samples[i][2] > samples[highest][2]) highest = i;
    }
    kept.push(samples[Math.min(lowest, highest)]);
    if (lowest !== highest) kept.push(samples[Math.max(lowest, highest)]);
  }
  if (kept.at(-1) !== samples.at(-1)) kept.push(samples[samples.length - 1]);
  return kept;
}

interface GalleryProps {
  readonly scene: RaceModel["scene"];
  readonly runners: readonly RunnerView[];
  readonly measure: string;
}

function Gallery({ scene, runners, measure }: GalleryProps) {
  if (!scene.value) return null;
  const current = scene.value;
  return (
    <div class="gallery">
      {runners.map((runner) => (
        <Runner key={runner.method} scene={current} runner={runner} measure={measure} />
      ))}
    </div>
  );
}

interface RunnerProps {
  readonly scene: Scene;
  readonly runner: RunnerView;
  readonly measure: string;
}

function Runner({ scene, runner: { method, picture, samples, ended }, measure }: RunnerProps) {
  return (
    <figure class="network">
      <figcaption>
        <Swatch name={method} />
        <b>{methods[method].label}</b>
        <span>
          {picture && `${measure} ${measure === "accuracy" ? percent(picture.measure) : show(picture.measure)}`}
          {samples.length > 0 && `, loss ${show(samples[samples.length - 1][2])}`}
          {ended && ended !== "budget-spent" && ` (${ended.replaceAll("-", " ")})`}
        </span>
      </figcaption>
      {picture && <NetworkPicture scene={scene} picture={picture} method={method} />}
    </figure>
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

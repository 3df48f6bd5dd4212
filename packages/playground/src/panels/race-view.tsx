/** A race on the page: its buttons, its charts, and a picture of what each method has reached. */
import type { ComponentChildren } from "preact";
import { LineChart, type Series } from "../charts/line-chart.tsx";
import { NetworkPicture } from "../charts/network-picture.tsx";
import { show } from "../charts/scale.ts";
import { Swatch } from "../controls.tsx";
import type { Sample } from "../engine/race.ts";
import { methods, strokeOf } from "../methods.ts";
import { useInView } from "../use-in-view.ts";
import type { RaceModel, RunnerView } from "./race-model.ts";
import { endingInWords } from "./words.ts";

interface RacePictureProps {
  readonly race: RaceModel;
  /** Why nothing can be run yet, if so. */
  readonly missing?: string;
  /** What `spent` counts, such as "gradients + curvature products". */
  readonly unit: string;
  /** What the race shows so far, in a sentence. */
  readonly caption: string;
  /** The chart. */
  readonly children: ComponentChildren;
}

export function RacePicture({ race, missing, unit, caption, children }: RacePictureProps) {
  const ref = useInView(race.watch);
  return (
    <div ref={ref}>
      <RaceButtons race={race} missing={missing} unit={unit} />
      {race.problem.value && (
        <p class="problem" role="alert">
          {race.problem.value}
        </p>
      )}
      <p class="caption">{caption}</p>
      {children}
    </div>
  );
}

function RaceButtons({ race, missing, unit }: Pick<RacePictureProps, "race" | "missing" | "unit">) {
  const { phase } = race;
  const isRunning = phase.value === "running";
  const isOver = phase.value === "over";
  const again = () => {
    race.reset();
    void race.run();
  };
  return (
    <div class="player">
      <button
        type="button"
        class="primary"
        disabled={missing !== undefined || phase.value === "preparing"}
        onClick={() => (isRunning ? race.pause() : isOver ? again() : race.run())}
      >
        {isRunning ? "Pause" : isOver ? "Again" : "Run"}
      </button>
      <button
        type="button"
        disabled={missing !== undefined || isRunning || isOver || phase.value === "preparing"}
        onClick={race.step}
      >
        Step
      </button>
      <button type="button" disabled={phase.value === "idle"} onClick={race.reset}>
        Reset
      </button>
      <span role="status">{missing ?? saying(race, unit)}</span>
    </div>
  );
}

function saying({ phase, spent }: RaceModel, unit: string): string {
  switch (phase.value) {
    case "idle":
      return "All methods start from the same weights.";
    case "preparing":
      return "Compiling the loss and its derivatives …";
    case "over":
      return "All runs are over.";
    default:
      return spent.value > 0 ? `${show(spent.value)} ${unit} each` : "Ready.";
  }
}

interface RaceChartProps {
  readonly race: RaceModel;
  readonly title: string;
  /** 0: gradients + curvature products, 1: seconds. */
  readonly over: 0 | 1;
  /** 2: the loss; 3: the held-out loss or the error; "both": the second, and the first as a thin line. */
  readonly what: 2 | 3 | "both";
  readonly height: number;
}

export function RaceChart({ race, title, over, what, height }: RaceChartProps) {
  const runners = race.runners.value;
  const main = what === "both" ? 3 : what;
  const line = ({ method, samples }: RunnerView, column: 2 | 3, isMain: boolean): Series => {
    const points = thinned(samples, column).map((sample) => [sample[over], sample[column]] as const);
    const { label } = methods[method];
    const style = isMain ? strokeOf(method) : { ...strokeOf(method), strokeWidth: 0.8, strokeOpacity: 0.7 };
    if (!isMain) return { name: "", style, points };
    return { name: label, label, style, points, mark: points.findLast(([, y]) => Number.isFinite(y)) };
  };
  const best = ({ samples }: RunnerView): Series["rings"] => {
    if (what !== "both") return [];
    const least = leastOf(samples);
    return least ? [[least[over], least[3]]] : [];
  };
  return (
    <LineChart
      title={title}
      x={{ label: over === 0 ? "gradients + curvature products" : "seconds in steps" }}
      y={{ label: main === 2 ? "loss" : what === 3 ? "error" : "held-out loss", log: true }}
      series={[
        ...(what === "both" ? runners.map((runner) => line(runner, 2, false)) : []),
        ...runners.map((runner) => ({ ...line(runner, main, true), rings: best(runner) })),
      ]}
      height={height}
    />
  );
}

/** The sample of the least held-out loss. */
export function leastOf(samples: readonly Sample[]): Sample | undefined {
  return samples.reduce<Sample | undefined>(
    (least, sample) => (sample[3] < (least?.[3] ?? Infinity) ? sample : least),
    undefined,
  );
}

/** Of a line's points the lowest and the highest of each stretch, so many that a screen shows no difference. */
const stretches = 120;

function thinned(samples: readonly Sample[], column: 2 | 3): readonly Sample[] {
  if (samples.length <= 2 * stretches) return samples;
  const length = Math.ceil(samples.length / stretches);
  const kept: Sample[] = [];
  for (let start = 0; start < samples.length; start += length) {
    let [lowest, highest] = [start, start];
    for (let i = start; i < Math.min(start + length, samples.length); i++) {
      if (samples[i][column] < samples[lowest][column]) lowest = i;
      if (samples[i][column] > samples[highest][column]) highest = i;
    }
    kept.push(samples[Math.min(lowest, highest)]);
    if (lowest !== highest) kept.push(samples[Math.max(lowest, highest)]);
  }
  if (kept.at(-1) !== samples.at(-1)) kept.push(samples[samples.length - 1]);
  return kept;
}

interface GalleryProps {
  readonly race: RaceModel;
  /** What `Picture.measure` is: "accuracy", or an error in the units named. */
  readonly measure: string;
}

export function Gallery({ race, measure }: GalleryProps) {
  const scene = race.scene.value;
  if (!scene) return null;
  return (
    <div class={`gallery ${scene.kind}`}>
      {race.runners.value.map(({ method, picture, ended }) => (
        <figure key={method} class="network">
          <figcaption>
            <Swatch name={method} />
            <b>{methods[method].label}</b>
            <span>
              {picture && `${measure} ${measure === "accuracy" ? percent(picture.measure) : show(picture.measure)}`}
              {ended && ended.status !== "budget-spent" && `, ${endingInWords(ended)}`}
            </span>
          </figcaption>
          {picture && <NetworkPicture scene={scene} picture={picture} method={method} />}
        </figure>
      ))}
    </div>
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

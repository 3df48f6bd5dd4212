/** Landscapes: what the regions are, and why their shape matters. */
import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { LandscapeMap } from "../charts/landscape-map.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { show } from "../charts/scale.ts";
import { latest } from "../client.ts";
import { MethodPicker, NumberField, Select, Slider } from "../controls.tsx";
import { type Path, stepsDown, typicalStarts } from "../engine/path.ts";
import type { Typical } from "../engine/protocol.ts";
import type { Surface } from "../engine/surface.ts";
import { type MapInfo, type MapName, mapNames, maps } from "../maps.ts";
import { firstOrderNames, type MethodName, methods, strokeOf, trustRegionNames } from "../methods.ts";
import { mayMove, useInView } from "../use-in-view.ts";
import { Guide, type Lesson } from "./guide.tsx";
import { far, landscapesState } from "./landscapes-state.ts";
import { Player } from "./player.tsx";
import { Readings } from "./readings.tsx";
import { Workbench } from "./workbench.tsx";

const { at } = landscapesState;
const surface = signal<Surface | undefined>(undefined);
const paths = signal<readonly Path[]>([]);
const typical = signal<Typical>({});
const playing = signal(false);
const problem = signal("");

const askSurface = latest(
  "surface",
  (answer) => {
    surface.value = answer;
  },
  fail,
);
const askPaths = latest(
  "paths",
  (answer) => {
    paths.value = answer;
    problem.value = "";
  },
  fail,
);

const askTypical = latest(
  "typical",
  (answer) => {
    typical.value = answer;
  },
  fail,
);

function fail(message: string): void {
  problem.value = message;
}

const surfaceRequest = computed(() => ({ map: at.map.value, condition: at.condition.value, degrees: at.turn.value }));
const pathsRequest = computed(() => ({
  ...surfaceRequest.value,
  methods: at.methods.value,
  start: [at.x.value, at.y.value] as const,
  maxSteps: maps[at.map.value].steps,
  radius: at.radius.value,
  maxProducts: at.products.value,
  rateFactor: at.rate.value,
}));

/** Steps of the longest path of second order, and some more; gradient descent alone would take all there are. */
const duration = computed(() => {
  if (paths.value.length === 0) return 100;
  const lengths = paths.value.map(({ method, steps }) => ({ method, steps: steps.length }));
  const regions = lengths.filter(({ method }) => methods[method].kind !== "first order");
  const longest = Math.max(1, ...lengths.map(({ steps }) => steps));
  return regions.length > 0 ? Math.min(longest, Math.max(...regions.map(({ steps }) => steps)) + 4) : longest;
});

/** The path whose regions are drawn: the one chosen, or the first that has any. */
const focus = computed<MethodName>(() => {
  const regions = paths.value.filter(({ method }) => trustRegionNames.includes(method as never));
  return (regions.find(({ method }) => method === at.focus.value) ?? regions[0])?.method ?? at.focus.value;
});

/** Asks for pictures whenever what they depend on changes. */
function askWhileShown(): () => void {
  const stops = [
    effect(() => askSurface(surfaceRequest.value)),
    effect(() => askPaths(pathsRequest.value)),
    effect(() => {
      typical.value = {};
      askTypical(pathsRequest.value);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function chooseMap(name: MapName): void {
  [at.map.value, [at.x.value, at.y.value]] = [name, maps[name].start];
  surface.value = undefined;
  replay();
}

function replay(): void {
  at.time.value = 0;
  playing.value = mayMove();
}

/** Time starts to run when somebody looks, and stops when nobody does. */
function watch(isWatched: boolean): void {
  if (!isWatched) playing.value = false;
  else if (at.time.value === 0) playing.value = mayMove();
}

const lessons: readonly Lesson[] = [
  {
    title: "A long valley",
    query: "",
    text: "Outside the valley the function curves downwards: the model has no lowest point there, and each step ends on the edge of its region. The shape of the region decides the direction.",
  },
  {
    title: "A round one",
    query: "condition=1",
    text: "Without long and short directions there is nothing to correct: the circle does as well.",
  },
  {
    title: "Turned",
    query: "turn=45&methods=tr-euclidean,tr-rmsprop,tr-full",
    text: "A diagonal norm has its axes along x and y and cannot follow. The full-matrix norm turns with the valley, but takes d² numbers.",
  },
  {
    title: "A quadratic",
    query: "map=quadratic&methods=sgd,tr-euclidean,tr-rmsprop",
    text: "Here the model is exact. A circle is as fast as an ellipse, and both are faster than gradient descent.",
  },
  {
    title: "A saddle",
    query: "map=saddle&x=-1.6&y=0&methods=sgd,tr-euclidean,tr-rmsprop",
    text: "From y = 0 every gradient points into the saddle, where gradient descent stops. Negative curvature leads a trust region out.",
  },
];

/** Which region is faster, from here and from anywhere, and why. */
function verdict(): string {
  const info: MapInfo = maps[at.map.value];
  const circle = paths.value.find(({ method }) => method === "tr-euclidean");
  const ellipse = paths.value.find(({ method }) => method === focus.value);
  if (!circle || !ellipse || circle === ellipse || info.floor === undefined) return info.note;
  const stepsOf = ({ steps, end }: Path) => stepsDown([...steps.map(({ value }) => value), end.value], info.floor!);
  const [round, long] = [stepsOf(circle), stepsOf(ellipse)];
  const count = (steps: number) => (steps === Infinity ? "never arrives" : `${steps} steps`);
  const name = methods[ellipse.method].label;
  const here = `To the bottom from here: circle ${count(round)}, ellipse of the ${name} ${count(long)}.`;
  const [all, most] = [typical.value["tr-euclidean"], typical.value[ellipse.method]];
  if (all === undefined || most === undefined) return here;
  const why =
    most < 0.8 * all
      ? "The ellipse also reaches along the floor; the circle is caught between the walls."
      : most > 1.25 * all
        ? "Here the circle is better: the ellipse is long in a direction that does not need it."
        : "The shape matters little here.";
  return `${here} From ${typicalStarts} starts all over the map, the median: ${count(all)} and ${count(most)}. ${why}`;
}

export function Landscapes() {
  useEffect(askWhileShown, []);
  const ref = useInView(watch);
  const info: MapInfo = maps[at.map.value];
  const time = Math.min(at.time.value, duration.value);
  const moveStart = (point: readonly [number, number]) => {
    const keep = (value: number) => Number(Math.min(far, Math.max(-far, value)).toPrecision(4));
    [at.x.value, at.y.value] = point.map(keep);
  };
  return (
    <>
      <Introduction />
      <Guide lessons={lessons} state={landscapesState} ignored={["time"]} chosen={replay} />
      <Workbench
        isSmall
        controls={
          <>
            <Select
              label="Landscape"
              value={at.map.value}
              options={mapNames.map((name) => ({ name, label: maps[name].label }))}
              change={chooseMap}
            />
            {info.isTurned && (
              <>
                <Slider label="Condition number κ" value={at.condition} min={1} max={1000} log />
                <Slider label="Turned by" value={at.turn} min={0} max={90} unit="°" />
              </>
            )}
            <div class="pair">
              <NumberField
                label="Start x"
                value={at.x.value}
                min={-far}
                max={far}
                step="any"
                change={(x) => moveStart([x, at.y.value])}
              />
              <NumberField
                label="Start y"
                value={at.y.value}
                min={-far}
                max={far}
                step="any"
                change={(y) => moveStart([at.x.value, y])}
              />
            </div>
            <MethodPicker legend="Chosen by the library" names={["auto"]} chosen={at.methods} />
            <MethodPicker legend="Trust regions: quadratic model" names={trustRegionNames} chosen={at.methods} />
            <Slider label="First radius Δ₀" value={at.radius} min={0.01} max={10} log />
            <Slider label="Curvature products a step" value={at.products} min={1} max={2} />
            <MethodPicker
              legend="First order: linear model"
              names={firstOrderNames}
              chosen={at.methods}
              note={(name) => {
                const rate = paths.value.find(({ method }) => method === name)?.learningRate;
                return rate === undefined ? "" : `η = ${show(rate)}`;
              }}
            />
            <Slider label="Learning rate: best of nine ×" value={at.rate} min={0.1} max={10} log />
          </>
        }
        picture={
          <div ref={ref}>
            <LandscapeMap
              label={info.label}
              view={info.view}
              surface={surface.value}
              paths={paths.value}
              time={time}
              focus={focus.value}
              start={[at.x.value, at.y.value]}
              moveStart={moveStart}
            />
            <p class="caption">{verdict()}</p>
            {problem.value && (
              <p class="problem" role="alert">
                {problem.value}
              </p>
            )}
            <Player time={at.time} duration={duration.value} playing={playing} />
          </div>
        }
        figures={
          <>
            <Readings
              paths={paths.value}
              time={time}
              focus={focus.value}
              choose={(name) => (at.focus.value = name as never)}
            />
            <Charts time={time} />
          </>
        }
      />
    </>
  );
}

function Charts({ time }: { readonly time: number }) {
  const regions = paths.value.filter(({ steps }) => steps.some(({ region }) => region));
  const steps = { label: "steps", domain: [0, duration.value] as const };
  const series = (from: readonly Path[], read: (step: Path["steps"][number]) => number | undefined) =>
    from.map(({ method, steps }) => {
      const points = steps.map((step, i) => [i + 1, read(step) ?? Number.NaN] as const);
      return { name: method, style: strokeOf(method), points, mark: points[Math.min(time, points.length) - 1] };
    });
  const losses = paths.value.map(({ method, steps, end }) => {
    const points = [...steps.map(({ value, spent }) => [spent, value] as const), [end.spent, end.value] as const];
    return { name: method, style: strokeOf(method), points, mark: points[Math.min(time, steps.length)] };
  });
  // Heights fall by dozens of orders; what lies below 10⁻¹² of the first is nought to anybody's purpose.
  const lowest = Math.min(...losses.flatMap(({ points }) => points.map(([, y]) => y)));
  const first = Math.max(...paths.value.map(({ steps }) => (steps[0]?.value ?? 1) - lowest), 1e-300);
  const heights = losses.map((line) => {
    const lift = ([x, y]: readonly [number, number]) => [x, Math.max(y - lowest, 1e-12 * first)] as const;
    return { ...line, points: line.points.map(lift), mark: line.mark && lift(line.mark) };
  });
  return (
    <div class="charts">
      <LineChart
        title="Height of f above the lowest point found"
        x={{ label: "gradients + curvature products" }}
        y={{ label: "height", log: true }}
        series={heights}
      />
      <LineChart
        title="Radius Δ"
        x={steps}
        y={{ label: "Δ", log: true }}
        series={series(regions, ({ region }) => region?.radius)}
        cursor={time}
      />
      <LineChart
        title="Ratio ρ: actual over predicted decrease"
        x={steps}
        y={{ label: "ρ", domain: [-0.5, 1.5] }}
        rules={[
          { at: 0.1, name: "η₁ accept" },
          { at: 0.9, name: "η₂ grow" },
        ]}
        series={series(regions, ({ ratio }) => ratio)}
        cursor={time}
      />
      <LineChart
        title="Curvature products"
        x={steps}
        y={{ label: "products", domain: [0, 3], whole: true }}
        series={series(regions, ({ products }) => products)}
        cursor={time}
      />
    </div>
  );
}

function Introduction() {
  return (
    <div class="introduction">
      <p>
        A trust region steps to the lowest point of a quadratic model inside the region drawn round each point. An
        adaptive norm makes an ellipse of it, shaped by past gradients. Click the map to start elsewhere.
      </p>
      <p class="equation">
        <math>
          <munder>
            <mo>min</mo>
            <mi>s</mi>
          </munder>
          <mspace width="0.3em" />
          <msup>
            <mi>g</mi>
            <mo>⊤</mo>
          </msup>
          <mi>s</mi>
          <mo>+</mo>
          <mfrac>
            <mn>1</mn>
            <mn>2</mn>
          </mfrac>
          <msup>
            <mi>s</mi>
            <mo>⊤</mo>
          </msup>
          <mi>B</mi>
          <mi>s</mi>
        </math>
        <math>
          <mtext>with</mtext>
          <mspace width="0.5em" />
          <msup>
            <mi>s</mi>
            <mo>⊤</mo>
          </msup>
          <mi>A</mi>
          <mi>s</mi>
          <mo>≤</mo>
          <msup>
            <mi mathvariant="normal">Δ</mi>
            <mn>2</mn>
          </msup>
        </math>
      </p>
    </div>
  );
}

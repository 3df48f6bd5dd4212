/** Landscapes: what the regions are, and why their shape matters. */
import { computed, effect, signal } from "@preact/signals";
import { LandscapeMap } from "../charts/landscape-map.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { show } from "../charts/scale.ts";
import { latest } from "../client.ts";
import { MethodPicker, NumberField, Select, Slider } from "../controls.tsx";
import type { Path } from "../engine/paths.ts";
import type { Surface } from "../engine/surface.ts";
import { type MapName, mapNames, maps } from "../maps.ts";
import { firstOrderNames, type MethodName, methodNames, strokeOf, trustRegionNames } from "../methods.ts";
import { choice, choices, integer, number, panelState } from "../share.ts";
import { Player } from "./player.tsx";
import { Readings } from "./readings.tsx";

const far = 100;

export const landscapesState = panelState({
  map: choice(mapNames, "quadratic"),
  condition: number({ min: 1, max: 1000, initial: 30 }),
  turn: integer({ min: 0, max: 90, initial: 0 }),
  x: number({ min: -far, max: far, initial: maps.quadratic.start[0] }),
  y: number({ min: -far, max: far, initial: maps.quadratic.start[1] }),
  methods: choices(methodNames, ["sgd", "tr-euclidean", "tr-rmsprop"]),
  focus: choice(trustRegionNames, "tr-rmsprop"),
  radius: number({ min: 0.01, max: 10, initial: 0.3 }),
  products: integer({ min: 1, max: 2, initial: 1 }),
  rate: number({ min: 0.1, max: 10, initial: 1 }),
  time: integer({ min: 0, max: 100, initial: 3 }),
});

const { at } = landscapesState;
const surface = signal<Surface | undefined>(undefined);
const paths = signal<readonly Path[]>([]);
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

/** Steps of the longest path. */
const duration = computed(() => Math.max(1, ...paths.value.map(({ steps }) => steps.length)));

/** The path whose regions are drawn: the one chosen, or the first that has any. */
const focus = computed<MethodName>(() => {
  const regions = paths.value.filter(({ method }) => trustRegionNames.includes(method as never));
  return (regions.find(({ method }) => method === at.focus.value) ?? regions[0])?.method ?? at.focus.value;
});

/** Asks for pictures from now on, whenever what they depend on changes. */
export function startLandscapes(): void {
  effect(() => askSurface(surfaceRequest.value));
  effect(() => askPaths(pathsRequest.value));
}

function chooseMap(name: MapName): void {
  [at.map.value, [at.x.value, at.y.value]] = [name, maps[name].start];
  surface.value = undefined;
}

export function Landscapes() {
  const info = maps[at.map.value];
  const time = Math.min(at.time.value, duration.value);
  const moveStart = (point: readonly [number, number]) => {
    const keep = (value: number) => Number(Math.min(far, Math.max(-far, value)).toPrecision(4));
    [at.x.value, at.y.value] = point.map(keep);
  };
  return (
    <>
      <Introduction />
      <div class="columns">
        <form class="controls" onSubmit={(event) => event.preventDefault()}>
          <Select
            label="Landscape"
            value={at.map.value}
            options={mapNames.map((name) => ({ name, label: maps[name].label }))}
            change={chooseMap}
          />
          {at.map.value === "quadratic" && (
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
        </form>
        <div class="picture">
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
          <p class="note">{info.note}</p>
          {problem.value && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
          <Player time={at.time} duration={duration.value} />
        </div>
        <div class="figures">
          <Readings
            paths={paths.value}
            time={time}
            focus={focus.value}
            choose={(name) => (at.focus.value = name as never)}
          />
          <Charts time={time} />
        </div>
      </div>
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
        y={{ label: "products", domain: [0, 2], whole: true }}
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
        A trust region steps to the lowest point of a quadratic model inside the region drawn round each point; click
        the map to start elsewhere. In a long valley the ellipse, shaped by past gradients, reaches along the floor
        while the circle is caught between the walls.
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
          <mtext>where</mtext>
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

/** What a fit found: the table of its parameters, and its charts. */
import type { Signal } from "@preact/signals";
import { confidenceEllipse } from "../charts/confidence-ellipse.ts";
import { LineChart } from "../charts/line-chart.tsx";
import { show } from "../charts/scale.ts";
import { Select } from "../controls.tsx";
import type { CurveReport, FittedParameter, Triple } from "../engine/curve.ts";

const accent = { stroke: "var(--accent)" };

export function CurveTable({ report }: { readonly report: CurveReport }) {
  const { parameters, chiSquared, degreesOfFreedom, rSquared } = report;
  return (
    <div class="scroller">
      <table class="fitted">
        <caption>
          χ² {show(chiSquared)}, {degreesOfFreedom} degrees of freedom, R² {rSquared.toFixed(5)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Value</th>
            <th scope="col">Standard error</th>
          </tr>
        </thead>
        <tbody>
          {parameters.map((parameter) => {
            const [value, error] = uncertain(parameter);
            return (
              <tr key={parameter.name}>
                <th scope="row">{parameter.name}</th>
                <td>{value}</td>
                <td>{error}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The value to the second digit of its error. */
function uncertain({ value, error }: FittedParameter): [string, string] {
  if (Number.isNaN(error)) return [show(value), "at its bound"];
  if (error === Infinity) return [show(value), "undetermined"];
  const decimals = 1 - Math.floor(Math.log10(Number(error.toPrecision(2))));
  if (!(error > 0) || decimals < 0 || decimals > 8) return [value.toPrecision(6), `± ${show(error)}`];
  return [value.toFixed(decimals).replace("-", "−"), `± ${error.toFixed(decimals)}`];
}

export function CurveCharts({ report }: { readonly report: CurveReport }) {
  const { labels, data, bars, curve, band, residuals } = report;
  const rests = bars.map(([at, low, high], i) => {
    const [, y] = data[i];
    const [, rest] = residuals[i];
    return [at, low - y + rest, high - y + rest] as const;
  });
  const ends = (triples: readonly Triple[]) => triples.flatMap(([, low, high]) => [low, high]);
  const x = { label: labels.x, domain: withRoom(curve.map(([at]) => at)) };
  const height = withRoom([...data.map(([, y]) => y), ...curve.map(([, y]) => y), ...ends(bars)]);
  const reach = Math.max(1e-300, ...[...residuals.map(([, rest]) => rest), ...ends(rests)].map(Math.abs));
  const dotSize = data.length > 300 ? 1.5 : 2.6;
  return (
    <>
      <LineChart
        title={`${labels.y} over ${labels.x}`}
        x={x}
        y={{ label: labels.y, domain: height }}
        series={[{ name: report.text, style: accent, points: curve }]}
        dots={data}
        band={band}
        bars={bars}
        dotSize={dotSize}
        height={290}
      />
      <LineChart
        title="Residuals: data − curve"
        x={x}
        y={{ label: "residual", domain: [-1.1 * reach, 1.1 * reach] }}
        series={[
          {
            name: "curve",
            style: accent,
            points: [
              [curve[0][0], 0],
              [curve[curve.length - 1][0], 0],
            ],
          },
        ]}
        dots={residuals}
        bars={rests}
        dotSize={dotSize}
        height={170}
      />
    </>
  );
}

/** From the least to the largest, and a little more, so that no dot lies on an edge. */
function withRoom(values: readonly number[]): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = high > low ? 0.03 * (high - low) : 1;
  return [low - room, high + room];
}

const levels = [0.95, 0.68];

/** The joint region of two parameters, as the ellipse that the ellipsoid of all of them is in their plane. */
export function Ellipsoid({ report, chosen }: { readonly report: CurveReport; readonly chosen: Signal<string> }) {
  const { parameters, covariance, degreesOfFreedom } = report;
  const usable = parameters.filter(({ error }) => error > 0 && error < Infinity);
  if (usable.length < 2 || degreesOfFreedom < 1) return null;
  const pairs = usable.flatMap((a, i) => usable.slice(i + 1).map((b) => [a, b] as const));
  const nameOf = ([a, b]: (typeof pairs)[number]) => `${a.name}, ${b.name}`;
  const pair = pairs.find((each) => nameOf(each) === chosen.value) ?? pairs[0];
  const [a, b] = pair;
  const [i, j] = pair.map(({ name }) => parameters.findIndex((parameter) => parameter.name === name));
  const block = [
    [covariance[i][i], covariance[i][j]],
    [covariance[j][i], covariance[j][j]],
  ] as const;
  const correlation = block[0][1] / Math.sqrt(block[0][0] * block[1][1]);
  const series = levels.map((level, k) => ({
    name: `${100 * level} %`,
    style: { stroke: "var(--accent)", strokeWidth: k === 0 ? 1.8 : 1 },
    points: confidenceEllipse([a.value, b.value], block, degreesOfFreedom, level),
  }));
  return (
    <div class="ellipsoid">
      {pairs.length > 1 && (
        <Select
          label="Two parameters"
          value={nameOf(pair)}
          options={pairs.map((each) => ({ name: nameOf(each), label: nameOf(each) }))}
          change={(name) => {
            chosen.value = name;
          }}
        />
      )}
      <LineChart
        title={`${b.name} over ${a.name}: joint regions of 68 % and 95 %`}
        x={{ label: a.name, domain: withRoom(series[0].points.map(([at]) => at)) }}
        y={{ label: b.name, domain: withRoom(series[0].points.map(([, y]) => y)) }}
        series={series}
        dots={[[a.value, b.value]]}
        dotSize={3}
        height={250}
      />
      <p class="note">
        Correlation {correlation.toFixed(3)}. A tilted ellipse: a change of one can be offset by the other.
      </p>
    </div>
  );
}

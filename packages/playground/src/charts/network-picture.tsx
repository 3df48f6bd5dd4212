/** What a network has learnt, drawn as its task wants it. */
import { useEffect, useRef } from "preact/hooks";
import { type Picture, planeColumns, type Scene } from "../engine/scene.ts";
import { type MethodName, methods, strokeOf } from "../methods.ts";
import { LineChart } from "./line-chart.tsx";
import { show } from "./scale.ts";

interface Props<K extends Scene["kind"]> {
  readonly scene: Extract<Scene, { kind: K }>;
  readonly picture: Picture;
  readonly method: MethodName;
}

export function NetworkPicture({ scene, ...rest }: { readonly scene: Scene } & Omit<Props<"plane">, "scene">) {
  switch (scene.kind) {
    case "plane":
      return <Plane scene={scene} {...rest} />;
    case "curve":
      return <Curve scene={scene} {...rest} />;
    case "images":
      return <Images scene={scene} {...rest} />;
    case "numbers":
      return <Numbers scene={scene} {...rest} />;
    case "classes":
      return <Classes scene={scene} {...rest} />;
  }
}

/** The chance of class 1 as a shade, and the examples as full and hollow dots. */
function Plane({ scene: { points, labels, reach }, picture, method }: Props<"plane">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new ImageData(planeColumns, planeColumns);
    picture.values.forEach((chance, k) => {
      image.data[4 * k + 3] = 255 * chance;
    });
    canvas.current!.getContext("2d")!.putImageData(image, 0, 0);
  }, [picture]);
  return (
    <div class="plane">
      <canvas ref={canvas} width={planeColumns} height={planeColumns} />
      <svg viewBox="0 0 200 200" role="img" aria-label={`What ${methods[method].label} has learnt of the plane`}>
        {Array.from(labels, (label, i) => {
          const [x, y] = [100 * (1 + points[2 * i] / reach), 100 * (1 - points[2 * i + 1] / reach)];
          return (
            <circle
              key={i}
              class={label ? "example one" : "example zero"}
              cx={x.toFixed(1)}
              cy={y.toFixed(1)}
              r={2.4}
            />
          );
        })}
      </svg>
    </div>
  );
}

/** The network's function over the truth and the samples. */
function Curve({ scene: { x, truth, samples }, picture, method }: Props<"curve">) {
  const pairs = (values: Float32Array) => Array.from(x, (at, i) => [at, values[i]] as const);
  const [low, high] = [Math.min(...truth), Math.max(...truth)];
  const room = 0.25 * (high - low);
  return (
    <LineChart
      x={{ label: "x" }}
      y={{ label: "value", domain: [low - room, high + room] }}
      series={[
        { name: "truth", style: { stroke: "var(--soft)", strokeWidth: 1 }, points: pairs(truth) },
        { name: methods[method].label, style: { stroke: strokeOf(method).stroke }, points: pairs(picture.values) },
      ]}
      dots={samples}
    />
  );
}

const [shownImages, perRow] = [48, 12];

/** Test images; a frame and the class read where it is the wrong one. */
function Images({ scene: { side, pixels, labels }, picture, method }: Props<"images">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cell = side + 2;
  const rows = shownImages / perRow;
  useEffect(() => {
    const image = new ImageData(perRow * cell, rows * cell);
    for (let n = 0; n < shownImages; n++) {
      const [left, top] = [(n % perRow) * cell + 1, Math.floor(n / perRow) * cell + 1];
      for (let k = 0; k < side * side; k++) {
        const at = (top + Math.floor(k / side)) * perRow * cell + left + (k % side);
        image.data[4 * at + 3] = Math.min(255, 16 * pixels[n * side * side + k]);
      }
    }
    canvas.current!.getContext("2d")!.putImageData(image, 0, 0);
  }, [pixels, side, cell, rows]);
  const wrong = Array.from({ length: shownImages }, (_, n) => n).filter((n) => picture.values[n] !== labels[n]);
  return (
    <div class="images">
      <canvas ref={canvas} width={perRow * cell} height={rows * cell} />
      <svg
        viewBox={`0 0 ${perRow * cell} ${rows * cell}`}
        role="img"
        aria-label={`${shownImages} test digits, ${wrong.length} of them misread by ${methods[method].label}`}
      >
        {wrong.map((n) => {
          const [left, top] = [(n % perRow) * cell, Math.floor(n / perRow) * cell];
          return (
            <g key={n}>
              <rect x={left + 0.5} y={top + 0.5} width={cell - 1} height={cell - 1} />
              <text x={left + cell - 1} y={top + cell - 1.4} text-anchor="end">
                {picture.values[n]}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** Foretold against true values; good ones lie on the line. */
function Numbers({ scene: { truth, name }, picture, method }: Props<"numbers">) {
  const [low, high] = [Math.min(...truth), Math.max(...truth)];
  const domain = [low - 0.05 * (high - low), high + 0.05 * (high - low)] as const;
  return (
    <LineChart
      x={{ label: `true ${name}`, domain }}
      y={{ label: `foretold ${name}`, domain }}
      series={[
        {
          name: methods[method].label,
          style: { stroke: "var(--soft)", strokeWidth: 1 },
          points: [
            [domain[0], domain[0]],
            [domain[1], domain[1]],
          ],
        },
      ]}
      dots={Array.from(truth.subarray(0, 400), (value, i) => [value, picture.values[i]] as const)}
      height={220}
    />
  );
}

/** How many test examples of each class were read as which. */
function Classes({ scene: { truth, names, name }, picture }: Props<"classes">) {
  const counts = names.map((_, row) => names.map((_, column) => countOf(truth, picture.values, row, column)));
  return (
    <div class="scroller">
      <table class="confusion">
        <caption>Held-out rows: true {name} down, foretold across</caption>
        <thead>
          <tr>
            <td />
            {names.map((label) => (
              <th key={label} scope="col">
                {show(Number(label))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((label, row) => (
            <tr key={label}>
              <th scope="row">{show(Number(label))}</th>
              {counts[row].map((count, column) => (
                <td key={names[column]} class={row === column ? "right" : undefined}>
                  {count || "·"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function countOf(truth: Int32Array, read: Float32Array, row: number, column: number): number {
  return truth.reduce((count, label, i) => count + Number(label === row && read[i] === column), 0);
}

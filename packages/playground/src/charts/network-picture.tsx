/** What a network has learnt, drawn as its task wants it. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Picture, planeColumns, type Scene } from "../engine/scene.ts";
import { colorOf, type MethodName, methods, strokeOf } from "../methods.ts";
import { dots } from "./dots.ts";
import { FieldPicture } from "./field-picture.tsx";
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
    case "field":
      return <FieldPicture scene={scene} values={rest.picture.values} name={methods[rest.method].label} />;
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
  const image = useMemo(() => new ImageData(planeColumns, planeColumns), []);
  useEffect(() => {
    picture.values.forEach((chance, k) => {
      image.data[4 * k + 3] = 255 * chance;
    });
    canvas.current!.getContext("2d")!.putImageData(image, 0, 0);
  }, [picture, image]);
  const placesOf = (side: number) =>
    Array.from(labels.keys())
      .filter((i) => labels[i] === side)
      .map((i) => [100 * (1 + points[2 * i] / reach), 100 * (1 - points[2 * i + 1] / reach)] as const);
  const [zeros, ones] = useMemo(() => [0, 1].map((side) => dots(placesOf(side), 2.4)), [points, labels, reach]);
  return (
    <div class="plane">
      <canvas ref={canvas} width={planeColumns} height={planeColumns} />
      <svg viewBox="0 0 200 200" role="img" aria-label={`What ${methods[method].label} has learnt of the plane`}>
        <path class="example zero" d={zeros} />
        <path class="example one" d={ones} />
      </svg>
    </div>
  );
}

/** The network's function over the truth and the samples. */
function Curve({ scene: { x, truth, samples }, picture, method }: Props<"curve">) {
  const pairs = (values: Float32Array) => Array.from(x, (at, i) => [at, values[i]] as const);
  const expected = useMemo(() => pairs(truth), [x, truth]);
  const [low, high] = [Math.min(...truth), Math.max(...truth)];
  const room = 0.25 * (high - low);
  return (
    <LineChart
      x={{ label: "x", domain: [x[0], x[x.length - 1]] }}
      y={{ label: "value", domain: [low - room, high + room] }}
      series={[
        { name: "truth", style: { stroke: "var(--soft)", strokeWidth: 1 }, points: expected },
        { name: methods[method].label, style: { stroke: strokeOf(method).stroke }, points: pairs(picture.values) },
      ]}
      dots={samples}
    />
  );
}

const [shownImages, perRow] = [48, 12];

/** Test images; a frame and the predicted class if that is wrong. */
function Images({ scene: { side, pixels, labels }, picture, method }: Props<"images">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cell = side + 2;
  const rows = shownImages / perRow;
  const left = (n: number) => (n % perRow) * cell;
  const top = (n: number) => Math.floor(n / perRow) * cell;
  useEffect(() => {
    const image = new ImageData(perRow * cell, rows * cell);
    for (let n = 0; n < shownImages; n++) {
      for (let k = 0; k < side * side; k++) {
        const at = (top(n) + 1 + Math.floor(k / side)) * perRow * cell + left(n) + 1 + (k % side);
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
        <path d={wrong.map((n) => `M${left(n) + 0.5} ${top(n) + 0.5}h${cell - 1}v${cell - 1}h${1 - cell}z`).join("")} />
        {/* A place for each character. */}
        <text
          x={wrong.map((n) => left(n) + cell - 1).join(" ")}
          y={wrong.map((n) => top(n) + cell - 1.4).join(" ")}
          text-anchor="end"
        >
          {wrong.map((n) => picture.values[n]).join("")}
        </text>
      </svg>
    </div>
  );
}

/** Predicted against true values; good ones lie on the line. */
function Numbers({ scene: { truth, name }, picture, method }: Props<"numbers">) {
  const [low, high] = [Math.min(...truth), Math.max(...truth)];
  const domain = [low - 0.05 * (high - low), high + 0.05 * (high - low)] as const;
  return (
    <LineChart
      x={{ label: `true ${name}`, domain }}
      y={{ label: `predicted ${name}`, domain }}
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
      dotColor={colorOf(method)}
      dotSize={2.2}
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
        <caption>Held-out rows: true {name} down, predicted across</caption>
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

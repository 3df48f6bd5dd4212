/** A function on the unit square: its values, and how far they are from the true ones. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Scene } from "../engine/scene.ts";

type Color = readonly [number, number, number];
/** Above and below zero, after Okabe and Ito; the stronger the value, the stronger the colour. */
const [positive, negative, wrong]: readonly Color[] = [
  [213, 94, 0],
  [0, 114, 178],
  [176, 82, 140],
];
/** Errors of 10⁻⁸ of the largest value and less are not drawn. */
const decades = 8;

interface FieldPictureProps {
  readonly scene: Extract<Scene, { kind: "field" }>;
  readonly values: Float32Array;
  readonly name: string;
}

export function FieldPicture({ scene: { side, truth, axes }, values, name }: FieldPictureProps) {
  const size = Math.max(...truth.map(Math.abs));
  return (
    <div class="fields">
      <Shades
        label={`u(${axes.join(", ")}) by ${name}`}
        caption={`u(${axes.join(", ")})`}
        side={side}
        shade={(k) => [values[k] > 0 ? positive : negative, Math.abs(values[k]) / size]}
        watched={values}
      />
      <Shades
        label={`error of ${name}, from 10⁻⁸ to 1`}
        caption={
          <>
            error: 10⁻⁸ <span class="shades" /> 1
          </>
        }
        side={side}
        shade={(k) => [wrong, 1 + Math.log10(Math.abs(values[k] - truth[k]) / size) / decades]}
        watched={values}
      />
    </div>
  );
}

interface ShadesProps {
  readonly label: string;
  readonly caption: ComponentChildren;
  readonly side: number;
  /** Colour and strength, in [0, 1], of each place. */
  shade(k: number): readonly [Color, number];
  /** It is drawn again when this changes. */
  readonly watched: Float32Array;
}

function Shades({ label, caption, side, shade, watched }: ShadesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new ImageData(side, side);
    for (let k = 0; k < side * side; k++) {
      const [color, strength] = shade(k);
      image.data.set([...color, 255 * Math.min(1, Math.max(0, strength))], 4 * k);
    }
    canvas.current!.getContext("2d")!.putImageData(image, 0, 0);
  }, [watched, side]);
  return (
    <figure>
      <canvas ref={canvas} width={side} height={side} role="img" aria-label={label} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

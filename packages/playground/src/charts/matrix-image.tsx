/** A matrix as a picture: the darker an entry, the larger its magnitude, over four orders of ten. */
import { useEffect, useRef } from "preact/hooks";
import type { CurvatureView } from "../engine/curvature.ts";

const decades = 4;

interface MatrixImageProps {
  readonly label: string;
  readonly view: Pick<CurvatureView, "image" | "side">;
}

export function MatrixImage({ label, view: { image, side } }: MatrixImageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const top = image.reduce((largest, value) => Math.max(largest, value), -Infinity);
    const pixels = new ImageData(side, side);
    for (let k = 0; k < image.length; k++) pixels.data[4 * k + 3] = 255 * Math.max(0, 1 + (image[k] - top) / decades);
    canvas.current!.getContext("2d")!.putImageData(pixels, 0, 0);
  }, [image, side]);
  return <canvas ref={canvas} class="matrix" width={side} height={side} role="img" aria-label={label} />;
}

/**
 * `quadric report --format tensorboard`: the numbers of a run as an event file of TensorBoard.
 *
 *   record   length as 8 bytes, its checksum, an event, its checksum; all little-endian
 *   event    wall_time = 1, step = 2, file_version = 3, summary = 5 { value = 1 { tag = 1, simple_value = 2 } }
 *   checksum ((c >>> 15) | (c << 17)) + 0xa282ead8 of c = CRC-32C
 *
 * References: record_writer.h and event.proto of TensorFlow.
 */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Monitored, StepLine } from "../lines.ts";
import { stepLines } from "../metrics.ts";
import type { RunFiles } from "../runs.ts";

type Scalar = readonly [tag: string, value: number | null | undefined];

const monitored = (values: Monitored | undefined): Scalar[] => [
  ["loss/train", values?.trainLoss],
  ["loss/test", values?.testLoss],
  ["accuracy/test", values?.testAccuracy],
];

/** What a step says, and what was found after it. */
const scalarsOf = (line: StepLine): Scalar[] => [
  ["loss/batch", line.loss],
  ["loss/held-out", line.heldOutLoss],
  ...monitored(line.evaluation),
  ["step/gradient-norm", line.gradientNorm],
  ["step/radius", line.radius],
  ["step/ratio", line.ratio],
  ["step/products", line.products],
  ["cost/backprops", line.counts.backprops],
  ["cost/epochs", line.epochs],
];

/** The records of a run, in order. */
export function* eventRecords({ path, record: { started } }: Pick<RunFiles, "path" | "record">): Generator<Uint8Array> {
  const begin = started === undefined ? 0 : Date.parse(started) / 1000;
  yield framed(new BinaryWriter().tag(1, 1).double(begin).tag(3, 2).string("brain.Event:2").finish());
  for (const line of stepLines(path)) {
    if (line.initial) yield framed(event(begin, 0, monitored(line.initial)));
    yield framed(event(begin + line.seconds, line.step, scalarsOf(line)));
  }
}

function event(wallTime: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of scalars) {
    if (typeof value !== "number") continue;
    summary.tag(1, 2).bytes(new BinaryWriter().tag(1, 2).string(tag).tag(2, 5).float(value).finish());
  }
  return new BinaryWriter().tag(1, 1).double(wallTime).tag(2, 0).int64(step).tag(5, 2).bytes(summary.finish()).finish();
}

function framed(data: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(16 + data.length);
  frame.writeBigUInt64LE(BigInt(data.length), 0);
  frame.writeUInt32LE(masked(frame.subarray(0, 8)), 8);
  frame.set(data, 12);
  frame.writeUInt32LE(masked(data), 12 + data.length);
  return frame;
}

/** Of CRC-32C, the polynomial 0x1edc6f41 bit by bit from the lowest. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = table[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return ~rest >>> 0;
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/**
 * The output of a run for the person or program that watches it: a live line on a terminal, plain lines elsewhere, or
 * JSON.
 */
import Table from "cli-table3";
import { sparkline } from "./charts/sparkline.ts";
import { describeTableResult } from "./committee/words.ts";
import { count, digits, duration } from "./format.ts";
import type { Output } from "./io.ts";
import { isFailed, type StepLine, type Summary, statusText } from "./lines.ts";
import { printableLine } from "./printable.ts";

export interface Progress {
  /** Share of the run that is done, in [0, 1]: of whichever limit comes first. */
  readonly done: number;
  /** Undefined while nothing is known yet. */
  readonly secondsLeft: number | undefined;
  readonly examplesPerSecond: number;
  /** Of a committee. */
  readonly network?: CommitteeProgress;
}

export interface CommitteeProgress {
  /** The network that is trained, from 0. */
  readonly index: number;
  readonly of: number;
  /** Its held-out losses so far. */
  readonly heldOut: readonly number[];
  /** Of all networks; undefined before the first is done. */
  readonly secondsLeft: number | undefined;
}

export interface Reporter {
  /** One line about what is about to run. */
  start(headline: string): void;
  step(line: StepLine, progress: Progress): void;
  /** Makes room for words from elsewhere. */
  interrupt(): void;
  finish(summary: Summary, path: string): void;
}

export function reporterFor(output: Output, json: boolean): Reporter {
  if (json) return jsonReporter(output);
  return output.isTTY ? terminalReporter(output) : plainReporter(output);
}

/** One JSON object a line and nothing else. */
function jsonReporter(output: Output): Reporter {
  const print = (line: StepLine | Summary) => output.write(`${JSON.stringify(line)}\n`);
  return { start() {}, step: print, interrupt() {}, finish: print };
}

/** The last line is rewritten in place, at most ten times a second; of a committee it begins with the held-out loss. */
function terminalReporter(output: Output): Reporter {
  let shown = 0;
  return {
    start: (headline) => output.write(`${headline}\n`),
    step(line, progress) {
      const now = performance.now();
      if (now - shown < 100) return;
      shown = now;
      const { done, network } = progress;
      const bar = network
        ? sparkline(network.heldOut.map(Math.log), 10).padEnd(10)
        : "█".repeat(Math.round(10 * done)).padEnd(10, "░");
      const text = `${bar}  ${describe(line, progress)}`.slice(0, (output.columns ?? 80) - 1);
      output.writeStyled(`\r\x1b[2K${text.replace(bar, output.colours.cyan(bar))}`);
    },
    interrupt: () => output.writeStyled("\r\x1b[2K"),
    finish(summary, path) {
      output.writeStyled(`\r\x1b[2K${closing(summary, path, output)}`);
    },
  };
}

/** Seconds after which a network that is still trained says so. */
const patience = 10;

/** A line at each twentieth of the run; of a committee one where a network ends, and every ten seconds before that. */
function plainReporter(output: Output): Reporter {
  let printed = -1;
  let [told, current]: [number, string | undefined] = [performance.now(), undefined];
  const tell = (text: string) => {
    output.write(`${text}\n`);
    [told, current] = [performance.now(), undefined];
  };
  const endNetwork = () => {
    if (current !== undefined) tell(current);
  };
  return {
    start: (headline) => output.write(`${headline}\n`),
    step(line, progress) {
      const { network } = progress;
      if (network) {
        if (network.index !== printed) endNetwork();
        printed = network.index;
        current = describe(line, progress);
        if (performance.now() - told > 1000 * patience) tell(current);
        return;
      }
      const twentieth = Math.floor(20 * progress.done);
      if (twentieth === printed) return;
      printed = twentieth;
      output.write(`${describe(line, progress)}\n`);
    },
    interrupt() {},
    finish(summary, path) {
      endNetwork();
      output.writeStyled(closing(summary, path, output));
    },
  };
}

/** The most wanted first: a narrow terminal cuts the end. */
function describe(line: StepLine, { secondsLeft, examplesPerSecond, network }: Progress): string {
  const { step, loss, ratio, radius, products } = line;
  if (network) {
    const last = network.heldOut.at(-1);
    const least = network.heldOut.reduce((a, b) => Math.min(a, b), Infinity);
    // Of one network alone only its limit is known.
    const atMost = network.of === 1 && secondsLeft !== undefined ? [`at most ${duration(secondsLeft)} left`] : [];
    return [
      `network ${network.index + 1} of ${network.of}`,
      `step ${step}`,
      ...(last === undefined ? [] : [`held out ${digits(last, 4)}`]),
      ...(network.secondsLeft === undefined ? atMost : [`${duration(network.secondsLeft)} left`]),
      `training loss ${digits(loss, 4)}`,
      ...(last === undefined ? [] : [`least held out ${digits(least, 4)}`]),
    ].join("  ");
  }
  return [
    `step ${step}`,
    `loss ${digits(loss, 4)}`,
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
    ...(ratio === null ? [] : [`ratio ${ratio.toFixed(2)}`]),
    ...(radius === null ? [] : [`radius ${digits(radius, 3)}`, `products ${products}`]),
    `${count(examplesPerSecond)} examples/s`,
  ].join("  ");
}

function closing(
  summary: Summary,
  path: string,
  { colours: { bold, dim, green, red, yellow, isColorSupported } }: Output,
): string {
  if (summary.table) return `${describeTableResult(summary.table, summary, path)}\n`;
  const { status, message, steps, epochs, trainLoss, testLoss, testAccuracy, counts, seconds } = summary;
  const noLines = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };
  const table = new Table({ chars: noLines, style: { border: isColorSupported ? ["gray"] : [] } });
  const failed = isFailed(status);
  const paint = failed ? red : status === "stalled" ? yellow : green;
  table.push(
    ["ended", paint(statusText(status))],
    ["training loss", digits(trainLoss, 4)],
    ...(testLoss === undefined ? [] : [["test loss", digits(testLoss, 4)]]),
    ...(testAccuracy === null ? [] : [["test accuracy", bold(`${(100 * testAccuracy).toFixed(2)} %`)]]),
    ["steps", `${steps} (${epochs.toFixed(1)} epochs)`],
    ["backprops", `${counts.backprops} (${counts.gradients} gradients, ${counts.hvps + counts.ggnvps} products)`],
    ["time", duration(seconds)],
  );
  const folder = printableLine(path);
  const hint = failed
    ? "https://github.com/quadric-js/quadric/blob/main/docs/troubleshooting.md"
    : `quadric report ${folder} · quadric predict ${folder} new.csv · quadric export ${folder}`;
  return `${table.toString()}\n${failed || status === "stalled" ? `${message}\n` : ""}run folder: ${folder}\n${dim(`next: ${hint}`)}\n`;
}

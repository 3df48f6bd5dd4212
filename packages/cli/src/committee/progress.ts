/**
 * How far the training of a committee is.
 *
 *   time left = max(0, t̄ − t) + t̄·(networks that have not begun)      t̄ mean time of the networks done, t of this one
 */
import type { CommitteeProgress } from "../reporter.ts";

/** Called after each step, with the seconds since the start of the process's first network. */
export function committeeMeter(
  members: number,
): (member: number, seconds: number, heldOutLoss: number | undefined) => CommitteeProgress {
  let heldOut: number[] = [];
  let [first, current, began, seen] = [-1, -1, 0, 0];
  return (member, seconds, heldOutLoss) => {
    if (first < 0) first = member;
    if (member !== current) [current, began, heldOut] = [member, seen, []];
    seen = seconds;
    if (heldOutLoss !== undefined) heldOut.push(heldOutLoss);
    const done = member - first;
    const mean = began / done;
    const secondsLeft = done > 0 ? Math.max(0, mean - (seconds - began)) + mean * (members - member - 1) : undefined;
    return { index: member, of: members, heldOut, secondsLeft };
  };
}

/** What is to be known before the numbers of a fit are trusted. */

export type FitNoteKind =
  | "not-converged"
  | "undetermined"
  | "at-bound"
  | "correlated"
  | "no-degrees-of-freedom"
  | "not-finite";

export interface FitNote {
  readonly kind: FitNoteKind;
  /** Names of the parameters that it is about. */
  readonly parameters: readonly string[];
  readonly message: string;
}

/** From which correlation on two parameters are called so. */
const highCorrelation = 0.999;

export function notesOf(about: {
  readonly status: string;
  readonly message: string;
  readonly degreesOfFreedom: number;
  readonly names: readonly string[];
  readonly undetermined: readonly string[];
  readonly atBound: readonly string[];
  readonly correlation: readonly (readonly number[])[];
}): FitNote[] {
  const { status, message, degreesOfFreedom, names, undetermined, atBound, correlation } = about;
  const notes: FitNote[] = [];
  const list = (parameters: readonly string[]) => parameters.join(", ");
  if (status !== "converged") {
    notes.push({
      kind: "not-converged",
      parameters: [],
      message: `The fit has not converged: errors are those of where it stands. ${message}`,
    });
  }
  if (undetermined.length > 0) {
    notes.push({
      kind: "undetermined",
      parameters: undetermined,
      message: `The data do not determine ${list(undetermined)}: J is singular. Fix one of them, tie them, or measure elsewhere.`,
    });
  }
  if (atBound.length > 0) {
    notes.push({
      kind: "at-bound",
      parameters: atBound,
      message: `${list(atBound)} ended at a bound, beyond which the fit would be better. What ends there has no standard error, and the errors of the others assume that it stays.`,
    });
  }
  if (degreesOfFreedom <= 0) {
    notes.push({
      kind: "no-degrees-of-freedom",
      parameters: [],
      message: "There are as many free parameters as numbers in y: nothing is left to estimate errors from.",
    });
  }
  const pairs = names.flatMap((a, i) =>
    names.slice(0, i).flatMap((b, j) => (Math.abs(correlation[i][j]) > highCorrelation ? [[b, a]] : [])),
  );
  if (pairs.length > 0) {
    notes.push({
      kind: "correlated",
      parameters: [...new Set(pairs.flat())],
      message: `Nearly the same change of the curve: ${pairs.map((pair) => pair.join(" and ")).join("; ")} (correlation beyond ±${highCorrelation}).`,
    });
  }
  return notes;
}

/** What every race lets one choose: its methods, seed and budget. */
import type { Signal } from "@preact/signals";
import { show } from "../charts/scale.ts";
import { MethodPicker, NumberField } from "../controls.tsx";
import { firstOrderNames, type MethodName, methods, quasiNewtonNames, trustRegionNames } from "../methods.ts";
import type { RaceSettings } from "./race-model.ts";

/** The full matrix has d² entries, too many for networks; quasi-Newton methods of many pairs need exact gradients. */
export const networkMethods: readonly MethodName[] = [
  "auto",
  ...trustRegionNames.filter((name) => name !== "tr-full"),
  "lbfgs",
  ...firstOrderNames,
];
export const equationMethods: readonly MethodName[] = ["auto", "tr-euclidean", ...quasiNewtonNames, "adam", "rmsprop"];

interface RaceMethodsProps {
  readonly names: readonly MethodName[];
  readonly chosen: Signal<readonly MethodName[]>;
  readonly rates: RaceSettings["rates"];
}

/** A list of methods for each kind. */
export function RaceMethods({ names, chosen, rates }: RaceMethodsProps) {
  const legends = {
    automatic: "Chosen by the library",
    "trust region": "Trust regions",
    "quasi-Newton": "Quasi-Newton",
    "first order": "First order",
  } as const;
  return (
    <>
      {Object.entries(legends).map(([kind, legend]) => (
        <MethodPicker
          key={kind}
          legend={legend}
          names={names.filter((name) => methods[name].kind === kind)}
          chosen={chosen}
          note={kind === "first order" ? (name) => `η = ${show(rates[name]!)}` : undefined}
        />
      ))}
    </>
  );
}

interface WholeFieldProps {
  readonly label: string;
  readonly value: Signal<number>;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
}

export function WholeField({ label, value, min, max, step = 1 }: WholeFieldProps) {
  return (
    <NumberField
      label={label}
      value={value.value}
      min={min}
      max={max}
      step={step}
      change={(given) => {
        value.value = Math.round(given);
      }}
    />
  );
}

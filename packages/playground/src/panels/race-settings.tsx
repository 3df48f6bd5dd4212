/** What every race lets one choose: its methods, seed and budget. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { show } from "../charts/scale.ts";
import { MethodPicker, NumberField } from "../controls.tsx";
import { firstOrderNames, type MethodName, methodNames, trustRegionNames } from "../methods.ts";
import type { RaceSettings } from "./race-model.ts";

/** The full matrix has d² entries, too many for networks. */
const suitsNetworks = (name: MethodName) => name !== "tr-full";
export const networkMethods = methodNames.filter(suitsNetworks);
const networkRegions = trustRegionNames.filter(suitsNetworks);

interface RaceFieldsProps {
  readonly at: {
    readonly methods: Signal<readonly MethodName[]>;
    readonly seed: Signal<number>;
    readonly budget: Signal<number>;
  };
  readonly rates: RaceSettings["rates"];
  /** Between the methods and the numbers. */
  readonly children?: ComponentChildren;
}

export function RaceFields({ at, rates, children }: RaceFieldsProps) {
  return (
    <>
      <MethodPicker legend="Trust regions" names={networkRegions} chosen={at.methods} />
      <MethodPicker
        legend="First order"
        names={firstOrderNames}
        chosen={at.methods}
        note={(name) => `η = ${show(rates[name]!)}`}
      />
      {children}
      <div class="pair">
        <NumberField
          label="Seed"
          value={at.seed.value}
          min={0}
          max={9999}
          step={1}
          change={(seed) => {
            at.seed.value = Math.round(seed);
          }}
        />
        <NumberField
          label="Budget"
          value={at.budget.value}
          min={100}
          max={10_000}
          step={100}
          change={(budget) => {
            at.budget.value = Math.round(budget);
          }}
        />
      </div>
    </>
  );
}

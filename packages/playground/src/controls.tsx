/** The controls of all panels. Each is a native input bound to a signal. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { show } from "./charts/scale.ts";
import { type MethodName, methods, strokeOf } from "./methods.ts";

interface SliderProps {
  readonly label: ComponentChildren;
  readonly value: Signal<number>;
  readonly min: number;
  readonly max: number;
  /** Whether equal ways multiply equally. */
  readonly log?: boolean;
  readonly step?: number;
  readonly unit?: string;
}

/** Positions of a slider that moves on a logarithmic scale. */
const notches = 200;

export function Slider({ label, value, min, max, log = false, step = 1, unit = "" }: SliderProps) {
  const id = useId();
  const position = log ? (notches * Math.log(value.value / min)) / Math.log(max / min) : value.value;
  const shown = `${show(value.value)}${unit}`;
  return (
    <div class="control">
      <label for={id}>
        {label} <output>{shown}</output>
      </label>
      <input
        id={id}
        type="range"
        min={log ? 0 : min}
        max={log ? notches : max}
        step={log ? 1 : step}
        value={position}
        aria-valuetext={shown}
        onInput={({ currentTarget }) => {
          const at = Number(currentTarget.value);
          value.value = log ? Number((min * (max / min) ** (at / notches)).toPrecision(4)) : at;
        }}
      />
    </div>
  );
}

interface NumberFieldProps {
  readonly label: ComponentChildren;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
  change(value: number): void;
}

export function NumberField({ label, value, min, max, step, change }: NumberFieldProps) {
  const id = useId();
  return (
    <div class="control number">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        value={Number(value.toPrecision(4))}
        min={min}
        max={max}
        step={step}
        onChange={({ currentTarget }) => {
          const given = Number(currentTarget.value);
          if (currentTarget.value !== "" && Number.isFinite(given)) change(Math.min(max, Math.max(min, given)));
          else currentTarget.value = String(value);
        }}
      />
    </div>
  );
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly name: T; readonly label: string }[];
  change(value: T): void;
}

export function Select<T extends string>({ label, value, options, change }: SelectProps<T>) {
  const id = useId();
  return (
    <div class="control">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => change(currentTarget.value as T)}>
        {options.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface MethodPickerProps {
  readonly legend: string;
  readonly names: readonly MethodName[];
  readonly chosen: Signal<readonly MethodName[]>;
  /** What to say next to a method that runs, such as its learning rate. */
  note?(name: MethodName): ComponentChildren;
}

export function MethodPicker({ legend, names, chosen, note }: MethodPickerProps) {
  return (
    <fieldset class="methods">
      <legend>{legend}</legend>
      {names.map((name) => {
        const isChosen = chosen.value.includes(name);
        return (
          <label key={name}>
            <input
              type="checkbox"
              checked={isChosen}
              onChange={() => {
                const rest = chosen.value.filter((other) => other !== name);
                chosen.value = isChosen ? rest : [...rest, name];
              }}
            />
            <Swatch name={name} />
            {methods[name].label}
            {isChosen && note && <small>{note(name)}</small>}
          </label>
        );
      })}
    </fieldset>
  );
}

/** The line of a method, as the charts draw it. */
export function Swatch({ name }: { readonly name: MethodName }) {
  return (
    <svg class="swatch" width="22" height="10" aria-hidden="true">
      <line x1="1" x2="21" y1="5" y2="5" style={strokeOf(name)} />
    </svg>
  );
}

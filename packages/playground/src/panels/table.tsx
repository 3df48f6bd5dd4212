/** Your data: a table of numbers, fitted where it is. */
import { computed, signal } from "@preact/signals";
import { ask } from "../client.ts";
import { Select } from "../controls.tsx";
import type { TableSummary } from "../engine/table.ts";
import { choices, integer, panelState } from "../share.ts";
import { CsvDrop } from "./csv-drop.tsx";
import { exampleTable } from "./example-table.ts";
import { type RaceSettings, raceModel } from "./race-model.ts";
import { networkMethods, RaceFields } from "./race-settings.tsx";
import { RaceButtons, RaceCharts } from "./race-view.tsx";
import { ratesTimes } from "./rates.ts";

/** A link holds the settings; the data stay where they are. */
export const tableState = panelState({
  methods: choices(networkMethods, ["adam", "tr-rmsprop"]),
  seed: integer({ min: 0, max: 9999, initial: 0 }),
  budget: integer({ min: 100, max: 10_000, initial: 1000 }),
});
const { at } = tableState;

interface Loaded extends TableSummary {
  readonly name: string;
}

const table = signal<Loaded | undefined>(undefined);
const target = signal(0);
const problem = signal("");

const settings = computed<RaceSettings | undefined>(() => {
  if (!table.value) return undefined;
  return {
    task: target.value,
    methods: at.methods.value,
    seed: at.seed.value,
    rates: ratesTimes(1),
    budget: at.budget.value,
  };
});
const race = raceModel("table", settings);

const mostBytes = 2 ** 25;

async function take(name: string, bytes: Uint8Array | undefined): Promise<void> {
  race.reset();
  table.value = undefined;
  problem.value = "";
  if (!bytes) {
    problem.value = `${name}: must be at most ${mostBytes / 2 ** 20} MiB.`;
    return;
  }
  try {
    const summary = await ask("table", bytes);
    target.value = summary.columns.length - 1;
    table.value = { ...summary, name };
  } catch (error) {
    problem.value = `${name}: ${(error as Error).message}`;
  }
}

async function takeFile(file: File | undefined): Promise<void> {
  if (file) await take(file.name, file.size > mostBytes ? undefined : new Uint8Array(await file.arrayBuffer()));
}

export function Table() {
  const missing = !table.value
    ? "Choose a file first."
    : at.methods.value.length === 0
      ? "Choose a method."
      : undefined;
  const measure = race.scene.value?.kind === "classes" ? "accuracy" : "error";
  return (
    <>
      <div class="introduction">
        <p>
          Drop a CSV file of numbers: a small network f learns one column y from the others, x, and is tested on one row
          in five that it never sees. Nothing leaves your machine; the page's own policy lets it talk to no other site.
        </p>
        <MeanLoss />
      </div>
      <div class="columns">
        <form class="controls" onSubmit={(event) => event.preventDefault()}>
          <CsvDrop take={takeFile} />
          <button type="button" onClick={() => take("example.csv", new TextEncoder().encode(exampleTable()))}>
            Use an example
          </button>
          {table.value && (
            <Select
              label="Column to predict"
              value={String(target.value)}
              options={table.value.columns.map((label, i) => ({ name: String(i), label }))}
              change={(column) => {
                target.value = Number(column);
              }}
            />
          )}
          <RaceFields at={at} rates={ratesTimes(1)} />
        </form>
        <div class="picture">
          <p class="note">
            {table.value
              ? `${table.value.name}: ${table.value.rows} rows, ${table.value.columns.length} columns.`
              : "The first line may hold names; every other cell must be a number. A column of a few whole numbers is taken for classes."}
          </p>
          <RaceButtons race={race} missing={missing} />
          {(problem.value || race.problem.value) && (
            <p class="problem" role="alert">
              {problem.value || race.problem.value}
            </p>
          )}
        </div>
        <div class="figures">{table.value && <RaceCharts race={race} measure={measure} />}</div>
      </div>
    </>
  );
}

function MeanLoss() {
  return (
    <p class="equation">
      <math>
        <munder>
          <mi>min</mi>
          <mi>w</mi>
        </munder>
        <mspace width="0.3em" />
        <mfrac>
          <mn>1</mn>
          <mi>n</mi>
        </mfrac>
        <munder>
          <mo>∑</mo>
          <mi>i</mi>
        </munder>
        <mi>ℓ</mi>
        <mtext>(</mtext>
        <mi>f</mi>
        <mtext>(</mtext>
        <msub>
          <mi>x</mi>
          <mi>i</mi>
        </msub>
        <mo>;</mo>
        <mi>w</mi>
        <mtext>)</mtext>
        <mo>,</mo>
        <msub>
          <mi>y</mi>
          <mi>i</mi>
        </msub>
        <mtext>)</mtext>
      </math>
    </p>
  );
}

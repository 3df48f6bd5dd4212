/** Your data: a table of numbers, fitted where it is. */
import { computed, effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../client.ts";
import { Select } from "../controls.tsx";
import type { TableSummary } from "../engine/table.ts";
import { choice, choices, integer, panelState } from "../share.ts";
import { heldOutCaption } from "./captions.ts";
import { CsvDrop } from "./csv-drop.tsx";
import { exampleNames, exampleTable } from "./example-table.ts";
import { Guide, type Lesson } from "./guide.tsx";
import { type RaceSettings, raceModel } from "./race-model.ts";
import { networkMethods, RaceMethods, WholeField } from "./race-settings.tsx";
import { Gallery, RaceChart, RacePicture } from "./race-view.tsx";
import { ratesTimes } from "./rates.ts";
import { Workbench } from "./workbench.tsx";

/** A link holds the settings; the data stay where they are. */
export const tableState = panelState({
  example: choice(exampleNames, "pendulum"),
  methods: choices(networkMethods, ["auto", "tr-rmsprop", "adam"]),
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
    stopsEarly: true,
  };
});
const race = raceModel("table", settings);

const mostBytes = 2 ** 25;

let turns = 0;

async function take(name: string, bytes: Uint8Array | undefined): Promise<void> {
  const turn = ++turns;
  table.value = undefined;
  problem.value = "";
  if (!bytes) {
    problem.value = `${name}: must be at most ${mostBytes / 2 ** 20} MiB.`;
    return;
  }
  try {
    const summary = await ask("table", bytes);
    if (turn !== turns) return; // another one has come meanwhile
    target.value = summary.columns.length - 1;
    table.value = { ...summary, name };
  } catch (error) {
    if (turn !== turns) return;
    problem.value = `${name}: ${(error as Error).message}`;
  }
}

async function takeFile(file: File | undefined): Promise<void> {
  if (file) await take(file.name, file.size > mostBytes ? undefined : new Uint8Array(await file.arrayBuffer()));
}

let taken: string | undefined;

function takeExample(): void {
  taken = at.example.value;
  void take(`${taken}.csv`, new TextEncoder().encode(exampleTable(at.example.value)));
}

/** A link that names another example brings it; a file of the reader's own stays until then. */
function takeNamedExample(): () => void {
  return effect(() => {
    if (at.example.value !== taken) takeExample();
  });
}

const lessons: readonly Lesson[] = [
  {
    title: "A law without noise",
    query: "",
    text: "The period of a pendulum by its length, first swing and gravity. The table is exact, so every step lowers the held-out loss too, and second order gets more digits.",
  },
  {
    title: "Measured to 10 %",
    query: "example=noisy",
    text: "The same with errors of measurement. No network can predict them: the held-out loss stops falling, and the network of its least value (ring) is kept.",
  },
  {
    title: "Classes",
    query: "example=planet",
    text: "Moon, Mars, Earth or Jupiter? The last column holds few whole numbers, so it is taken for classes. The network gives a probability for each.",
  },
];

export function Table() {
  useEffect(takeNamedExample, []);
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
      <Guide lessons={lessons} state={tableState} chosen={takeExample} />
      <Workbench
        isSmall
        settings="File and settings"
        picture={
          <>
            {problem.value && (
              <p class="problem" role="alert">
                {problem.value}
              </p>
            )}
            <RacePicture
              race={race}
              missing={missing}
              unit="gradients + products"
              caption={heldOutCaption(race.runners.value, true)}
            >
              {table.value && (
                <RaceChart
                  race={race}
                  title="Held-out loss (thick) and training loss (thin) over cost"
                  over={0}
                  what="both"
                  height={230}
                />
              )}
            </RacePicture>
          </>
        }
        controls={
          <>
            <CsvDrop take={takeFile} />
            <p class="note">
              {table.value
                ? `${table.value.name}: ${table.value.rows} rows, ${table.value.columns.length} columns.`
                : "The first line may hold names; every other cell must be a number. A column of a few whole numbers is taken for classes."}
            </p>
            <button type="button" onClick={takeExample}>
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
            <RaceMethods names={networkMethods} chosen={at.methods} rates={ratesTimes(1)} />
            <div class="pair">
              <WholeField label="Seed" value={at.seed} min={0} max={9999} />
              <WholeField label="Budget" value={at.budget} min={100} max={10_000} step={100} />
            </div>
          </>
        }
        figures={table.value && <Gallery race={race} measure={measure} />}
      />
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

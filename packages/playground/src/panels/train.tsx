/** Training: several methods on the same network, from the same start. */
import { computed } from "@preact/signals";
import { Select, Slider } from "../controls.tsx";
import { choice, choices, integer, number, panelState } from "../share.ts";
import { taskNames, tasks } from "../tasks.ts";
import { type RaceSettings, raceModel } from "./race-model.ts";
import { networkMethods, RaceFields } from "./race-settings.tsx";
import { RaceButtons, RaceCharts } from "./race-view.tsx";
import { ratesTimes } from "./rates.ts";

const state = panelState({
  task: choice(taskNames, "spiral"),
  methods: choices(networkMethods, ["adam", "tr-euclidean", "tr-rmsprop"]),
  seed: integer({ min: 0, max: 9999, initial: 0 }),
  rate: number({ min: 0.01, max: 100, initial: 1 }),
  budget: integer({ min: 100, max: 10_000, initial: 1500 }),
});
const { at } = state;

const settings = computed<RaceSettings>(() => ({
  task: at.task.value,
  methods: at.methods.value,
  seed: at.seed.value,
  rates: ratesTimes(at.rate.value),
  budget: at.budget.value,
}));

export const trainRace = raceModel("train", settings);
const progress = integer({ min: 0, max: 10_000, initial: 0 });

export const trainState = {
  load(query: URLSearchParams): void {
    state.load(query);
    const until = progress.parse(query.get("at") ?? "0") ?? 0;
    if (until > 0) void trainRace.run(until < at.budget.value ? until : undefined);
  },
  query(): URLSearchParams {
    const query = state.query();
    const { spent, phase } = trainRace;
    const budget = at.budget.value;
    // The last step may cost more than is left, and a run may end before its budget does.
    if (phase.value === "over") query.set("at", progress.print(budget));
    else if (spent.value > 0) query.set("at", progress.print(Math.min(spent.value, budget - 1)));
    return query;
  },
};

export function Train() {
  const task = tasks[at.task.value];
  const missing = at.methods.value.length === 0 ? "Choose a method." : undefined;
  return (
    <>
      <div class="introduction">
        <p>
          A trust region needs no learning rate: the ratio ρ of the actual to the predicted decrease sets the radius of
          the next step. Watch the losses fall from the same weights, then change the learning rates by a factor: only
          the dashed lines change.
        </p>
        <Ratio />
      </div>
      <div class="columns">
        <form class="controls" onSubmit={(event) => event.preventDefault()}>
          <Select
            label="Task"
            value={at.task.value}
            options={taskNames.map((name) => ({ name, label: tasks[name].label }))}
            change={(name) => {
              at.task.value = name;
            }}
          />
          <RaceFields at={at} rates={settings.value.rates}>
            <Slider label="Learning rates ×" value={at.rate} min={0.01} max={100} log />
          </RaceFields>
        </form>
        <div class="picture">
          <p class="note">{task.note}</p>
          <RaceButtons race={trainRace} missing={missing} />
          {trainRace.problem.value && (
            <p class="problem" role="alert">
              {trainRace.problem.value}
            </p>
          )}
        </div>
        <div class="figures">
          <RaceCharts race={trainRace} measure={task.measure} />
        </div>
      </div>
    </>
  );
}

function Ratio() {
  return (
    <p class="equation">
      <math>
        <mi>ρ</mi>
        <mo>=</mo>
        <mfrac>
          <mrow>
            <mi>L</mi>
            <mtext>(</mtext>
            <mi>w</mi>
            <mtext>)</mtext>
            <mo>−</mo>
            <mi>L</mi>
            <mtext>(</mtext>
            <mi>w</mi>
            <mo>+</mo>
            <mi>s</mi>
            <mtext>)</mtext>
          </mrow>
          <mrow>
            <mi>m</mi>
            <mtext>(</mtext>
            <mn>0</mn>
            <mtext>)</mtext>
            <mo>−</mo>
            <mi>m</mi>
            <mtext>(</mtext>
            <mi>s</mi>
            <mtext>)</mtext>
          </mrow>
        </mfrac>
      </math>
    </p>
  );
}

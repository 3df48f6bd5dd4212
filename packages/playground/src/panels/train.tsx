/** Training: several methods on the same network, from the same start. */
import { computed } from "@preact/signals";
import { Select, Slider } from "../controls.tsx";
import { choice, choices, integer, number, panelState } from "../share.ts";
import { taskNames, tasks } from "../tasks.ts";
import { heldOutCaption, lossCaption } from "./captions.ts";
import { Guide, type Lesson } from "./guide.tsx";
import { type RaceSettings, raceModel } from "./race-model.ts";
import { networkMethods, RaceMethods, WholeField } from "./race-settings.tsx";
import { Gallery, RaceChart, RacePicture } from "./race-view.tsx";
import { ratesTimes } from "./rates.ts";
import { Workbench } from "./workbench.tsx";

const state = panelState({
  task: choice(taskNames, "curve"),
  early: choice(["yes", "no"], "yes"),
  methods: choices(networkMethods, ["auto", "tr-rmsprop", "adam"]),
  seed: integer({ min: 0, max: 9999, initial: 0 }),
  rate: number({ min: 0.01, max: 100, initial: 1 }),
  budget: integer({ min: 100, max: 10_000, initial: 1000 }),
});
const { at } = state;

const settings = computed<RaceSettings>(() => ({
  task: at.task.value,
  methods: at.methods.value,
  seed: at.seed.value,
  rates: ratesTimes(at.rate.value),
  budget: at.budget.value,
  stopsEarly: at.early.value === "yes",
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
    else if (phase.value === "paused" && spent.value > 0)
      query.set("at", progress.print(Math.min(spent.value, budget - 1)));
    return query;
  },
};

const lessons: readonly Lesson[] = [
  {
    title: "Noisy data",
    query: "",
    text: "Second order fits fast, and fits noise too. Use it with held-out examples: a run stops when their loss no longer falls, and keeps the network of the least held-out loss (ring).",
  },
  {
    title: "… without stopping",
    query: "early=no",
    text: "The same to the end of the budget: thin lines (training) keep falling, thick lines (held out) rise. A better optimizer overfits sooner.",
  },
  {
    title: "Nothing but signal",
    query: "task=spiral&budget=800",
    text: "Two spirals without noise: here the goal is a small loss, and second order reaches it.",
  },
  {
    title: "Mini-batches",
    query: "task=digits&budget=600",
    text: "Handwritten digits, 512 in a batch: the loss of a batch is noisy, and the held-out accuracies end close together.",
  },
];

export function Train() {
  const task = tasks[at.task.value];
  const missing = at.methods.value.length === 0 ? "Choose a method." : undefined;
  const isHeldOut = at.task.value !== "spiral";
  const runners = trainRace.runners.value;
  return (
    <>
      <div class="introduction">
        <p>
          A trust region needs no learning rate: the ratio ρ of the actual to the predicted decrease sets the radius of
          the next step. Change the learning rates by a factor: only the dashed lines change.
        </p>
        <Ratio />
      </div>
      <Guide lessons={lessons} state={trainState} ignored={["at"]} />
      <Workbench
        isSmall
        picture={
          <RacePicture
            race={trainRace}
            missing={missing}
            unit="gradients + products"
            caption={isHeldOut ? heldOutCaption(runners, at.early.value === "yes") : lossCaption(runners)}
          >
            <RaceChart
              race={trainRace}
              title={isHeldOut ? "Held-out loss (thick) and training loss (thin) over cost" : "Loss over cost"}
              over={0}
              what={isHeldOut ? "both" : 2}
              height={230}
            />
          </RacePicture>
        }
        controls={
          <>
            <Select
              label="Task"
              value={at.task.value}
              options={taskNames.map((name) => ({ name, label: tasks[name].label }))}
              change={(name) => {
                at.task.value = name;
              }}
            />
            <p class="note">{task.note}</p>
            <Select
              label="Stop when the held-out loss rises"
              value={at.early.value}
              options={[
                { name: "yes", label: "yes, and keep the best" },
                { name: "no", label: "no" },
              ]}
              change={(name) => {
                at.early.value = name;
              }}
            />
            <RaceMethods names={networkMethods} chosen={at.methods} rates={settings.value.rates} />
            <Slider label="Learning rates ×" value={at.rate} min={0.01} max={100} log />
            <div class="pair">
              <WholeField label="Seed" value={at.seed} min={0} max={9999} />
              <WholeField label="Budget" value={at.budget} min={100} max={10_000} step={100} />
            </div>
          </>
        }
        figures={
          <>
            <Gallery race={trainRace} measure={task.measure} />
            <div class="charts">
              <RaceChart
                race={trainRace}
                title={isHeldOut ? "Held-out loss over time" : "Loss over time"}
                over={1}
                what={isHeldOut ? "both" : 2}
                height={190}
              />
            </div>
          </>
        }
      />
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

/** An equation: several methods solve it with the same network, and the error falls as one looks. */
import { computed } from "@preact/signals";
import { Select, Slider } from "../controls.tsx";
import { type EquationInfo, type EquationName, equationNames, equations } from "../equations.ts";
import { choice, choices, integer, panelState } from "../share.ts";
import { errorCaption } from "./captions.ts";
import { Code } from "./code.tsx";
import { equationCode } from "./equation-code.ts";
import { Guide, type Lesson } from "./guide.tsx";
import { type RaceSettings, raceModel } from "./race-model.ts";
import { equationMethods, RaceMethods, WholeField } from "./race-settings.tsx";
import { Gallery, RaceChart, RacePicture } from "./race-view.tsx";
import { ratesTimes } from "./rates.ts";
import { Workbench } from "./workbench.tsx";

export const equationState = panelState({
  equation: choice(equationNames, "heat"),
  k: integer({ min: 1, max: 4, initial: 1 }),
  units: integer({ min: 4, max: 24, initial: 8 }),
  points: integer({ min: 20, max: 400, initial: 120 }),
  methods: choices(equationMethods, ["auto", "ssbroyden", "lbfgs", "adam"]),
  rate: integer({ min: -3, max: 3, initial: 0 }),
  seed: integer({ min: 0, max: 9999, initial: 0 }),
  seconds: integer({ min: 1, max: 60, initial: 4 }),
});
const { at } = equationState;

const settings = computed<RaceSettings>(() => ({
  task: {
    equation: at.equation.value,
    difficulty: at.k.value,
    units: at.units.value,
    points: at.points.value,
  },
  methods: at.methods.value,
  seed: at.seed.value,
  rates: rates(at.rate.value),
  budget: at.seconds.value,
  stopsEarly: false,
}));
const race = raceModel("equation", settings);

/** Halved or doubled so many times; 0.01 is what usually works for Adam on such networks. */
function rates(doublings: number): RaceSettings["rates"] {
  return { ...ratesTimes(1), adam: 0.01 * 2 ** doublings, rmsprop: 0.005 * 2 ** doublings };
}

const lessons: readonly Lesson[] = [
  {
    title: "Heat",
    query: "",
    text: "A network u(x, t) has to satisfy u_t = u_xx/4 inside, and match the known values at the edges. Each method gets 4 seconds. Adam gets the shape; second order gets the digits.",
  },
  {
    title: "More waves",
    query: "k=3",
    text: "Three half waves: the curvatures of the loss differ more. Compare how long each method stays at an error of 1 before it finds the shape.",
  },
  {
    title: "A larger network",
    query: "units=24&methods=auto,lbfgs,adam",
    text: "697 parameters instead of 105: a step with the whole Jacobian costs more. auto() measures both and chooses.",
  },
  {
    title: "Few points",
    query: "points=20",
    text: "The loss falls as before, but the equation holds at 20 points only. The error shows what the loss does not.",
  },
  {
    title: "Nonlinear",
    query: "equation=front",
    text: "Fisher's equation: a front that moves and keeps its shape. The methods need no change.",
  },
];

export function Equation() {
  const info: EquationInfo = equations[at.equation.value];
  const missing = at.methods.value.length === 0 ? "Choose a method." : undefined;
  return (
    <>
      <div class="introduction">
        <p>
          quadric trains small networks with second-order methods: fewer, better steps, and no learning rate. On a
          differential equation that decides how many digits you get. Watch four methods solve one.
        </p>
      </div>
      <Guide lessons={lessons} state={equationState} />
      <Workbench
        isSmall
        picture={
          <RacePicture race={race} missing={missing} unit="seconds" caption={errorCaption(race.runners.value)}>
            <RaceChart race={race} title="Relative error over time" over={1} what={3} height={230} />
          </RacePicture>
        }
        controls={
          <>
            <Select
              label="Equation"
              value={at.equation.value}
              options={equationNames.map((name) => ({ name, label: equations[name].label }))}
              change={(name: EquationName) => {
                at.equation.value = name;
              }}
            />
            <p class="note">
              <code>{info.text(at.k.value)}</code>
              <br />
              {info.note}
            </p>
            <Slider label={info.difficulty} value={at.k} min={1} max={4} />
            <Slider label="Units in each of two layers" value={at.units} min={4} max={24} step={4} />
            <Slider label="Points inside" value={at.points} min={20} max={400} step={20} />
            <RaceMethods names={equationMethods} chosen={at.methods} rates={settings.value.rates} />
            <Slider label="Learning rates × 2 to the" value={at.rate} min={-3} max={3} />
            <div class="pair">
              <WholeField label="Seed" value={at.seed} min={0} max={9999} />
              <WholeField label="Seconds each" value={at.seconds} min={1} max={60} />
            </div>
          </>
        }
        figures={
          <>
            <Gallery race={race} measure="error" />
            <div class="charts">
              <RaceChart race={race} title="Relative error over cost" over={0} what={3} height={190} />
              <RaceChart race={race} title="Loss over time" over={1} what={2} height={190} />
            </div>
            <Code code={equationCode(settings.value.task as never, at.seed.value)} />
          </>
        }
      />
    </>
  );
}

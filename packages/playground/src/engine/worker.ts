/** The worker: everything that computes, so that the page only draws. */
import { type MapInfo, type MapName, maps } from "../maps.ts";
import { type MethodName, methods } from "../methods.ts";
import type { TaskName } from "../tasks.ts";
import type { Contest } from "./contest.ts";
import { curvatureOf } from "./curvature.ts";
import { type CurveTable, curveTable, fitCurve } from "./curve.ts";
import { digits } from "./digits.ts";
import { equationContest } from "./equation-contest.ts";
import { beale, type Landscape, quadratic, rosenbrock, saddle, valley } from "./landscapes.ts";
import { networkContest } from "./network-contest.ts";
import { networkSlice } from "./network-slice.ts";
import { pathOf, typicalSteps } from "./paths.ts";
import type { Ask, Message, Question, Questions, RaceName, RaceRequest, SurfaceRequest } from "./protocol.ts";
import { type Race, type RaceNews, startRace } from "./race.ts";
import { surfaceOf } from "./surface.ts";
import { summarize, tableTask } from "./table.ts";
import { makeTask, type Task } from "./tasks.ts";

const landscapes: Readonly<Record<MapName, (request: SurfaceRequest) => Landscape | Promise<Landscape>>> = {
  valley: ({ condition, degrees }) => valley(condition, degrees),
  quadratic: ({ condition, degrees }) => quadratic(condition, degrees),
  rosenbrock: () => rosenbrock,
  beale: () => beale,
  saddle: () => saddle,
  network: networkSlice,
};

/** A network costs a forward pass a point; formulas are free. */
const columnsOf = (map: MapName) => (map === "network" ? 37 : 201);

const races = new Map<RaceName, Race>();
let table: Uint8Array | undefined;
let curves: CurveTable | undefined;

function raceOf(name: RaceName): Race {
  const race = races.get(name);
  if (!race) throw new Error("There is no such race.");
  return race;
}

async function contestOf({ task, ...options }: Omit<RaceRequest, "race">): Promise<Contest> {
  if (typeof task === "object") return equationContest(task, options.seed, options.budget);
  return networkContest(await taskOf(task, options.seed), options);
}

async function taskOf(task: TaskName | number, seed: number): Promise<Task> {
  if (typeof task === "string") return makeTask[task](seed);
  if (!table) throw new Error("There is no table to learn from.");
  return tableTask(table, task, seed);
}

const answers: { [Q in Question]: (ask: Questions[Q]["ask"]) => Promise<Questions[Q]["answer"]> } = {
  async surface(request) {
    const landscape = await landscapes[request.map](request);
    return surfaceOf(landscape, maps[request.map].view, columnsOf(request.map));
  },
  async paths(request) {
    const landscape = await landscapes[request.map](request);
    const paths = [];
    for (const method of request.methods) paths.push(await pathOf(method, landscape, request));
    return paths;
  },
  async typical(request) {
    const { floor, view }: MapInfo = maps[request.map];
    const steps: Partial<Record<MethodName, number>> = {};
    if (floor === undefined) return steps;
    const landscape = await landscapes[request.map](request);
    for (const method of request.methods) {
      if (methods[method].kind !== "trust region") continue;
      steps[method] = await typicalSteps(method, landscape, { ...request, floor, view });
    }
    return steps;
  },
  async race({ race: name, task, ...options }) {
    await races.get(name)?.stop();
    races.delete(name);
    const tell = (news: RaceNews) => post({ race: name, news });
    races.set(name, await startRace(await contestOf({ task, ...options }), options, tell));
    return undefined;
  },
  async go({ race, until }) {
    if (until === "step") raceOf(race).step();
    else raceOf(race).openUntil(until);
    return undefined;
  },
  async table(bytes) {
    const summary = summarize(bytes);
    table = bytes;
    return summary;
  },
  async curveTable(bytes) {
    curves = curveTable(bytes);
    return { rows: curves.rows, names: curves.names };
  },
  async curve(request) {
    if (!curves) throw new Error("There is no table to fit a curve to.");
    return fitCurve(curves, request);
  },
  async curvature({ race, method }) {
    const trained = raceOf(race).trained(method);
    if (!trained) throw new Error("There is no such network.");
    return curvatureOf(trained);
  },
  async preload() {
    await digits();
    return undefined;
  },
};

function post(message: Message): void {
  postMessage(message);
}

addEventListener("message", async ({ data: { id, question, ask } }: MessageEvent<Ask>) => {
  try {
    post({ id, answer: await answers[question](ask as never) });
  } catch (error) {
    post({ id, error: error instanceof Error ? error.message : String(error) });
  }
});

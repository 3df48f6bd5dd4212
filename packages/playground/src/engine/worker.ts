/** The worker: everything that computes, so that the page only draws. */
import type { MapName } from "../maps.ts";
import { maps } from "../maps.ts";
import { beale, type Landscape, quadratic, rosenbrock, saddle } from "./landscapes.ts";
import { networkSlice } from "./network-slice.ts";
import { pathOf } from "./paths.ts";
import type { Answer, Ask, PathsRequest, Question, Questions, SurfaceRequest } from "./protocol.ts";
import { surfaceOf } from "./surface.ts";

const landscapes: Readonly<Record<MapName, (request: SurfaceRequest) => Landscape | Promise<Landscape>>> = {
  quadratic: ({ condition, degrees }) => quadratic(condition, degrees),
  rosenbrock: () => rosenbrock,
  beale: () => beale,
  saddle: () => saddle,
  network: networkSlice,
};

/** A network costs a forward pass a cell; formulas are free. */
const columnsOf = (map: MapName) => (map === "network" ? 61 : 201);

const answers: { [Q in Question]: (ask: Questions[Q]["ask"]) => Promise<Questions[Q]["answer"]> } = {
  async surface(request: SurfaceRequest) {
    const landscape = await landscapes[request.map](request);
    return surfaceOf(landscape, maps[request.map].view, columnsOf(request.map));
  },
  async paths(request: PathsRequest) {
    const landscape = await landscapes[request.map](request);
    const paths = [];
    for (const method of request.methods) paths.push(await pathOf(method, landscape, request));
    return paths;
  },
};

addEventListener("message", async ({ data }: MessageEvent<Ask>) => {
  const { id, question, ask } = data;
  let answer: Answer;
  try {
    answer = { id, answer: await answers[question](ask as never) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(answer);
});

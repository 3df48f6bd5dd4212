/** What the panel of landscapes shows when it opens, and what its links hold. */
import { mapNames, maps } from "../maps.ts";
import { methodNames, trustRegionNames } from "../methods.ts";
import { choice, choices, integer, number, panelState } from "../share.ts";

export const far = 100;

export const landscapesState = panelState({
  map: choice(mapNames, "valley"),
  condition: number({ min: 1, max: 1000, initial: 100 }),
  turn: integer({ min: 0, max: 90, initial: 0 }),
  x: number({ min: -far, max: far, initial: maps.valley.start[0] }),
  y: number({ min: -far, max: far, initial: maps.valley.start[1] }),
  methods: choices(methodNames, ["tr-euclidean", "tr-rmsprop"]),
  focus: choice(trustRegionNames, "tr-rmsprop"),
  radius: number({ min: 0.01, max: 10, initial: 0.1 }),
  products: integer({ min: 1, max: 2, initial: 2 }),
  rate: number({ min: 0.1, max: 10, initial: 1 }),
  time: integer({ min: 0, max: 100, initial: 0 }),
});

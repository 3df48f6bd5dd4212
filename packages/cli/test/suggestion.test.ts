import { expect, test } from "vitest";
import { suggestion } from "../src/suggestion.ts";

test.each([
  ["adma", ["auto", "sgd", "adam", "adamw"], ' Did you mean "adam"?'],
  ["Price", ["size", "price"], ' Did you mean "price"?'],
  ["tr-rmspop", ["tr-adam", "tr-rmsprop", "rmsprop"], ' Did you mean "tr-rmsprop"?'],
  ["oxygen", ["depth", "oxygen_mg_l"], ' Did you mean "oxygen_mg_l"?'],
  ["oxygen", ["oxygen_mg_l", "oxygen_saturation"], ""],
  ["zzz", ["auto", "sgd"], ""],
  ["x", [], ""],
])("%s among %j:%s", (name, known, expected) => {
  expect(suggestion(name, known)).toBe(expected);
});

/** What each path says at the present step, in numbers; and whose region the map shows. */

import { show } from "../charts/scale.ts";
import { Swatch } from "../controls.tsx";
import type { Path } from "../engine/path.ts";
import { type MethodName, methods } from "../methods.ts";
import { outcomeInWords, statusInWords } from "./words.ts";

interface ReadingsProps {
  readonly paths: readonly Path[];
  readonly time: number;
  readonly focus: MethodName;
  choose(name: MethodName): void;
}

export function Readings({ paths, time, focus, choose }: ReadingsProps) {
  return (
    <div class="scroller">
      <table class="readings">
        <caption>At this step</caption>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">f</th>
            <th scope="col">cost</th>
            <th scope="col" class="wide">
              Δ
            </th>
            <th scope="col" class="wide">
              ρ
            </th>
            <th scope="col">last step</th>
          </tr>
        </thead>
        <tbody>
          {paths.map((path) => {
            const { method, steps, end } = path;
            const past = steps[Math.min(time, steps.length) - 1];
            const { value, spent } = steps[time] ?? end;
            return (
              <tr key={method}>
                <th scope="row">
                  {methods[method].kind === "trust region" ? (
                    <label class="pick">
                      <input type="radio" name="focus" checked={method === focus} onChange={() => choose(method)} />
                      <Name method={method} />
                    </label>
                  ) : (
                    <Name method={method} />
                  )}
                </th>
                <td>{show(value)}</td>
                <td>{spent}</td>
                <td class="wide">{past?.region ? show(past.region.radius) : ""}</td>
                <td class="wide">{past?.ratio === undefined ? "" : show(past.ratio)}</td>
                <td>{time === 0 ? "start" : fate(path, time)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Name({ method }: { readonly method: MethodName }) {
  return (
    <span class="method">
      <Swatch name={method} />
      {methods[method].label}
    </span>
  );
}

function fate({ steps, status }: Path, time: number): string {
  if (time > steps.length || (time === steps.length && status !== "max-iterations")) return statusInWords(status);
  const { accepted, outcome } = steps[time - 1];
  const how = outcome ? `, ${outcomeInWords(outcome)}` : "";
  return `${accepted ? "accepted" : "rejected"}${how}`;
}

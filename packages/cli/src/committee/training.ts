/**
 * The training of a committee: the linear fit of each fold, then each network from its linear fit until the loss of the
 * fold that it does not train on no longer falls. Dividing the weights of the examples by s multiplies every penalty by
 * it; s is that of the best linear fits.
 *
 * Each training row is held out from a network, so that the rows together judge the committee before any test row is
 * seen. If its networks are no better than their linear fits there, the linear fit of all rows is what is kept.
 */
import { type CompiledObjective, ShapeError, type Tensor, type TensorTree, type Vector } from "quadric";
import { rows } from "quadric/data";
import { namedTensors } from "quadric/models";
import type { TrainConfig } from "../config.ts";
import { parseModel } from "../model.ts";
import { predictsClasses, readOutputs } from "../predictions.ts";
import { flatten, makeTaskData, withoutTargets } from "../task.ts";
import { decaysOf } from "./defaults.ts";
import { foldsOf, weightsOf } from "./folds.ts";
import { type LinearFit, linearOutputs, makeLinearFits } from "./linear.ts";
import { type MemberResult, stepsKept, trainMember } from "./member.ts";
import { memberSeed } from "./network.ts";
import { compileMember, withLinear } from "./objectives.ts";
import { errorOf, type Scores, scoresOf } from "./scores.ts";
import { type CommitteeParts, constantPredictions, exampleWeights, type Trained } from "./trained.ts";

/** Undefined if the signal stopped it; what is done is in the folder. */
export async function trainCommittee(parts: CommitteeParts): Promise<Trained | undefined> {
  const { config, dataset, folder, signal, warn, onBaseline, onStep } = parts;
  const { seed, folds: foldCount = 5 } = config;
  const { batch } = makeTaskData(config, dataset.train);
  const { x, y } = batch as { readonly x: Tensor; readonly y: Tensor };
  const targets = dataset.train.targets.data;
  const n = targets.length;
  const weights = exampleWeights(config, dataset.train);
  const folds = foldsOf(targets, predictsClasses(config), foldCount, seed);
  const spec = parseModel(config.model);
  const members = spec.members ?? 1;
  const isFull = config.batchSize >= n;
  const weighing = (has: (i: number) => boolean, strength = 1): TensorTree => ({
    x,
    y,
    weight: { shape: [n], data: weightsOf(weights, has).map((weight) => weight / strength) },
  });

  const linear = await makeLinearFits(config, { x, y, weights, folds });
  const compiled: CompiledObjective[] = [];
  const dispose = () => {
    linear.dispose();
    for (const objective of compiled) objective.dispose();
  };
  try {
    const used = Math.min(foldCount, members);
    const heldRows = Int32Array.from(folds.keys()).filter((i) => folds[i] < used);
    const read = (outputs: Tensor) => readOutputs(config, rows(outputs, heldRows));
    const heldTargets = Array.from(heldRows, (i) => targets[i]);
    const linearAt = async (strength: number): Promise<FitsAt> => {
      const fits: LinearFit[] = [];
      const outputs = heldOutOutputs(n, spec.outputs);
      for (let fold = 0; fold < used; fold++) {
        fits.push(await linear.fit(fold, strength));
        outputs.add(linearOutputs(fits[fold], x), (i) => folds[i] === fold);
      }
      return { strength, fits, outputs: outputs.mean(), scores: scoresOf(read(outputs.mean()), heldTargets) };
    };
    const { strength, fits, outputs: linearHeldOut, scores: linearScores } = await strongest(linearAt);
    const constant = scoresOf(constantPredictions(config, targets, heldTargets.length), heldTargets);
    onBaseline({ constant, linear: linearScores });

    const decays = decaysOf(config);
    const networks = decays.length * members;
    const done: MemberResult[] = [];
    const trainAt = async (decay: number): Promise<Committee | undefined> => {
      const member = await compileMember(config, n, decay);
      if (compiled.length > 0) member.ledger.restore(compiled.at(-1)!.ledger.counts());
      compiled.push(member);
      const heldOut = heldOutOutputs(n, spec.outputs);
      const parameters = new Float32Array(members * member.layout.size);
      for (let m = 0; m < members; m++) {
        const fold = m % foldCount;
        const outside = weighing((i) => folds[i] !== fold, strength);
        const held = weighing((i) => folds[i] === fold);
        const inside = isFull ? held : only(held, folds, fold);
        const start = withLinear(startOf(config, m, member), member.layout, fits[fold]);
        const index = done.length;
        const result = await trainMember(
          { config, folder, signal, warn, objective: member },
          { start, outside, inside, isFull, index, before: done, strength },
          (line) => onStep(line, { member: index, members: networks }),
        );
        if (!result) return undefined;
        done.push(result);
        parameters.set(result.parameters, m * member.layout.size);
        heldOut.add(await predictAll(member, result.parameters, outside, n), (i) => folds[i] === fold);
      }
      const outputs = heldOut.mean();
      return { decay, member, parameters, outputs, scores: scoresOf(read(outputs), heldTargets) };
    };
    folder.cutAfter(await stepsKept(folder, networks, warn), warn);
    const committees: Committee[] = [];
    for (const decay of decays) {
      const committee = await trainAt(decay);
      if (!committee) {
        dispose();
        return undefined;
      }
      committees.push(committee);
    }
    const best = committees.reduce((a, b) => (errorOf(b.scores) < errorOf(a.scores) ? b : a));
    const { member, parameters, scores: network } = best;
    const all = await linear.fit(-1, strength);
    const keepsLinear = config.model.endsWith("+linear") && !(errorOf(network) < errorOf(linearScores));
    if (keepsLinear) {
      const same = withLinear(new Float32Array(member.layout.size), member.layout, all);
      for (let m = 0; m < members; m++) parameters.set(same, m * member.layout.size);
    }
    const sum = (of: (result: MemberResult) => number) => done.reduce((total, result) => total + of(result), 0);
    const means = (inputs: Tensor) => meanOutputs(member, parameters, members, unweighted(config, inputs));
    return {
      tensors: byName(parameters, member, members),
      networks: members,
      linear: (inputs) => linearOutputs(all, inputs),
      predict: async (inputs) => ({ outputs: await means(inputs) }),
      means,
      heldOut: { network, linear: linearScores, constant },
      heldOutPredictions: read(keepsLinear ? linearHeldOut : best.outputs),
      heldOutTargets: heldTargets,
      decays: committees.map(({ decay, scores }) => ({ decay, error: errorOf(scores) })),
      folds,
      keepsLinear,
      isSound: done.some(({ isSound }) => isSound),
      steps: sum(({ steps }) => steps),
      epochs: sum(({ epochs }) => epochs),
      seconds: sum(({ seconds }) => seconds),
      counts: compiled.at(-1)!.ledger.counts(),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** As the network of all members names them. */
function byName(parameters: Vector, { layout }: CompiledObjective, members: number): ReadonlyMap<string, Tensor> {
  return new Map(
    Array.from({ length: members }, (_, m) =>
      layout.tensors.map(({ name, shape, offset, size }): [string, Tensor] => {
        const at = m * layout.size + offset;
        return [members === 1 ? name : `${m}.${name}`, { shape, data: parameters.subarray(at, at + size) }];
      }),
    ).flat(),
  );
}

function unweighted(config: TrainConfig, inputs: Tensor): TensorTree {
  const { examples: n, batch } = withoutTargets(config, inputs);
  return { ...(batch as object), weight: { shape: [n], data: new Float32Array(n).fill(1) } };
}

async function meanOutputs(
  member: CompiledObjective,
  parameters: Vector,
  members: number,
  batch: TensorTree,
): Promise<Tensor> {
  const { size } = member.layout;
  const { shape, data } = await member.predict!(parameters.subarray(0, size), batch);
  const sum = Float32Array.from(data);
  for (let m = 1; m < members; m++) {
    const next = await member.predict!(parameters.subarray(m * size, (m + 1) * size), batch);
    for (let i = 0; i < sum.length; i++) sum[i] += next.data[i];
  }
  return { shape, data: sum.map((z) => z / members) };
}

/** Networks with one penalty. */
interface Committee {
  readonly decay: number;
  readonly member: CompiledObjective;
  /** Of all networks, one after the other. */
  readonly parameters: Vector;
  /** On every training row, by the networks that it is held out from. */
  readonly outputs: Tensor;
  readonly scores: Scores;
}

interface FitsAt {
  /** Factor of every penalty. */
  readonly strength: number;
  readonly fits: readonly LinearFit[];
  /** On every training row, by the fit that it is held out from. */
  readonly outputs: Tensor;
  readonly scores: Scores;
}

/** Penalties ten times as strong as long as that lowers the held-out error of the linear fits. */
async function strongest(at: (strength: number) => Promise<FitsAt>): Promise<FitsAt> {
  let best = await at(1);
  for (let strength = 10; strength <= 1000; strength *= 10) {
    const next = await at(strength);
    if (!(errorOf(next.scores) < errorOf(best.scores))) break;
    best = next;
  }
  return best;
}

/** Sums of outputs on held-out rows, several networks to a row if there are more networks than folds. */
function heldOutOutputs(n: number, outputs: number) {
  const sums = new Float32Array(n * outputs);
  const counts = new Float64Array(n);
  return {
    add({ data }: Tensor, has: (example: number) => boolean): void {
      for (let i = 0; i < n; i++) {
        if (!has(i)) continue;
        counts[i]++;
        for (let k = i * outputs; k < (i + 1) * outputs; k++) sums[k] += data[k];
      }
    },
    mean: (): Tensor => ({
      shape: [n, outputs],
      data: sums.map((sum, k) => sum / (counts[Math.floor(k / outputs)] || 1)),
    }),
  };
}

async function predictAll(
  objective: CompiledObjective,
  w: Vector,
  batch: TensorTree,
  examples: number,
): Promise<Tensor> {
  const { shape, data } = await objective.predict!(w, batch);
  if (shape[0] !== examples) throw new ShapeError(`internal: outputs must be of ${examples} rows, got ${shape[0]}.`);
  return { shape, data: data.slice() };
}

/** The fold's rows alone. */
function only(batch: TensorTree, folds: Int32Array, fold: number): TensorTree {
  const indices = Int32Array.from(Array.from(folds.keys()).filter((i) => folds[i] === fold));
  const taken = Object.entries(batch as Record<string, Tensor>).map(([name, tensor]) => [name, rows(tensor, indices)]);
  const { weight, ...rest } = Object.fromEntries(taken) as Record<string, Tensor>;
  const mean = Array.from(weight.data).reduce((sum, w) => sum + w, 0) / indices.length;
  return { ...rest, weight: { shape: weight.shape, data: Float32Array.from(weight.data, (w) => w / mean) } };
}

function startOf(
  { activation, initializer, model, seed }: TrainConfig,
  index: number,
  { layout }: CompiledObjective,
): Vector {
  const spec = parseModel(model);
  const network = (spec.buildMember ?? spec.build)({ activation, initializer });
  return flatten(namedTensors(network.init(memberSeed(seed, index))), layout);
}

/**
 * A whole preconditioned Steihaug–Toint solve as one ONNX program: the curvature product and the recurrences of
 * subproblem/steihaug.ts inside a Loop.
 *
 *   q = Bp;  κ = ⟨p, q⟩;  α = γ/κ;  ss⁺ = ‖s + αp‖²_A
 *   leave unless κ > 0 and ss⁺ < Δ²
 *   r⁺ = r + αq;  v = P⁻¹r⁺;  γ⁺ = ⟨r⁺, v⟩
 *   leave unless γ⁺ > 0 is finite, the stopping rule does not hold and products are left
 *   s⁺ = s + αp;  β = γ⁺/γ;  p⁺ = βp − v
 *
 * It ends with s + τp, where τ = α inside the region, 0 without a finite curvature, else the way to the boundary; with p, along
 * which the caller can cut the step for another radius (subproblem/fused-steihaug.ts); and with the numbers that tell why.
 *
 * P is A; with pairs of earlier solves it is what curvature-pairs.ts makes of them and A, and the program also returns the pairs with its own
 * and the path that it took.
 *
 * Vectors are float32 or float64 as the product is, sums end in float64, as are all scalars. ‖s‖²_A, and where P
 * is A also ⟨s, Ap⟩ and ‖p‖²_A, follow their recurrences inside the loop and are summed anew where it is left.
 *
 * Small vectors travel flat, and an iteration has no branches: there a node costs more than its arithmetic, and a branch ten times
 * that. Large ones stay in the parameters' tensors, and what an exit does not need is not computed: for Gauss–Newton, whose
 * κ = ⟨Jp, H_ℓJp⟩ is known after half of a product, not the other half of the last one.
 */
import type { LoopSettings } from "../../../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../../../subproblem/solver.ts";
import { elementCount, type Graph, type Node, reachable } from "../../ir/graph.ts";
import { lowerPairs } from "./curvature-pairs.ts";
import {
  converted,
  type Declaration,
  type Emitter,
  finishProgram,
  type LoweredProgram,
  makeEmitter,
  type OnnxType,
  typeCode,
  zeroOf,
} from "./emitter.ts";
import { lowerNodes } from "./lower.ts";
import {
  blockShape,
  type LoopStatistic,
  loopSettings,
  loopStatistics,
  pathColumns,
  travelsFlat,
} from "./steihaug-program.ts";

/** The numbers of a direction, carried from one iteration to the next. */
const carried = ["gamma", "decrease", "ss", "sp", "pp"] as const;

/** The numbers by which an iteration decides. */
const decided = ["kappa", "ssNext", "measure", "gammaNext"] as const;

type Scalars<K extends string> = Record<K, string>;

/**
 * @param product - (fixed…, v…) → Bv…, the last inputs being v; then x… and y… where vᵀBv = Σ⟨x, y⟩.
 * @param capacity - m, the number of pairs; only for vectors that travel flat. 0: none.
 * Inputs of the model: fixed…, g blocks…, a blocks… in float64 where A = diag(a), settings; with pairs S, Y, R⁻¹. Outputs: s + τp
 * blocks…, p blocks…, statistics; with pairs the new rows of S and Y, the new columns of SYᵀ and
 * the numbers of the path, as many as there were products.
 */
export function lowerSteihaugLoop(
  product: Graph,
  tensorCount: number,
  rule: StoppingRule,
  capacity: number,
): LoweredProgram {
  const fixed = product.inputs.slice(0, -tensorCount);
  const tensors = product.inputs.slice(-tensorCount);
  const type = tensors[0].dtype as "float32" | "float64";
  const sizes = tensors.map(({ shape }) => elementCount(shape));
  const size = sizes.reduce((a, b) => a + b);
  const flat = travelsFlat(size);
  const shapes = flat ? [[size]] : tensors.map(({ shape }) => blockShape(shape));

  const main = makeEmitter();
  const declare = (shape: readonly number[] | undefined, of: OnnxType): Declaration => {
    return { name: main.fresh(), shape, type: of };
  };
  const names = (list: readonly Declaration[]) => list.map(({ name }) => name);
  const fixedInputs = fixed.map(({ shape, dtype }) => declare(shape, dtype));
  const gradientInputs = shapes.map((shape) => declare(shape, type));
  const diagonalInputs = shapes.map((shape) => declare(shape, "float64"));
  const settingsInput = declare([loopSettings.length], "float64");
  const hasPairs = capacity > 0;
  const pairInputs = hasPairs
    ? [declare([capacity, size], type), declare([capacity, size], type), declare([capacity, capacity], "float64")]
    : [];

  // Scalars are vectors of one number, so that they can be joined and taken apart.
  const scalar = (e: Emitter, value: number) => e.constant([value], [1], "float64");
  const split = <K extends string>(e: Emitter, vector: string, keys: readonly K[]): Scalars<K> => {
    const parts = e.emitAll("Split", [vector, e.integers(keys.map(() => 1))], keys.length, { axis: 0 });
    return Object.fromEntries(keys.map((key, i) => [key, parts[i]])) as Scalars<K>;
  };
  const joined = <K extends string>(e: Emitter, values: Scalars<K>, keys: readonly K[]): string =>
    e.emit(
      "Concat",
      keys.map((key) => values[key]),
      { axis: 0 },
    );
  const all = (e: Emitter, conditions: readonly string[]) => conditions.reduce((a, b) => e.emit("And", [a, b]));
  const narrow = (e: Emitter, x: string) => converted(e, x, "float64", type);
  const widen = (e: Emitter, x: string) => converted(e, x, type, "float64");
  const each = (e: Emitter, op: string, x: readonly string[], y: readonly string[] | string): string[] =>
    x.map((name, i) => e.emit(op, [name, typeof y === "string" ? y : y[i]]));
  const same = (e: Emitter, list: readonly string[]) => list.map((name) => e.emit("Identity", [name]));

  /** Σ xᵢyᵢ over all blocks of the given shapes. Large ones in two levels: over the last axes in the vectors' type, then in float64. */
  const dot = (e: Emitter, x: readonly string[], y: readonly string[], of = shapes): string => {
    const first = e.integers([0]);
    const single = e.integers([1]);
    return of
      .map(({ length: rank }, i) => {
        const products = e.emit("Mul", [x[i], y[i]]);
        if (rank === 0) return widen(e, e.emit("Reshape", [products, single]));
        if (flat || rank < 2) return e.emit("ReduceSum", [widen(e, products), first], { keepdims: 1 });
        const axes = e.integers(Array.from({ length: rank - 1 }, (_, axis) => axis + 1));
        const rows = e.emit("ReduceSum", [products, axes], { keepdims: 0 });
        return e.emit("ReduceSum", [widen(e, rows), first], { keepdims: 1 });
      })
      .reduce((a, b) => e.emit("Add", [a, b]));
  };

  const setting = split(main, settingsInput.name, loopSettings) satisfies Scalars<keyof LoopSettings>;
  const radius2 = main.emit("Mul", [setting.radius, setting.radius]);
  const target = main.emit("Mul", [setting.stop, setting.gradientNorm]);
  const target2 = main.emit("Mul", [target, target]);
  const g = names(gradientInputs);
  const diagonal = names(diagonalInputs).map((a) => narrow(main, a));
  const inverse = diagonal.map((a) => main.emit("Div", [main.scalar(1, type), a]));
  const [pairS, pairY, pairInverse] = names(pairInputs);
  const pairValues = { s: pairS, y: pairY, inverse: pairInverse };
  const pairs = hasPairs ? lowerPairs(main, type) : undefined;
  const solvePairs = pairs?.preconditioner(pairValues, inverse[0]);
  /** r ↦ P⁻¹r. */
  const precondition = (e: Emitter, r: readonly string[]) =>
    solvePairs ? [solvePairs(e, r[0])] : each(e, "Mul", r, inverse);
  const v0 = precondition(main, g);
  const gamma0 = dot(main, g, v0);
  const p0 = v0.map((name) => main.emit("Neg", [name]));
  const s0 = g.map((name) => main.emit("Mul", [name, main.scalar(0, type)]));
  const zero = scalar(main, 0);
  /** ⟨s, Ap⟩ and ‖p‖²_A. */
  const metric = (e: Emitter, s: readonly string[], p: readonly string[]): [string, string] => {
    const Ap = each(e, "Mul", p, diagonal);
    return [dot(e, s, Ap), dot(e, p, Ap)];
  };
  const maxProducts = main.emit("Cast", [setting.maxProducts], { to: typeCode("int64") });

  // State: s…, r…, p…, the carried numbers, those of the last decision, products.
  const body = makeEmitter(main);
  const iteration = declare([], "int64");
  const condition = declare([], "bool");
  // r is left behind empty when the loop is left, so its shape is not declared.
  const [s, r, p] = [true, flat, true].map((isFixed) =>
    shapes.map((shape) => declare(isFixed ? shape : undefined, type)),
  );
  const table = declare([carried.length], "float64");
  const decision = declare([decided.length], "float64");
  const count = declare([1], "int64");
  const state = [...s, ...r, ...p, table, decision, count];
  const now = split(body, table.name, carried);

  // p → Bp
  const reshaped = (e: Emitter, name: string, from: readonly number[], to: readonly number[]) =>
    `${from}` === `${to}` && from.length === to.length ? name : e.emit("Reshape", [name, e.integers(to)]);
  const toTensors = (e: Emitter, vector: readonly string[]): string[] => {
    if (!flat) return vector.map((name, i) => reshaped(e, name, shapes[i], tensors[i].shape));
    const pieces =
      sizes.length === 1 ? vector : e.emitAll("Split", [vector[0], e.integers(sizes)], sizes.length, { axis: 0 });
    return tensors.map(({ shape }, i) => reshaped(e, pieces[i], [sizes[i]], shape));
  };
  const toBlocks = (e: Emitter, list: readonly string[]): string[] => {
    if (!flat) return list.map((name, i) => reshaped(e, name, tensors[i].shape, shapes[i]));
    const pieces = list.map((name, i) => reshaped(e, name, tensors[i].shape, [sizes[i]]));
    return pieces.length === 1 ? pieces : [e.emit("Concat", pieces, { axis: 0 })];
  };
  const pTensors = toTensors(body, names(p));
  const given = new Map<Node, string>([
    ...fixed.map((node, i) => [node, fixedInputs[i].name] as const),
    ...tensors.map((node, i) => [node, pTensors[i]] as const),
  ]);
  const Bp = product.outputs.slice(0, tensorCount);
  const form = flat ? [] : product.outputs.slice(tensorCount);
  const multiply = (e: Emitter) => toBlocks(e, lowerNodes(e, Bp, given));

  /** κ of p, and Bp where the form leaves it to be worked out. */
  const fromProduct = () => {
    const q = multiply(body);
    return { kappa: dot(body, names(p), q), q: () => q };
  };
  const fromForm = () => {
    // Of what the form is made of, all that Bp is made of too.
    const early = new Set(reachable(form).filter(({ op }) => op !== "input" && op !== "constant"));
    const late = reachable(Bp).filter((node) => !early.has(node));
    const shared = [...early].filter((node) => Bp.includes(node) || late.some(({ inputs }) => inputs.includes(node)));
    const values = lowerNodes(body, [...form, ...shared], given);
    shared.forEach((node, i) => {
      given.set(node, values[form.length + i]);
    });
    const half = form.length / 2;
    const of = form.slice(0, half).map(({ shape }) => shape);
    return { kappa: dot(body, values.slice(0, half), values.slice(half, form.length), of), q: multiply };
  };
  const { kappa, q } = form.length > 0 ? fromForm() : fromProduct();
  const alpha = body.emit("Div", [now.gamma, kappa]);
  const products = body.emit("Add", [iteration.name, body.constant([1], [1], "int64")]);
  // ss⁺ = ss + α(2·sp + α·pp)
  const along = body.emit("Add", [now.sp, body.emit("Mul", [alpha, now.pp])]);
  const growth = body.emit("Mul", [alpha, body.emit("Add", [now.sp, along])]);
  const ssNext = body.emit("Add", [now.ss, growth]);
  const gain = body.emit("Mul", [body.emit("Mul", [alpha, now.gamma]), scalar(body, 0.5)]);
  const isInside = all(body, [body.emit("Greater", [kappa, scalar(body, 0)]), body.emit("Less", [ssNext, radius2])]);

  /** r⁺ and what it tells. */
  const residual = (e: Emitter) => {
    const alphaV = narrow(e, alpha);
    const rNext = each(e, "Add", names(r), each(e, "Mul", q(e), alphaV));
    const v = precondition(e, rNext);
    const gammaNext = dot(e, rNext, v);
    const [measure, limit] =
      rule === "residual" ? [dot(e, rNext, rNext), target2] : [gain, e.emit("Mul", [setting.stop, now.decrease])];
    const goes = all(e, [
      e.emit("Greater", [measure, limit]),
      e.emit("Greater", [gammaNext, scalar(e, 0)]),
      e.emit("Less", [gammaNext, scalar(e, Number.MAX_VALUE)]),
      e.emit("Less", [products, maxProducts]),
    ]);
    return { alphaV, rNext, v, gammaNext, goes, decision: joined(e, { kappa, ssNext, measure, gammaNext }, decided) };
  };
  type Residual = ReturnType<typeof residual>;

  /** s⁺, p⁺ and the numbers of the next direction: where P is A, sp⁺ = β(sp + α·pp) and pp⁺ = γ⁺ + β²·pp. */
  const moved = (e: Emitter, { alphaV, v, gammaNext }: Residual) => {
    const sNext = each(e, "Add", names(s), each(e, "Mul", names(p), alphaV));
    const beta = e.emit("Div", [gammaNext, now.gamma]);
    const pNext = each(e, "Sub", each(e, "Mul", names(p), narrow(e, beta)), v);
    const [sp, pp] = hasPairs
      ? metric(e, sNext, pNext)
      : [
          e.emit("Mul", [beta, along]),
          e.emit("Add", [gammaNext, e.emit("Mul", [e.emit("Mul", [beta, beta]), now.pp])]),
        ];
    const numbers = { gamma: gammaNext, decrease: e.emit("Add", [now.decrease, gain]), ss: ssNext, sp, pp };
    return { sNext, pNext, table: joined(e, numbers, carried) };
  };

  const inOneLine = (): string[] => {
    const next = residual(body);
    const goes = body.emit("And", [isInside, next.goes]);
    const { sNext, pNext, table: tableNext } = moved(body, next);
    const orStay = (to: readonly string[], from: readonly string[]) =>
      to.map((name, i) => body.emit("Where", [goes, name, from[i]]));
    return [
      ...orStay(sNext, names(s)),
      ...next.rNext,
      ...orStay(pNext, names(p)),
      ...orStay([tableNext], [table.name]),
      next.decision,
      goes,
    ];
  };

  const inBranches = (): string[] => {
    const kept = (e: Emitter, decided: string, goes: string): string[] => [
      ...same(e, names(s)),
      ...names(r).map(() => e.emit("ConstantOfShape", [e.integers([0])], { value: zeroOf(type) })),
      ...same(e, [...names(p), table.name, decided, goes]),
    ];
    const results = [...s, ...r, ...p, table, decision, { name: "", shape: [1], type: "bool" as const }];
    const declared = (list: readonly string[]) => list.map((name, i) => ({ ...results[i], name }));
    const choose = (e: Emitter, condition: string, yes: [Emitter, string[]], no: [Emitter, string[]]) =>
      e.emitAll("If", [condition], results.length, {
        then_branch: yes[0].graph("yes", [], declared(yes[1])),
        else_branch: no[0].graph("no", [], declared(no[1])),
      });
    const [update, leave] = [makeEmitter(body), makeEmitter(body)];
    const next = residual(update);
    const [move, stay] = [makeEmitter(update), makeEmitter(update)];
    const { sNext, pNext, table: tableNext } = moved(move, next);
    const movedOn = [
      ...sNext,
      ...same(move, next.rNext),
      ...pNext,
      tableNext,
      ...same(move, [next.decision, next.goes]),
    ];
    const updated = choose(update, next.goes, [move, movedOn], [stay, kept(stay, next.decision, next.goes)]);
    const unknown = scalar(leave, NaN);
    const left = joined(leave, { kappa, ssNext, measure: unknown, gammaNext: unknown }, decided);
    return choose(body, isInside, [update, updated], [leave, kept(leave, left, isInside)]);
  };

  const results = flat ? inOneLine() : inBranches();
  const goes = body.emit("Reshape", [results.at(-1)!, body.integers([])]);
  const again: Declaration = { name: goes, shape: [], type: "bool" };
  const after = [...results.slice(0, -1), products].map((name, i) => ({ ...state[i], name }));
  const scanned: Declaration[] = hasPairs
    ? [
        { name: body.emit("Identity", [p[0].name]), shape: [size], type },
        { name: body.emit("Identity", [q(body)[0]]), shape: [size], type },
        { name: joined(body, { ...now, kappa }, pathColumns), shape: [pathColumns.length], type: "float64" },
      ]
    : [];
  const loop = main.emitAll(
    "Loop",
    [
      main.scalar(2 ** 31, "int64"),
      main.constant([1], [], "bool"),
      ...[...s0, ...g, ...p0],
      // Where P is A, ‖p₀‖²_A = γ₀; everything else starts at zero.
      joined(
        main,
        { gamma: gamma0, decrease: zero, ss: zero, sp: zero, pp: hasPairs ? metric(main, s0, p0)[1] : gamma0 },
        carried,
      ),
      main.constant(
        decided.map(() => NaN),
        [decided.length],
        "float64",
      ),
      main.constant([0], [1], "int64"),
    ],
    state.length + scanned.length,
    { body: body.graph("steihaug", [iteration, condition, ...state], [again, ...after, ...scanned]) },
  );
  const blocks = shapes.length;
  const [sEnd, pEnd] = [loop.slice(0, blocks), loop.slice(2 * blocks, 3 * blocks)];
  const [tableEnd, decisionEnd, countEnd, ...path] = loop.slice(3 * blocks);
  const end = { ...split(main, tableEnd, carried), ...split(main, decisionEnd, decided) };

  // The sums anew.
  const [ss] = metric(main, sEnd, sEnd);
  const [sp, pp] = metric(main, sEnd, pEnd);
  // The positive root of ‖s + τp‖_A = Δ; s may lie beyond it by the drift of the recurrences.
  const room = main.emit("Max", [main.emit("Sub", [radius2, ss]), zero]);
  const root = main.emit("Sqrt", [main.emit("Add", [main.emit("Mul", [sp, sp]), main.emit("Mul", [pp, room])])]);
  const ahead = main.emit("Div", [room, main.emit("Add", [sp, root])]);
  const turning = main.emit("Div", [main.emit("Sub", [root, sp]), pp]);
  const boundary = main.emit("Where", [main.emit("Less", [sp, zero]), turning, ahead]);
  const stayedInside = all(main, [main.emit("Greater", [end.kappa, zero]), main.emit("Less", [end.ssNext, radius2])]);
  const length = main.emit("Where", [stayedInside, main.emit("Div", [end.gamma, end.kappa]), boundary]);
  // 0·κ is 0 where κ is finite.
  const hasCurvature = main.emit("Equal", [main.emit("Mul", [end.kappa, zero]), zero]);
  const tau = main.emit("Where", [hasCurvature, length, zero]);
  const step = each(main, "Add", sEnd, each(main, "Mul", pEnd, narrow(main, tau)));

  const products64 = main.emit("Cast", [countEnd], { to: typeCode("float64") });
  const statistics: Scalars<LoopStatistic> = { ...end, ss, sp, pp, tau, products: products64 };
  const outputs = [...step, ...pEnd].map((name, i) => ({ name, shape: shapes[i % blocks], type }));
  const last: Declaration = {
    name: joined(main, statistics, loopStatistics),
    shape: [loopStatistics.length],
    type: "float64",
  };
  const [scannedP, scannedBp, numbers] = path;
  const next = pairs?.next(pairValues, { p: scannedP, Bp: scannedBp, numbers }, countEnd, end.kappa);
  const pairOutputs: Declaration[] = next
    ? [
        { name: next.s, shape: undefined, type },
        { name: next.y, shape: undefined, type },
        { name: next.columns, shape: undefined, type: "float64" },
        { name: numbers, shape: undefined, type: "float64" },
      ]
    : [];
  return finishProgram(
    main,
    [...fixedInputs, ...gradientInputs, ...diagonalInputs, settingsInput, ...pairInputs],
    [...outputs, last, ...pairOutputs],
  );
}

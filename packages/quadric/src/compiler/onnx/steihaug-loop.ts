/**
 * A whole preconditioned Steihaug–Toint solve as one ONNX program: the curvature product and the recurrences of
 * subproblem/steihaug.ts inside a Loop.
 *
 *   q = Bp;  κ = ⟨p, q⟩;  α = γ/κ
 *   leave if κ is not finite, κ ≤ 0 or ‖s + αp‖²_A ≥ Δ²
 *   r⁺ = r + αq;  w = −A⁻¹r⁺;  γ⁺ = −⟨r⁺, w⟩
 *   leave if γ⁺ is not finite, the stopping rule holds, γ⁺ = 0 or the products are spent
 *   s⁺ = s + αp;  β = γ⁺/γ;  p⁺ = βp + w
 *
 * It leaves with s + τp, where τ = α inside the region, 0 without a finite curvature, else the way to the boundary; and with
 * p, along which the caller can cut the step for another radius (subproblem/fused-steihaug.ts).
 *
 * Vectors are float32 or float64 as the product is. Every sum runs in two levels: over the last axes in the vectors' type,
 * then in float64, as are all scalars. ‖s‖²_A, ⟨s, Ap⟩ and ‖p‖²_A follow their recurrences inside the loop and are summed
 * anew where it is left.
 */
import type { LoopSettings } from "../../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../../subproblem/solver.ts";
import { elementCount, type Graph, type Node } from "../graph.ts";
import { type LoopStatistic, loopExits, loopSettings, loopStatistics, travelsFlat } from "../steihaug-program.ts";
import {
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

/** Length of the rows in which a flat vector is summed in its own type. */
const rowLength = 512;

/**
 * @param product - (fixed…, v…) → Bv…, the last inputs being v.
 * Inputs of the model: fixed…, g blocks…, a blocks… in float64 where A = diag(a), settings. Outputs: s + τp blocks…, p blocks…, statistics.
 */
export function lowerSteihaugLoop(product: Graph, tensorCount: number, rule: StoppingRule): LoweredProgram {
  const fixed = product.inputs.slice(0, -tensorCount);
  const tensors = product.inputs.slice(-tensorCount);
  const type = tensors[0].dtype as "float32" | "float64";
  const size = tensors.reduce((total, { shape }) => total + elementCount(shape), 0);
  const flat = travelsFlat(size);
  // A flat vector is padded to whole rows inside the program.
  const padding = flat ? (rowLength - (size % rowLength)) % rowLength : 0;
  const outer = flat ? [[size]] : tensors.map(({ shape }) => shape);
  const inner = flat ? [[(size + padding) / rowLength, rowLength]] : outer;

  const main = makeEmitter();
  const declare = (shape: readonly number[], of: OnnxType): Declaration => ({ name: main.fresh(), shape, type: of });
  const fixedInputs = fixed.map(({ shape, dtype }) => declare(shape, dtype));
  const gradientInputs = outer.map((shape) => declare(shape, type));
  const diagonalInputs = outer.map((shape) => declare(shape, "float64"));
  const settingsInput = declare([loopSettings.length], "float64");

  /** A flat vector in rows, filled up at its end. */
  const inRows = (e: Emitter, pieces: readonly string[], fill: number, of: OnnxType = type): string => {
    const tail = padding > 0 ? [e.constant(new Float32Array(padding).fill(fill), [padding], of)] : [];
    const parts = [...pieces, ...tail];
    const whole = parts.length === 1 ? parts[0] : e.emit("Concat", parts, { axis: 0 });
    return e.emit("Reshape", [whole, e.integers(inner[0])]);
  };
  const enter = (inputs: readonly Declaration[], fill: number) =>
    inputs.map(({ name, type }) => (flat ? inRows(main, [name], fill, type) : name));

  const setting = Object.fromEntries(
    loopSettings.map((name, i) => [name, main.emit("Gather", [settingsInput.name, main.scalar(i, "int64")])]),
  ) as Record<keyof LoopSettings, string>;
  const radius2 = main.emit("Mul", [setting.radius, setting.radius]);
  const target = main.emit("Mul", [setting.stop, setting.gradientNorm]);

  /** Σ xᵢyᵢ over all blocks, in two levels. */
  const dot = (e: Emitter, x: readonly string[], y: readonly string[]): string =>
    inner
      .map(({ length: rank }, i) => {
        const axes = rank < 2 ? [0] : Array.from({ length: rank - 1 }, (_, axis) => axis + 1);
        const rows = e.emit("ReduceSum", [e.emit("Mul", [x[i], y[i]]), e.integers(axes)], { keepdims: 0 });
        const wide = type === "float64" ? rows : e.emit("Cast", [rows], { to: typeCode("float64") });
        return rank < 2 ? wide : e.emit("ReduceSum", [wide, e.integers([0])], { keepdims: 0 });
      })
      .reduce((a, b) => e.emit("Add", [a, b]));
  const each = (e: Emitter, op: string, x: readonly string[], y: readonly string[] | string): string[] =>
    x.map((name, i) => e.emit(op, [name, typeof y === "string" ? y : y[i]]));
  const narrow = (e: Emitter, scalar: string) =>
    type === "float64" ? scalar : e.emit("Cast", [scalar], { to: typeCode(type) });

  const zero = main.scalar(0, "float64");
  const exitCode = (e: Emitter, exit: (typeof loopExits)[number]) => e.scalar(loopExits.indexOf(exit), "float64");
  const minus = (e: Emitter, scalar: string) => e.emit("Neg", [scalar]);
  const g = enter(gradientInputs, 0);
  // −A⁻¹, as every use of it wants.
  const inverse = enter(diagonalInputs, 1).map((a) => main.emit("Div", [main.scalar(-1, type), narrow(main, a)]));
  const p0 = each(main, "Mul", g, inverse);
  const s0 = g.map((name) => main.emit("Mul", [name, main.scalar(0, type)]));
  const gamma0 = minus(main, dot(main, g, p0));

  // State: s…, r…, p…, then the statistics.
  type Scalars = Record<LoopStatistic, string>;
  const listed = (values: Scalars) => loopStatistics.map((key) => values[key]);
  const same = (e: Emitter, name: string) => e.emit("Identity", [name]);
  const body = makeEmitter(main);
  const iteration: Declaration = { name: main.fresh(), shape: [], type: "int64" };
  const goOn: Declaration = { name: main.fresh(), shape: [], type: "bool" };
  // r is left behind empty when the loop is left, so its shape is not declared.
  const [s, r, p] = [true, false, true].map((fixedShape) =>
    inner.map((shape): Declaration => ({ ...declare(shape, type), ...(!fixedShape && { shape: undefined }) })),
  );
  const before = loopStatistics.map(() => declare([], "float64"));
  const names = (list: readonly Declaration[]) => list.map(({ name }) => name);
  const now = Object.fromEntries(loopStatistics.map((key, i) => [key, before[i].name])) as Scalars;

  // p → Bp
  const toTensors = (e: Emitter, vector: readonly string[]): string[] => {
    if (!flat) return [...vector];
    const sizes = tensors.map(({ shape }) => elementCount(shape));
    const parts = [...sizes, ...(padding > 0 ? [padding] : [])];
    const whole = e.emit("Reshape", [vector[0], e.integers([size + padding])]);
    const pieces =
      parts.length === 1 ? [whole] : e.emitAll("Split", [whole, e.integers(parts)], parts.length, { axis: 0 });
    return tensors.map(({ shape }, i) => e.emit("Reshape", [pieces[i], e.integers(shape)]));
  };
  const toBlocks = (e: Emitter, list: readonly string[]): string[] => {
    if (!flat) return [...list];
    const pieces = list.map((name, i) => e.emit("Reshape", [name, e.integers([elementCount(tensors[i].shape)])]));
    return [inRows(e, pieces, 0)];
  };
  const pTensors = toTensors(body, names(p));
  const given = new Map<Node, string>([
    ...fixed.map((node, i) => [node, fixedInputs[i].name] as const),
    ...tensors.map((node, i) => [node, pTensors[i]] as const),
  ]);
  const q = toBlocks(body, lowerNodes(body, product.outputs, given));
  const kappa = dot(body, names(p), q);
  const alpha = body.emit("Div", [now.gamma, kappa]);
  const products = body.emit("Add", [now.products, body.scalar(1, "float64")]);
  // ss⁺ = ss + α(2·sp + α·pp)
  const twice = body.emit("Add", [now.sp, now.sp]);
  const growth = body.emit("Mul", [alpha, body.emit("Add", [twice, body.emit("Mul", [alpha, now.pp])])]);
  const ssNext = body.emit("Add", [now.ss, growth]);
  const bodyZero = body.scalar(0, "float64");
  const leaves = body.emit("Or", [
    body.emit("LessOrEqual", [kappa, bodyZero]),
    body.emit("GreaterOrEqual", [ssNext, radius2]),
  ]);
  const notFinite = (e: Emitter, x: string) =>
    e.emit("Not", [e.emit("Equal", [e.emit("Mul", [x, e.scalar(0, "float64")]), e.scalar(0, "float64")])]);
  const badCurvature = notFinite(body, kappa);
  const stops = body.emit("Or", [badCurvature, leaves]);

  /** The last state: s + τp in place of s, the sums anew, and no residual. */
  const finish = (e: Emitter, exit: string): string[] => {
    const As = each(e, "Div", names(s), inverse);
    const Ap = each(e, "Div", names(p), inverse);
    const ss = minus(e, dot(e, names(s), As));
    const sp = minus(e, dot(e, names(s), Ap));
    const pp = minus(e, dot(e, names(p), Ap));
    // The positive root of ‖s + τp‖_A = Δ; s may lie beyond it by the drift of the recurrences.
    const room = e.emit("Max", [e.emit("Sub", [radius2, ss]), e.scalar(0, "float64")]);
    const root = e.emit("Sqrt", [e.emit("Add", [e.emit("Mul", [sp, sp]), e.emit("Mul", [pp, room])])]);
    const boundary = e.emit("Div", [room, e.emit("Add", [sp, root])]);
    const isExit = (which: (typeof loopExits)[number]) => e.emit("Equal", [exit, exitCode(e, which)]);
    const inside = e.emit("Where", [isExit("nonfinite-curvature"), e.scalar(0, "float64"), alpha]);
    const tau = e.emit("Where", [isExit("direction"), boundary, inside]);
    const step = each(e, "Add", names(s), each(e, "Mul", names(p), narrow(e, tau)));
    const values: Scalars = {
      gamma: same(e, now.gamma),
      kappa: same(e, kappa),
      decrease: same(e, now.decrease),
      products: same(e, products),
      ss,
      sp,
      pp,
      tau,
      exit,
    };
    return [
      ...step,
      ...names(r).map(() => e.emit("ConstantOfShape", [e.integers([0])], { value: zeroOf(type) })),
      ...names(p).map((name) => same(e, name)),
      ...listed(values),
    ];
  };
  const leave = makeEmitter(body);
  const left = finish(
    leave,
    leave.emit("Where", [badCurvature, exitCode(leave, "nonfinite-curvature"), exitCode(leave, "direction")]),
  );

  const update = makeEmitter(body);
  const alphaV = narrow(update, alpha);
  const rNext = each(update, "Add", names(r), each(update, "Mul", q, alphaV));
  const w = each(update, "Mul", rNext, inverse);
  const gammaNext = minus(update, dot(update, rNext, w));
  const gain = update.emit("Mul", [update.emit("Mul", [alpha, now.gamma]), update.scalar(0.5, "float64")]);
  const small =
    rule === "residual"
      ? update.emit("LessOrEqual", [update.emit("Sqrt", [dot(update, rNext, rNext)]), target])
      : update.emit("And", [
          update.emit("Greater", [products, update.scalar(1, "float64")]),
          update.emit("LessOrEqual", [gain, update.emit("Mul", [setting.stop, now.decrease])]),
        ]);
  const spent = update.emit("GreaterOrEqual", [products, setting.maxProducts]);
  const done = update.emit("Or", [small, update.emit("Equal", [gammaNext, update.scalar(0, "float64")])]);
  const orElse = (condition: string, which: (typeof loopExits)[number], otherwise: string) =>
    update.emit("Where", [condition, exitCode(update, which), otherwise]);
  const finite = orElse(done, "interior", orElse(spent, "max-products", exitCode(update, "none")));
  const exit = orElse(notFinite(update, gammaNext), "nonfinite-residual", finite);
  const moves = update.emit("Equal", [exit, exitCode(update, "none")]);

  const stay = makeEmitter(update);
  const stayed = finish(stay, same(stay, exit));
  const move = makeEmitter(update);
  const sNext = each(move, "Add", names(s), each(move, "Mul", names(p), alphaV));
  const beta = move.emit("Div", [gammaNext, now.gamma]);
  const pNext = each(move, "Add", each(move, "Mul", names(p), narrow(move, beta)), w);
  // sp⁺ = β(sp + α·pp), pp⁺ = γ⁺ + β²·pp
  const spNext = move.emit("Mul", [beta, move.emit("Add", [now.sp, move.emit("Mul", [alpha, now.pp])])]);
  const ppNext = move.emit("Add", [gammaNext, move.emit("Mul", [move.emit("Mul", [beta, beta]), now.pp])]);
  const moved = [
    ...sNext,
    ...rNext.map((name) => same(move, name)),
    ...pNext,
    ...listed({
      gamma: same(move, gammaNext),
      kappa: same(move, kappa),
      decrease: move.emit("Add", [now.decrease, gain]),
      products: same(move, products),
      ss: same(move, ssNext),
      sp: spNext,
      pp: ppNext,
      tau: same(move, alpha),
      exit: same(move, exit),
    }),
  ];

  const state = [...s, ...r, ...p, ...before];
  const declared = (list: readonly string[]) => list.map((name, i) => ({ ...state[i], name }));
  const updated = update.emitAll("If", [moves], state.length, {
    then_branch: move.graph("move", [], declared(moved)),
    else_branch: stay.graph("stay", [], declared(stayed)),
  });
  const next = body.emitAll("If", [stops], state.length, {
    then_branch: leave.graph("leave", [], declared(left)),
    else_branch: update.graph("update", [], declared(updated)),
  });
  const count = inner.length;
  const exitNext = next[3 * count + loopStatistics.indexOf("exit")];
  const goes = body.emit("Equal", [exitNext, exitCode(body, "none")]);
  const again: Declaration = { name: goes, shape: [], type: "bool" };
  const loop = main.emitAll(
    "Loop",
    [
      main.scalar(2 ** 31, "int64"),
      main.constant([1], [], "bool"),
      ...[...s0, ...g, ...p0],
      // p₀ = −A⁻¹g, so that ‖p₀‖²_A = γ₀; everything else starts at zero.
      ...loopStatistics.map((key) => (key === "gamma" || key === "pp" ? gamma0 : zero)),
    ],
    state.length,
    { body: body.graph("steihaug", [iteration, goOn, ...state], [again, ...declared(next)]) },
  );
  const [sEnd, pEnd] = [loop.slice(0, count), loop.slice(2 * count, 3 * count)];
  const row = main.integers([1]);
  const table = main.emit(
    "Concat",
    loop.slice(3 * count).map((scalar) => main.emit("Reshape", [scalar, row])),
    { axis: 0 },
  );
  const leaveProgram = (list: readonly string[]) =>
    flat
      ? list.map((name) =>
          main.emit("Slice", [
            main.emit("Reshape", [name, main.integers([size + padding])]),
            main.integers([0]),
            main.integers([size]),
          ]),
        )
      : list;
  const vectors = [...leaveProgram(sEnd), ...leaveProgram(pEnd)];
  const outputs = vectors.map((name, i) => ({ name, shape: outer[i % outer.length], type }));
  return finishProgram(
    main,
    [...fixedInputs, ...gradientInputs, ...diagonalInputs, settingsInput],
    [...outputs, { name: table, shape: [loopStatistics.length], type: "float64" }],
  );
}

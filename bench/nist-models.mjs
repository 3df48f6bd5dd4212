/**
 * The models of NIST's nonlinear regressions in jax-js: (parameters, columns of x) => values. Any array may be used
 * again through `.ref`.
 */
import { numpy as np } from "@jax-js/jax";

const times = (a, b) => a.ref.mul(b.ref);
const polynomial = (coefficients, x) => {
  const [first, ...rest] = coefficients.toReversed();
  return rest.reduce((sum, c) => sum.mul(x.ref).add(c.ref), first.ref);
};
const withOne = (b) => [np.ones([], { dtype: b[0].dtype }), ...b];
const rise = ([b1, b2], [x]) => b1.ref.mul(np.subtract(1, np.exp(times(b2, x).neg())));
const chwirut = ([b1, b2, b3], [x]) => np.exp(times(b1, x).neg()).div(b2.ref.add(times(b3, x)));
const bell = (b, centre, width, x) => b.ref.mul(np.exp(np.square(x.ref.sub(centre.ref).div(width.ref)).neg()));
const gauss = ([b1, b2, b3, b4, b5, b6, b7, b8], [x]) =>
  b1.ref
    .mul(np.exp(times(b2, x).neg()))
    .add(bell(b3, b4, b5, x))
    .add(bell(b6, b7, b8, x));
const decay = (b, rate, x) => b.ref.mul(np.exp(times(rate, x).neg()));
const lanczos = ([b1, b2, b3, b4, b5, b6], [x]) =>
  decay(b1, b2, x)
    .add(decay(b3, b4, x))
    .add(decay(b5, b6, x));
const cubics = (b, [x]) => polynomial(b.slice(0, 4), x).div(polynomial(withOne(b.slice(4)), x));
const wave = (cosine, sine, phase) => cosine.ref.mul(np.cos(phase.ref)).add(sine.ref.mul(np.sin(phase)));
export const models = {
  Bennett5: ([b1, b2, b3], [x]) => b1.ref.mul(np.power(b2.ref.add(x.ref), np.reciprocal(b3.ref).neg())),
  BoxBOD: rise,
  Chwirut1: chwirut,
  Chwirut2: chwirut,
  DanWood: ([b1, b2], [x]) => b1.ref.mul(np.power(x.ref, b2.ref)),
  ENSO: ([b1, b2, b3, b4, b5, b6, b7, b8, b9], [x]) => {
    const turns = x.ref.mul(2 * Math.PI);
    return b1.ref
      .add(wave(b2, b3, turns.ref.div(12)))
      .add(wave(b5, b6, turns.ref.div(b4.ref)))
      .add(wave(b8, b9, turns.div(b7.ref)));
  },
  Eckerle4: ([b1, b2, b3], [x]) => b1.ref.div(b2.ref).mul(np.exp(np.square(x.ref.sub(b3.ref).div(b2.ref)).mul(-0.5))),
  Gauss1: gauss,
  Gauss2: gauss,
  Gauss3: gauss,
  Hahn1: cubics,
  Kirby2: (b, [x]) => polynomial(b.slice(0, 3), x).div(polynomial(withOne(b.slice(3)), x)),
  Lanczos1: lanczos,
  Lanczos2: lanczos,
  Lanczos3: lanczos,
  MGH09: ([b1, b2, b3, b4], [x]) =>
    b1.ref.mul(times(x, x).add(times(x, b2))).div(times(x, x).add(times(x, b3)).add(b4.ref)),
  MGH10: ([b1, b2, b3], [x]) => b1.ref.mul(np.exp(b2.ref.div(x.ref.add(b3.ref)))),
  MGH17: ([b1, b2, b3, b4, b5], [x]) => b1.ref.add(decay(b2, b4, x)).add(decay(b3, b5, x)),
  Misra1a: rise,
  Misra1b: ([b1, b2], [x]) => b1.ref.mul(np.subtract(1, np.reciprocal(np.square(np.add(1, times(b2, x).mul(0.5)))))),
  Misra1c: ([b1, b2], [x]) => b1.ref.mul(np.subtract(1, np.reciprocal(np.sqrt(np.add(1, times(b2, x).mul(2)))))),
  Misra1d: ([b1, b2], [x]) =>
    times(b1, b2)
      .mul(x.ref)
      .div(np.add(1, times(b2, x))),
  Nelson: ([b1, b2, b3], [x1, x2]) => b1.ref.sub(times(b2, x1).mul(np.exp(times(b3, x2).neg()))),
  Rat42: ([b1, b2, b3], [x]) => b1.ref.div(np.add(1, np.exp(b2.ref.sub(times(b3, x))))),
  Rat43: ([b1, b2, b3, b4], [x]) =>
    b1.ref.div(np.power(np.add(1, np.exp(b2.ref.sub(times(b3, x)))), np.reciprocal(b4.ref))),
  Roszman1: ([b1, b2, b3, b4], [x]) =>
    b1.ref.sub(times(b2, x)).sub(np.arctan(b3.ref.div(x.ref.sub(b4.ref))).div(Math.PI)),
  Thurber: cubics,
};

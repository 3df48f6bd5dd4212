/** Recurrent models of series, words and letters. */
import { sentences, waves } from "./data.mjs";
import { bce, cce, mse, tools } from "./tools.mjs";

export const sequences = {
  simpleRNN(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 300, 12);
    return {
      model: t.sequential(t.L.simpleRNN({ units: 12, inputShape: [12, 1] }), t.L.dense({ units: 1 })),
      x,
      y: next,
      loss: mse,
    };
  },
  lstm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 300, 12);
    return {
      model: t.sequential(t.L.lstm({ units: 12, inputShape: [12, 1] }), t.L.dense({ units: 1 })),
      x,
      y: next,
      loss: mse,
    };
  },
  gru(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 300, 12);
    return {
      model: t.sequential(t.L.gru({ units: 12, inputShape: [12, 1] }), t.L.dense({ units: 1 })),
      x,
      y: next,
      loss: mse,
    };
  },
  stackedLstm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, next } = waves(t, 200, 10);
    return {
      model: t.sequential(
        t.L.lstm({ units: 8, returnSequences: true, inputShape: [10, 1] }),
        t.L.lstm({ units: 8 }),
        t.L.dense({ units: 1 }),
      ),
      x,
      y: next,
      loss: mse,
    };
  },
  bidirectional(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = waves(t, 200, 10);
    return {
      model: t.sequential(
        t.L.bidirectional({ layer: t.L.gru({ units: 6 }), inputShape: [10, 1] }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([200, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  sequence(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, shifted } = waves(t, 200, 12);
    return {
      model: t.sequential(
        t.L.simpleRNN({ units: 12, returnSequences: true, inputShape: [12, 1] }),
        t.L.timeDistributed({ layer: t.L.dense({ units: 1 }) }),
      ),
      x,
      y: shifted,
      loss: mse,
    };
  },
  sentiment(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = sentences(t, 500, 12, 40);
    return {
      model: t.sequential(
        t.L.embedding({ inputDim: 40, outputDim: 8, inputLength: 12, inputShape: [12] }),
        t.L.globalAveragePooling1d({}),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([500, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  sentimentLstm(tf, tfl) {
    const t = tools(tf, tfl);
    const { x, labels } = sentences(t, 300, 10, 30);
    return {
      model: t.sequential(
        t.L.embedding({ inputDim: 30, outputDim: 6, maskZero: true, inputShape: [10] }),
        t.L.lstm({ units: 8 }),
        t.L.dense({ units: 1, activation: "sigmoid" }),
      ),
      x,
      y: t.tensor([300, 1], (i) => labels[i]),
      loss: bce,
    };
  },
  addition(tf, tfl) {
    const t = tools(tf, tfl);
    const n = 400;
    const pairs = Array.from({ length: n }, () => [t.random.below(20), t.random.below(20)]);
    const symbols = "0123456789+ ";
    const encode = (texts, length) =>
      t.tensor([n, length, symbols.length], (k) => {
        const [i, at, s] = [
          Math.floor(k / (length * symbols.length)),
          Math.floor(k / symbols.length) % length,
          k % symbols.length,
        ];
        return Number(symbols.indexOf(texts[i].padEnd(length)[at]) === s);
      });
    const [questions, answers] = [pairs.map(([a, b]) => `${a}+${b}`), pairs.map(([a, b]) => `${a + b}`)];
    return {
      model: t.sequential(
        t.L.simpleRNN({ units: 24, inputShape: [5, 12] }),
        t.L.repeatVector({ n: 2 }),
        t.L.simpleRNN({ units: 24, returnSequences: true }),
        t.L.timeDistributed({ layer: t.L.dense({ units: 12, activation: "softmax" }) }),
      ),
      x: encode(questions, 5),
      y: encode(answers, 2),
      loss: cce,
    };
  },
  characters(tf, tfl) {
    const t = tools(tf, tfl);
    const text =
      "the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs on and on over the hills ".repeat(
        4,
      );
    const symbols = [...new Set(text)];
    const [n, length] = [300, 8];
    const x = t.tensor([n, length, symbols.length], (k) => {
      const [i, at, s] = [
        Math.floor(k / (length * symbols.length)),
        Math.floor(k / symbols.length) % length,
        k % symbols.length,
      ];
      return Number(symbols[s] === text[i + at]);
    });
    const y = t.oneHot(
      Array.from({ length: n }, (_, i) => symbols.indexOf(text[i + length])),
      symbols.length,
    );
    return {
      model: t.sequential(
        t.L.lstm({ units: 16, inputShape: [length, symbols.length] }),
        t.L.dense({ units: symbols.length, activation: "softmax" }),
      ),
      x,
      y,
      loss: cce,
    };
  },
};

/**
 * Models as people build them with TensorFlow.js, with data of our own: of every kind of layer.
 *
 * Each kind is a function of (tf, tfl) that returns `{ model, x, y, loss }`; the same seed gives the same weights and
 * data.
 */
import { images } from "./images.mjs";
import { sequences } from "./sequences.mjs";
import { tables } from "./tables.mjs";

export const kinds = { ...tables, ...images, ...sequences };

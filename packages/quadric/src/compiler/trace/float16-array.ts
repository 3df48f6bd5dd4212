/**
 * Gives `globalThis` a class `Float16Array` if it has none, which Node before 24 has not: jax-js 0.1.25 names the class
 * when it is given float64 data, and then throws. Nothing ever makes one. Imported for this effect alone.
 */
if (!("Float16Array" in globalThis)) Object.assign(globalThis, { Float16Array: class Float16Array {} });

export {};

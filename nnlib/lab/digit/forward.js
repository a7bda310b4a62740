/* The forward pass of nnlib, in the order of its formulas: each layer adds up, then bends. */

/**
 * @typedef {{ sizes: number[], activations: string[], theta: ArrayLike<number> }} Net
 * @typedef {{ Z: number[][], H: number[][] }} Pass what each layer adds up and outputs; index 0 of H is the input
 */

/** @type {Record<string, (z: number) => number>} */
const BENDS = {
  identity: (z) => z,
  sigmoid: (z) => (z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z))),
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
  leaky_relu: (z) => (z > 0 ? z : 0.01 * z),
  step: (z) => (z >= 0 ? 1 : 0),
};

/** @param {number[]} z */
const softmaxOf = (z) => {
  const top = Math.max(...z);
  const powers = z.map((v) => Math.exp(v - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((e) => e / sum);
};

/**
 * One sample through all layers. θ has for each layer its weights, a row for each input, and then its biases.
 * @param {Net} net
 * @param {number[]} x
 * @returns {Pass}
 */
export const passOf = ({ sizes, activations, theta }, x) => {
  /** @type {Pass} */
  const pass = { Z: [[]], H: [x] };
  let at = 0;
  activations.forEach((name, l) => {
    const [inputs, units] = [sizes[l], sizes[l + 1]];
    const z = Array.from({ length: units }, (_, j) => {
      let sum = theta[at + inputs * units + j];
      for (let i = 0; i < inputs; i++) sum += pass.H[l][i] * theta[at + i * units + j];
      return sum;
    });
    at += (inputs + 1) * units;
    pass.Z.push(z);
    pass.H.push(name === 'softmax' ? softmaxOf(z) : z.map(BENDS[name]));
  });
  return pass;
};

/** @param {string} base64 of float64 numbers, the last byte of each the highest */
export const numbersOf = (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 8 }, (_, k) => view.getFloat64(8 * k, true));
};

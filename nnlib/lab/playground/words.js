/* Words and numbers of the playground's panel: how it writes a number, names a unit and says what a unit computes. */

/**
 * A whole number below the line.
 * @param {number} n
 */
export const sub = (n) => String(n).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]);

/**
 * A number in three digits, as the panel writes it.
 * @param {number | null} x
 */
export const say = (x) => {
  if (x === null) return 'all';
  if (!Number.isFinite(x)) return Number.isNaN(x) ? '–' : x < 0 ? '−∞' : '∞';
  const far = x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e4);
  return (far ? x.toExponential(1).replace('+', '') : String(Number(x.toPrecision(3)))).replaceAll('-', '−');
};

/** @param {number} x a share */
export const percent = (x) => (Number.isNaN(x) ? '–' : `${+(100 * x).toFixed(1)}%`);

/**
 * The size of a weight in a formula: two decimals, or two digits where that would say 0.00.
 * @param {number} x
 */
const sizeOf = (x) => {
  const size = Math.abs(x);
  if (size === 0) return '0';
  if (size >= 100 || size < 0.001) return say(size);
  return size < 0.01 ? size.toPrecision(2) : size.toFixed(2);
};

/**
 * A unit by its whole name: an input, h₂ of layer 1, y.
 * @param {{ sizes: number[], unit: (layer: number, index: number) => { name: string } }} run
 * @param {number} layer
 * @param {number} index
 */
export const unitName = (run, layer, index) => {
  const { name } = run.unit(layer, index);
  return layer && layer < run.sizes.length - 1 ? `${name} of layer ${layer}` : name;
};

/**
 * Weights times what comes in, plus a bias: all of four terms, of more the three largest.
 * @param {ArrayLike<number>} weights
 * @param {string[]} names of what comes in
 * @param {number} bias
 */
export const sumOf = (weights, names, bias) => {
  const terms = Array.from(weights, (weight, i) => ({ weight, name: names[i], i }));
  const largest = terms.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 3);
  const shown = terms.length > 4 ? largest.toSorted((a, b) => a.i - b.i) : terms;
  const more = terms.length - shown.length;
  /** @type {[number, string][]} */
  const parts = shown.map(({ weight, name }) => [weight, `${sizeOf(weight)} ${name}`]);
  if (more) parts.push([1, `… (${more} more)`]);
  parts.push([bias, sizeOf(bias)]);
  return parts
    .map(([value, text], k) => (k ? (value < 0 ? ` − ${text}` : ` + ${text}`) : value < 0 ? `−${text}` : text))
    .join('');
};

/**
 * What a unit computes, as a formula.
 * @param {any} run
 * @param {number} layer
 * @param {number} index
 */
export const formulaOf = (run, layer, index) => {
  const { weights, bias, activation, inputs } = run.unit(layer, index);
  const name = unitName(run, layer, index);
  if (!layer) return `${name}, an input`;
  const sum = sumOf(weights, inputs, bias);
  const from = layer > 1 ? `, with h of layer ${layer - 1}` : '';
  if (activation === 'identity') return `${name} = ${sum}${from}`;
  if (activation === 'softmax') return `${name} = softmax(z)${sub(index + 1)}, z${sub(index + 1)} = ${sum}${from}`;
  return `${name} = ${activation.replace('_', ' ')}(${sum})${from}`;
};

/**
 * What was turned during a run, in a sentence.
 * @param {import('./experiment.js').Told} told
 * @param {import('./experiment.js').Change[]} changes
 */
export const turnedNotice = (told, changes) => {
  const turned = changes.map(([epoch, name, value]) => {
    const label = told.knobs[name].label.split(' ').at(-1);
    return `${name === 'batch_size' ? 'batch size' : label} = ${say(value)} after epoch ${epoch}`;
  });
  return turned.length ? `Turned during the run: ${turned.join(', ')}.` : '';
};

/**
 * Which units are dead, in a sentence for each layer that has some.
 * @param {[layer: number, unit: number][]} dead
 * @param {number[]} sizes units of each layer
 */
export const deathNotice = (dead, sizes) =>
  sizes
    .map((n, layer) => [layer, n, dead.filter(([l]) => l === layer).length])
    .filter(([, , count]) => count)
    .map(([layer, n, count]) => {
      const who = `${count} of ${n} ${n > 1 ? 'units' : 'unit'} of layer ${layer}`;
      return `${who} ${count > 1 ? 'are' : 'is'} dead: 0 for every training point.`;
    })
    .join(' ');

/**
 * The weights and biases that lead to a layer, in rows.
 * @param {{ W: Float64Array, b: Float64Array }} parameters
 * @param {number} l the layer they lead to, less one
 */
export const tableOf = ({ W, b }, l) => {
  /** @param {Iterable<number>} v */
  const line = (v) => Array.from(v, (x) => x.toFixed(4).replace('-', '−').padStart(9)).join('');
  const n = b.length;
  const rows = Array.from({ length: W.length / n }, (_, i) => line(W.subarray(i * n, i * n + n)));
  return [`W${sub(l + 1)}`, ...rows, `b${sub(l + 1)}`, line(b)].join('\n');
};

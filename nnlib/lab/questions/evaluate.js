/* What a formula is worth at a point: its shape by the names of sizes, and its entries. */

import { Unread } from './grammar.js';

/**
 * @typedef {import('./grammar.js').Tree} Tree
 *
 * A number, a vector or a matrix: its entries row by row.
 * @typedef {{ shape: string[], data: number[] }} Value
 *
 * Values of all symbols. A size has its value among them, or under its name here.
 * @typedef {{ values: Record<string, Value>, sizes: Record<string, number> }} Point
 */

/** @param {string[]} shape */
export const shapeText = (shape) =>
  shape.length ? `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})` : 'one number';

/** The shape of both entry by entry, as NumPy has it; none if they do not fit. @param {string[]} a @param {string[]} b */
const together = (a, b) => {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return short.every((size, i) => size === long[long.length - short.length + i]) ? long : undefined;
};

/** The shape of a product of matrices, none if they do not fit. @param {string[]} a @param {string[]} b */
const ofProduct = (a, b) => (a.at(-1) === b[0] ? [...a.slice(0, -1), ...b.slice(1)] : undefined);

/** @type {Record<string, (x: number, y: number) => number>} */
const FUNCTION_OF = {
  ...{ exp: Math.exp, ln: Math.log, sqrt: Math.sqrt, tanh: Math.tanh, abs: Math.abs, max: Math.max },
  σ: (z) => 1 / (1 + Math.exp(-z)),
  neg: (x) => -x,
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  each: (x, y) => x * y,
  '/': (x, y) => x / y,
  '^': (x, y) => x ** y,
};

/**
 * The value of a formula at a point; throws Unread where shapes do not fit.
 * @param {Tree} tree
 * @param {Point} point
 * @param {string} [typed] its text
 * @returns {Value}
 */
export const valueOf = (tree, point, typed = '') => {
  const { op, of, n, name, from, to } = tree;
  /** @param {Tree} part */
  const said = (part) => `“${typed.slice(part.from, part.to).trim()}”`;
  /** @param {string} words @returns {never} */
  const misfit = (words) => {
    throw new Unread(words, from, to);
  };
  const { m } = point.sizes;
  if (op === 'num') return { shape: [], data: [n] };
  if (op === 'sym') return point.values[name];
  // A 1 that is transposed is the row of ones that adds over the samples.
  if (op === 'T' && of[0].op === 'num' && of[0].n === 1 && m) return { shape: ['1', 'm'], data: Array(m).fill(1) };
  const parts = of.map((part) => valueOf(part, point, typed));
  if (op === 'list') return { shape: of.map(() => ''), data: parts.flatMap(({ data }) => data) };
  const [a, b] = parts;
  const columns = point.sizes[a.shape[1]] ?? 1;
  const rows = a.data.length / columns;
  if (op === 'T') {
    const at = (/** @type {number} */ i) => a.data[(i % rows) * columns + Math.floor(i / rows)];
    return a.shape.length < 2 ? a : { shape: a.shape.toReversed(), data: a.data.map((_, i) => at(i)) };
  }
  if (name === 'sum' || name === 'mean') {
    if (!a.shape.length) misfit(`${name} adds over the samples, and ${said(of[0])} is one number.`);
    const isOfRows = n === 1 && a.shape.length > 1;
    const data = Array(isOfRows ? rows : columns).fill(0);
    const count = name === 'sum' ? 1 : a.data.length / data.length;
    a.data.forEach((x, i) => (data[isOfRows ? Math.floor(i / columns) : i % columns] += x / count));
    return { shape: isOfRows ? a.shape.slice(0, 1) : a.shape.slice(1), data };
  }
  const are = b && `${said(of[0])} is ${shapeText(a.shape)} and ${said(of[1])} is ${shapeText(b.shape)}`;
  const entries = b && together(a.shape, b.shape);
  if (op === 'times' && a.shape.length && b.shape.length) {
    const shape = ofProduct(a.shape, b.shape);
    if (!shape) {
      const [left, right] = [a.shape, b.shape];
      const fits = ofProduct(left.toReversed(), right) ?? ofProduct(left, right.toReversed()) ?? ofProduct(right, left);
      const remedy = fits ? ' Transpose one of them, or look at their order.' : '';
      const needed = `their product needs ${left.at(-1)} = ${right[0]}`;
      return misfit(`${are}: ${needed}.${remedy}${entries ? ' Entry by entry is * or ⊙.' : ''}`);
    }
    const inner = point.sizes[b.shape[0]] ?? 1;
    const wide = b.data.length / inner;
    const data = Array.from({ length: (a.data.length / inner) * wide }, (_, i) => {
      let entry = 0;
      for (let k = 0; k < inner; k++) entry += a.data[Math.floor(i / wide) * inner + k] * b.data[k * wide + (i % wide)];
      return entry;
    });
    return { shape, data };
  }
  const f = FUNCTION_OF[op === 'call' ? name : op === 'times' ? 'each' : op];
  if (!b) return { ...a, data: a.data.map((x) => f(x, 0)) };
  if (!entries) {
    const sign = { each: '⊙', '^': 'A power', '-': '−', call: name }[/** @type {string} */ (op)] ?? op;
    const product = op === 'each' && ofProduct(a.shape, b.shape) ? ' The product of matrices is @.' : '';
    return misfit(`${sign} goes entry by entry, and ${are}.${product}`);
  }
  const length = Math.max(a.data.length, b.data.length);
  const pair = (/** @type {number} */ i) => f(a.data[i % a.data.length], b.data[i % b.data.length]);
  return { shape: entries, data: Array.from({ length }, (_, i) => pair(i)) };
};

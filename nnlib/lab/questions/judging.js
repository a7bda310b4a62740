/* Is a formula the right one? It has to be worth the same at random points; and six usual mistakes are known by what they
   are worth: another sign, a missing transpose, a missing or a second 1/m, a missing slope, a sum for a mean (and a mean
   for a sum), a batch that was forgotten. */

import { escaped } from '../markup.js';
import { shapeText, valueOf } from './evaluate.js';
import { treeOf, Unread } from './grammar.js';

/**
 * @typedef {import('./grammar.js').Tree} Tree
 * @typedef {import('./evaluate.js').Value} Value
 * @typedef {import('./evaluate.js').Point} Point
 *
 * A question as the page is told it. `answer` and the formulas of the mistakes are written as a reader would; `slopes`
 * are factors of the answer that people forget.
 * @typedef {{ id: string, kind: 'formula', form?: 'shape', symbols: import('./grammar.js').Symbols, answer: string,
 *   slopes?: string[], right: string, wrong: string, mistakes?: { formula: string, feedback: string }[] }} Formula
 */

const POINTS = 12;
// In which there have to be so many points that have a value.
const SEEDS = 400;
const CLOSE = 1e-9;

/** Numbers from 0 to 1, the same on every machine (mulberry32). @param {number} seed */
const drawn = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
  return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
};

/**
 * Random values of all symbols: all sizes differ, so that no wrong product runs by accident.
 * @param {Formula} question
 * @param {number} seed
 */
export const pointOf = ({ symbols }, seed) => {
  const random = drawn(seed * 7919);
  const free = [2, 3, 4, 5, 6, 7, 8, 9];
  /** @type {Point} */
  const point = { values: {}, sizes: {} };
  const { values, sizes } = point;
  for (const [name, { shape = [], range: [low, high] = [-2, 2], whole, size, is }] of Object.entries(symbols)) {
    for (const each of size ? [name] : shape) sizes[each] ??= free.splice(Math.floor(random() * free.length), 1)[0];
    const [from, to] = whole ? [whole[0], whole[1] + 1] : [low, high];
    const entry = () => from + random() * (to - from);
    const length = shape.reduce((all, each) => all * sizes[each], 1);
    const data = Array.from({ length }, () => (size ? sizes[name] : whole ? Math.floor(entry()) : entry()));
    values[name] = is ? valueOf(treeOf(is, symbols), point) : { shape, data };
  }
  return point;
};

/**
 * Points at which a formula has a value, with these values.
 * @param {Formula} question
 * @param {Tree} tree
 */
export const pointsFor = (question, tree) => {
  const found = [];
  for (let seed = 1; seed < SEEDS && found.length < POINTS; seed++) {
    const point = pointOf(question, seed);
    const value = valueOf(tree, point);
    if (value.data.every(Number.isFinite)) found.push({ point, value });
  }
  return found;
};

/** Are the entries a those of b, times a factor, but for rounding? @param {Value} a @param {Value} b @param {number} factor */
const areSame = (a, b, factor) => {
  const largest = Math.max(...b.data.map((x) => Math.abs(x * factor)));
  return a.data.length === b.data.length && a.data.every((x, i) => Math.abs(x - factor * b.data[i]) <= CLOSE * largest);
};

/** All trees that a change at one place makes. @param {Tree} tree @param {(part: Tree) => Tree[]} change @returns {Tree[]} */
const changed = (tree, change) => [
  ...change(tree),
  ...tree.of.flatMap((part, i) => changed(part, change).map((other) => ({ ...tree, of: tree.of.with(i, other) }))),
];

/**
 * A mistake: what it is worth, as a formula and a factor before it, and what to say of it.
 * @typedef {[Tree, (m: number) => number, string]} Mistake
 *
 * @param {Formula} question
 * @param {Tree} right
 * @returns {Mistake[]} the first that fits is said
 */
const usualMistakes = ({ symbols, slopes = [] }, right) => {
  const once = () => 1;
  /** @param {string} from @param {(part: Tree) => Tree} to @param {string} words @returns {Mistake[]} */
  const sums = (from, to, words) =>
    changed(right, (part) => (part.op === 'call' && from.includes(part.name) ? [to(part)] : [])).map((tree) => [
      tree,
      once,
      words,
    ]);
  const noSlope = 'A factor is missing: the slope of the activation.';
  /** @type {Mistake[]} */
  const found = [
    ...sums('sum', (part) => ({ ...part, name: 'mean' }), 'You took the mean over the samples; asked is their sum.'),
    ...sums('mean', (part) => ({ ...part, name: 'sum' }), 'You took the sum over the samples; asked is their mean.'),
    ...sums('sum mean', (part) => part.of[0], 'This has a row for each sample. Asked is their sum.'),
    ...slopes.map(
      (text) => /** @type {Mistake} */ ([{ ...right, op: '/', of: [right, treeOf(text, symbols)] }, once, noSlope]),
    ),
  ];
  if (symbols.m)
    found.push(
      [right, (m) => m, 'This is m times what is asked: a 1/m is missing.'],
      [right, (m) => 1 / m, 'Asked is m times this: there is one 1/m too many.'],
    );
  const signed = found.map(([tree, factor, words]) => {
    const other = (/** @type {number} */ m) => -factor(m);
    return /** @type {Mistake} */ ([tree, other, `${words} And the sign is not right.`]);
  });
  return [[right, () => -1, 'The size is right, the sign is not.'], ...found, ...signed];
};

/** What is said here, with what was typed, as HTML. @param {string} text */
const asHtml = (text) =>
  text.replace(/“[^”]*”|([^“]+)/g, (all, ours) =>
    ours ? escaped(ours).replace(/\b([A-Za-z])_(\w+)/g, '<var>$1</var><sub>$2</sub>') : escaped(all),
  );

/**
 * A formula that can be read here, and is not the answer.
 * @param {Formula} question
 */
export const exampleFor = ({ symbols, form }) => {
  const names = Object.keys(symbols);
  const [a, b = a] = names;
  const matrix = names.find((name) => symbols[name].shape?.[1]);
  return form ? `(2·${a}, ${b} + 1)` : matrix ? `2 ${matrix}^T / 3` : `3·${a}^2 / (1 + ${b})`;
};

/**
 * A typed formula: its tree, or why there is none, in words and with a mark at the place, both as HTML.
 * @template Found
 * @param {string} typed
 * @param {() => Found} read
 * @returns {{ found: Found, words?: undefined, shown?: undefined } | { found?: undefined, words: string, shown: string }}
 */
const reading = (typed, read) => {
  try {
    return { found: read() };
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const { message, from, to } = error;
    const [before, there, after] = [typed.slice(0, from), typed.slice(from, to), typed.slice(to)].map(escaped);
    return { words: asHtml(message), shown: `<code>${before}<mark>${there || '‸'}</mark>${after}</code>` };
  }
};

/** @param {Formula} question @param {string} typed */
export const readFormula = ({ symbols, form }, typed) => reading(typed, () => treeOf(typed, symbols, Boolean(form)));

/**
 * @param {Formula} question
 * @param {string} typed
 * @returns {import('./quiz.js').Verdict}
 */
export const judgeFormula = (question, typed) => {
  const { symbols, form, mistakes = [], right, wrong } = question;
  if (!typed.trim()) return { right: null, reply: 'Type a formula first.', kept: false };
  const { found: tree, words, shown } = readFormula(question, typed);
  if (!tree) return { right: null, reply: `${words}\n${shown}\nWrite it like ${exampleFor(question)}.`, kept: false };

  const wanted = treeOf(question.answer, symbols, Boolean(form));
  const points = pointsFor(question, wanted);
  /** @param {string} reply */
  const no = (reply) => ({ right: false, reply, kept: true });
  const { found: given, ...misfit } = reading(typed, () => points.map(({ point }) => valueOf(tree, point, typed)));
  if (!given) return no(`${misfit.words}\n${misfit.shown}`);

  const shape = shapeText(given[0].shape);
  /** @param {Tree} other @param {(m: number) => number} [factor] */
  const has = (other, factor = () => 1) =>
    points.every(({ point }, i) => areSame(given[i], valueOf(other, point), factor(point.sizes.m)));
  /** @param {Tree} other @param {(m: number) => number} [factor] */
  const is = (other, factor) => shapeText(valueOf(other, points[0].point).shape) === shape && has(other, factor);

  // The row of ones times something, (1, S) where (S,) is asked.
  const isRow = given[0].shape[0] === '1';
  if (is(wanted) || (isRow && has(wanted))) return { right: true, reply: right, kept: true };
  const listed = mistakes.find(({ formula }) => is(treeOf(formula, symbols, Boolean(form))));
  if (listed) return no(listed.feedback);
  if (form) {
    const turned = { ...wanted, of: wanted.of.toReversed() };
    return no(is(turned) ? 'The sizes are right, their order is not.' : wrong);
  }
  const asked = shapeText(points[0].value.shape);
  const shapes = asHtml(`yours is ${shape}, asked is ${asked}`);
  if (is({ ...wanted, op: 'T', of: [wanted] }))
    return no(`The numbers are right, they lie the other way: ${shapes}. Transpose it.`);
  if (has(wanted)) return no(`The numbers are right, their shape is not: ${shapes}.`);
  const usual = usualMistakes(question, wanted).find(([other, factor]) => is(other, factor));
  if (usual) return no(usual[2]);
  if (shape !== asked) return no(`The shape does not fit: ${shapes}.\n${wrong}`);
  const isWhole = given.every(({ data }) => data.every(Number.isFinite));
  return no((isWhole ? '' : 'At some values it divides by 0, or takes ln of a number below 0.\n') + wrong);
};

/* A formula as mathematics, with the brackets that it needs, and as words that can be said. */

import { valueOf } from './evaluate.js';
import { GREEK, mapOf, tokensOf } from './grammar.js';

/**
 * @typedef {import('./grammar.js').Tree} Tree
 * @typedef {import('./evaluate.js').Point} Point
 */

/**
 * A name: its letter, its index, what is behind.
 * @param {string} name
 */
const partsOfName = (name) => {
  const found = name.match(/^(∂?[A-Za-zα-ωΑ-Ω]+?)_?((?<=_)\w+|\d+)?(['′]*)$/) ?? [];
  const [, letter = name, index = '', marks = ''] = found;
  return { letter, index, marks: marks.replaceAll("'", '′') };
};

/** @param {string} text */
const row = (text) => `<mrow>${text}</mrow>`;
/** @param {string} sign @param {string} [apart] the space on both sides */
const mo = (sign, apart) => `<mo${apart ? ` lspace="${apart}" rspace="${apart}"` : ''}>${sign}</mo>`;
/** Brackets are as large as a fraction in them. @param {string} inside */
const bracketed = (inside) => {
  const size = inside.includes('<mfrac') ? '' : ' stretchy="false"';
  return row(`<mo${size}>(</mo>${inside}<mo${size}>)</mo>`);
};

/** @param {string} name */
const symbol = (name) => {
  const { letter, index, marks } = partsOfName(name);
  const base = index ? `<msub><mi>${letter}</mi><mi>${index}</mi></msub>` : `<mi>${letter}</mi>`;
  return marks ? `<msup>${base}<mo>${marks}</mo></msup>` : base;
};

/** How tightly a formula holds together. A fraction needs no brackets, unless something stands above it. */
const HOLDS = { list: 0, '+': 1, '-': 1, neg: 2, each: 3, times: 3, '/': 4, '^': 4, T: 4, call: 5, num: 5, sym: 5 };

/**
 * MathML of a formula.
 * @param {Tree} tree
 * @param {Point} point to know what is a number
 * @returns {string}
 */
export const setFormula = (tree, point) => {
  /** @param {Tree} part */
  const isNumber = (part) => {
    try {
      return !valueOf(part, point).shape.length;
    } catch {
      return false;
    }
  };
  /** @param {Tree} part @param {number} needed */
  const inside = (part, needed) => (HOLDS[part.op] < needed ? bracketed : String)(write(part));
  /** @param {Tree} part @returns {string} */
  const write = ({ op, of, n, name }) => {
    const [a, b] = of;
    switch (op) {
      case 'num':
        return `<mn>${name}</mn>`;
      case 'sym':
        return symbol(name);
      case 'neg':
        return row('<mo form="prefix">−</mo>' + inside(a, 4));
      case 'T':
        return `<msup>${row(inside(a, 5))}<mi mathvariant="normal">⊤</mi></msup>`;
      case '^':
        return `<msup>${row(inside(a, 5))}${row(write(b))}</msup>`;
      case '/':
        return `<mfrac>${row(write(a))}${row(write(b))}</mfrac>`;
      case '+':
      case '-':
        return row(inside(a, 1) + mo(op === '+' ? op : '−') + inside(b, 3));
      case 'list':
        return bracketed(of.map(write).join(mo(',')) + (b ? '' : mo(',')));
      case 'call': {
        if (name === 'sqrt') return `<msqrt>${write(a)}</msqrt>`;
        const all = [...of.map(write), ...(n ? [`<mtext>axis=${n}</mtext>`] : [])];
        return row(`<mi mathvariant="normal">${name}</mi>${bracketed(all.join(mo(',')))}`);
      }
    }
    const isPlain = isNumber(a) || isNumber(b);
    // A B ⊙ C is plainer as (A B) ⊙ C.
    const isMixed = !isPlain && a.op !== op;
    const right = inside(b, 4);
    // 2 2 would be 22.
    const isDigit = /^[\d.¼-¾⅐-⅞]/.test(right.replace(/<[^>]*>/g, ''));
    const sign = op === 'each' && !isPlain ? mo('⊙', '.2em') : isDigit ? mo('·', '.2em') : mo('\u2062', '.08em');
    return row(inside(a, isMixed ? 4 : 2) + sign + right);
  };
  return write(tree);
};

const SAID = mapOf(
  '+:plus -:minus *:times ·:times @:times ⊙:times /:over ^:to turn:transposed (:open [:open {:open ):close ]:close }:close',
);

/**
 * A formula that can be read, in words.
 * @param {string} typed
 * @param {import('./grammar.js').Symbols} symbols
 * @param {boolean} isShape
 */
export const sayFormula = (typed, symbols, isShape) => {
  const words = tokensOf(typed, symbols, isShape).map(({ type, name, n }) => {
    if (type === 'power') return n === 2 ? 'squared' : `to ${n}`;
    const { letter, index, marks } = partsOfName(name || type);
    const greek = [...GREEK].find((pair) => pair[1] === letter);
    return `${greek?.[0] ?? SAID.get(letter) ?? letter} ${index}${marks && 'prime'}`.trim();
  });
  return words.join(' ');
};

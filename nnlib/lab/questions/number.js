/* The numbers that people type, and what they are told: every question that asks for a number reads it here.

   A number is a sign or none, digits, an exponent or none and a percent sign or none (−6.91, 2.5e−6, 25 %); or one of
   these over another, without percent (1/4, −1/−4), or a fraction that is one character (½).
   Sign      + and every dash there is, as keyboards and papers differ: - ‐ ‑ ‒ – — ― − ﹘ ﹣ － ¯, in exponents too.
   Digits    A point or a comma before the decimals (0.25, 0,25, .5, 5.). Groups of three, parted by a space of any kind,
             an apostrophe, an underscore (12 289, 12’289, 12_289), a comma (12,289.5; in India 1,60,000) or a point
             (12.289,5). Before decimals a group never begins with 0.
   Exponent  e−6, E-6, ×10^-6, ·10⁻⁶, *10**-6, x 10^{-6}; such a power stands alone, too (10⁻⁶).
   One comma or one point before just three digits is read in both ways, 12,289 as 12289 and as 12.289, and the better
   one for the reader counts. Full-width characters are what they look like; spaces around signs say nothing.
   Nothing else is a number: no word, no Infinity, nothing hexadecimal, nothing too large or too small for a float. */

import { escaped } from '../markup.js';

/**
 * One reading of a text: the number, the place of its last digit (10^place), its percent sign and its exponent as they
 * were typed. A fraction has none of these.
 * @typedef {{ x: number, place?: number, percent?: string, power?: string }} Reading
 *
 * @typedef {{ kind: 'number', answer: number, tolerance: number, right: string, wrong: string,
 *   mistakes?: { value: number, tolerance?: number, feedback: string }[] }} OneNumber
 * @typedef {{ kind: 'interval', low: number, high: number, low_closed: boolean, high_closed: boolean,
 *   tolerance?: number, right: string, wrong: string, mistakes?: { low: number, high: number, tolerance?: number, feedback: string }[] }} TwoEnds
 * @typedef {OneNumber | TwoEnds} Typed
 */

/* ---- reading ---- */

const SIGNED_NUMBER = /^([-+]?)(?:([\d.,_]+)(?:(?:e|\*10\^|\*10(?=[-+]))([-+]?\d+))?|10\^([-+]?\d+))(%?)$/i;
const PLAIN = /^(\d*|[1-9]\d{0,2}(?:_\d{3})+)(?:[.,]((?:\d{3}_)*\d+)?)?$/;
const GROUPS_BY_COMMA = /^[1-9](\d{0,2}(,\d{3})+|\d?(,\d\d)+,\d{3})(\.\d*)?$/;
const GROUPS_BY_POINT = /^[1-9]\d{0,2}(\.\d{3})+(,\d*)?$/;

/**
 * The readings of a number that is no fraction, in the spelling that `nnNumbers` gives it.
 * @param {string} text
 * @returns {Reading[]}
 */
const nnTerm = (text) => {
  const match = text.match(SIGNED_NUMBER);
  if (!match) return [];
  const [, sign, digits = '1', exponent, exponentAlone, percent] = match;
  const power = exponent ?? exponentAlone;
  const parts = []; // of each reading the digits before the point, and those behind it
  const plain = digits.match(PLAIN);
  if (plain && /\d/.test(digits)) parts.push([plain[1], plain[2]]);
  if (GROUPS_BY_COMMA.test(digits)) parts.push(digits.replace(/,/g, '').split('.'));
  if (GROUPS_BY_POINT.test(digits)) parts.push(digits.replace(/\./g, '').split(','));
  const readings = parts.map(([before, behind = '']) => {
    const whole = before.replace(/_/g, '');
    const decimals = behind.replace(/_/g, '');
    const shift = Number(power ?? 0) - (percent ? 2 : 0);
    return { x: Number(`${sign}${whole}.${decimals}e${shift}`), place: shift - decimals.length, percent, power };
  });
  const isZero = !/[1-9]/.test(digits);
  return readings.filter(({ x }) => Number.isFinite(x) && (x || isZero));
};

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻';

/**
 * A text in one spelling: - + / * ^ % e for all their likes, _ between groups of digits, ½ as 1/2.
 * @param {string} text
 */
const spelledPlainly = (text) =>
  text
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069]/g, '') // nobody sees them
    .trim()
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[‐-―−⁃﹘﹣¯˗]/g, '-')
    .replace(/﹢/g, '+')
    .replace(/﹪/g, '%')
    .replace(/[⁰¹²³⁴-⁻]+/g, (raised) => '^' + [...raised].map((c) => '0123456789+-'[SUPERSCRIPTS.indexOf(c)]).join(''))
    .replace(/\s*([-+/⁄∕÷x×·⋅∙•*^%e(){}])\s*/gi, '$1')
    .replace(/^([-+]?)([¼-¾⅐-⅞])$/, (_, sign, fraction) => sign + fraction.normalize('NFKD'))
    .replace(/[⁄∕÷]/g, '/')
    .replace(/\*\*|\^+/g, '^')
    .replace(/[x×·⋅∙•]/gi, '*')
    .replace(/\^[({]([-+]?\d+)[)}]/g, '^$1')
    .replace(/\s+|['‘’ʼ`´′]/g, '_');

/**
 * What a text can be read as: no, one or two numbers, four for a fraction.
 * @param {string} text
 * @returns {Reading[]}
 */
export const nnNumbers = (text) => {
  const plain = spelledPlainly(text);
  const parts = plain.split('/');
  if (parts.length === 1) return nnTerm(plain);
  if (parts.length > 2 || plain.includes('%')) return [];
  const [over, under] = parts.map(nnTerm);
  const quotients = over.flatMap((a) => under.map((b) => ({ x: a.x / b.x })));
  return quotients.filter(({ x }) => Number.isFinite(x));
};

/* ---- judging ---- */

const COUNTS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
/* What arithmetic in floats may add to a difference. */
const ROUNDING = 1e-12;

/**
 * The exponent of a number's first digit, of `digits` digits.
 * @param {number} x
 * @param {number} [digits]
 */
const exponentOf = (x, digits) => Number(x.toExponential(digits).split('e')[1]);

/**
 * The right number rounded to the digits that were typed, the first one of it at least, says "right so far" and how many
 * digits the tolerance needs; anything else says nothing. A half may be rounded both ways, as the number in the file may
 * be rounded itself. (exercise.py has the same rule for numbers that are passed in Python.)
 * @param {Reading} typed
 * @param {number} right
 * @param {number} tolerance
 * @param {string} what the number is, where there is more than one
 */
const nnShort = (typed, right, tolerance, what) => {
  const place = Math.min(typed.place ?? NaN, exponentOf(right));
  if (!typed.x || !(Math.abs(typed.x - right) <= 0.5 * 10 ** place * (1 + 1e-9))) return '';
  let digits = 1;
  while (digits < 17 && Math.abs(Number(right.toPrecision(digits)) - right) > tolerance * (1 + ROUNDING)) digits++;
  const decimals = digits - 1 - exponentOf(right, digits - 1) - (typed.percent ? 2 : 0);
  const inAll = Boolean(typed.power) || decimals < 1; // such a number is not told of its decimals
  const count = inAll ? digits : decimals;
  const where = inAll ? '' : ' after the point';
  return `Right so far: give ${what}${COUNTS[count - 1] ?? count} digit${count > 1 ? 's' : ''}${where}.`;
};

/**
 * What to say about a typed answer: [is it right? (null: that is open), the words, was it a number?].
 * @param {Typed} question
 * @param {any} typed the text; for an interval four: how its ends are closed, and the ends
 * @returns {[boolean | null, string, true?]}
 */
export const nnJudge = (question, typed) => {
  const isInterval = question.kind === 'interval';
  /** @type {string[]} */
  const texts = isInterval ? typed.slice(2) : [typed];
  const readings = texts.map(nnNumbers);
  const bad = texts.find((text, i) => text.trim() && !readings[i].length);
  if (bad !== undefined)
    return [null, `“${escaped(bad)}” is not a number here. Write it like 0.25, 1/4, −3 or 2.5e−6.`];
  if (!readings.every((found) => found.length))
    return [null, isInterval ? 'Type two numbers, for example −0.5 and 1/4.' : 'Type a number first.'];

  /** Every way to read what was typed: one number, or two. */
  const given = isInterval
    ? readings[0].flatMap((low) => readings[1].map((high) => [low, high]))
    : readings[0].map((reading) => [reading]);
  const slack = isInterval ? 1e-9 : question.tolerance;
  const wanted = isInterval ? [question.low, question.high] : [question.answer];
  /** @type {{ numbers: number[], tolerance: number, feedback: string }[]} */
  const mistakes = (question.mistakes ?? []).map((mistake) => ({
    numbers: 'value' in mistake ? [mistake.value] : [mistake.low, mistake.high],
    tolerance: mistake.tolerance || slack,
    feedback: mistake.feedback,
  }));
  /**
   * @param {number} x
   * @param {number} y
   * @param {number} tolerance
   */
  const near = (x, y, tolerance) => Math.abs(x - y) <= tolerance * (1 + ROUNDING);
  /**
   * @param {number[]} numbers
   * @param {number} tolerance
   */
  const isGiven = (numbers, tolerance) =>
    given.some((reading) => numbers.every((number, i) => near(reading[i].x, number, tolerance)));

  if (isGiven(wanted, question.tolerance || slack)) {
    if (!isInterval) return [true, question.right, true];
    const closedAlike = (typed[0] === '[') === !!question.low_closed && (typed[1] === ']') === !!question.high_closed;
    return closedAlike
      ? [true, question.right, true]
      : [false, 'The numbers are right. Look at the ends again: does each belong to the interval?', true];
  }
  const told = mistakes.find(({ numbers, tolerance }) => isGiven(numbers, tolerance))?.feedback;
  for (const reading of given) {
    if (isInterval && reading[0].x >= reading[1].x) continue;
    /** For each number nothing if it is right, what it lacks if it is right so far, null if it is wrong. */
    const lacks = wanted.map((number, i) => {
      if (near(reading[i].x, number, slack)) return '';
      const what = isInterval ? `the ${['lower', 'upper'][i]} end with ` : '';
      return nnShort(reading[i], number, slack, what) || null;
    });
    if (lacks.includes(null)) continue;
    return [null, lacks.find(Boolean) + (told ? `\nIf you have not rounded: ${told}` : ''), true];
  }
  return [false, told ?? question.wrong, true];
};

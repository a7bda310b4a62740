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
const nnTerm = text => {
  const m = text.match(/^([-+]?)(?:([\d.,_]+)(?:(?:e|\*10\^|\*10(?=[-+]))([-+]?\d+))?|10\^([-+]?\d+))(%?)$/i);
  if (!m) return [];
  const [, sign, digits = '1', power, alone, percent] = m, found = [];
  const plain = digits.match(/^(\d*|[1-9]\d{0,2}(?:_\d{3})+)(?:[.,]((?:\d{3}_)*\d+)?)?$/);
  if (plain && /\d/.test(digits)) found.push([plain[1], plain[2]]);
  if (/^[1-9](\d{0,2}(,\d{3})+|\d?(,\d\d)+,\d{3})(\.\d*)?$/.test(digits)) found.push(digits.replace(/,/g, '').split('.'));
  if (/^[1-9]\d{0,2}(\.\d{3})+(,\d*)?$/.test(digits)) found.push(digits.replace(/\./g, '').split(','));
  return found.map(([whole, decimals = '']) => {
    const exponent = (power ?? alone ?? 0) - (percent ? 2 : 0), f = decimals.replace(/_/g, '');
    return {x: +`${sign}${whole.replace(/_/g, '')}.${f}e${exponent}`, place: exponent - f.length, percent,
      power: power ?? alone};
  }).filter(r => Number.isFinite(r.x) && (r.x || !/[1-9]/.test(digits)));
};

/* What a text can be read as: no, one or two numbers x, each with the place of its last digit (10^place). */
const nnNumbers = text => {
  const t = text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069]/g, '').trim()
    .replace(/[！-～]/g, c => String.fromCharCode(c.charCodeAt() - 0xfee0))
    .replace(/[‐-―−⁃﹘﹣¯˗]/g, '-').replace(/﹢/g, '+').replace(/﹪/g, '%')
    .replace(/[⁰¹²³⁴-⁻]+/g, s => '^' + [...s].map(c => '0123456789+-'['⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻'.indexOf(c)]).join(''))
    .replace(/\s*([-+/⁄∕÷x×·⋅∙•*^%e(){}])\s*/gi, '$1')
    .replace(/^([-+]?)([¼-¾⅐-⅞])$/, (_, sign, c) => sign + c.normalize('NFKD'))
    .replace(/[⁄∕÷]/g, '/').replace(/\*\*|\^+/g, '^').replace(/[x×·⋅∙•]/gi, '*').replace(/\^[({]([-+]?\d+)[)}]/g, '^$1')
    .replace(/\s+|['‘’ʼ`´′]/g, '_');
  const parts = t.split('/');
  if (parts.length === 1) return nnTerm(t);
  if (parts.length > 2 || t.includes('%')) return [];
  const [over, under] = parts.map(nnTerm);
  return over.flatMap(a => under.map(b => ({x: a.x / b.x}))).filter(r => Number.isFinite(r.x));
};

/* The right number rounded to the digits that were typed, the first one of it at least, says "right so far" and how many
   digits the tolerance needs; anything else says nothing. A half may be rounded both ways, as the number in the file may
   be rounded itself. (exercise.py has the same rule for numbers that are passed in Python.) */
const nnShort = (r, right, tolerance, what = '') => {
  const first = right.toExponential().split('e')[1];
  if (!r.x || !(Math.abs(r.x - right) <= 0.5 * 10 ** Math.min(r.place, first) * (1 + 1e-9))) return '';
  let n = 1;
  while (n < 17 && Math.abs(right.toPrecision(n) - right) > tolerance * (1 + 1e-12)) n++;
  const after = n - 1 - right.toExponential(n - 1).split('e')[1] - (r.percent ? 2 : 0), whole = r.power || after < 1;
  const count = whole ? n : after, words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  return `Right so far: give ${what}${words[count - 1] ?? count} digit${count > 1 ? 's' : ''}${whole ? '' : ' after the point'}.`;
};

/* What to say about a typed answer to a question of kind number or interval: [right?, text, was it a number?]. */
const nnJudge = (q, typed) => {
  const ends = q.kind === 'interval', texts = ends ? typed.slice(2) : [typed], read = texts.map(nnNumbers);
  const bad = texts.find((t, i) => t.trim() && !read[i].length);
  if (bad !== undefined) return [null, `“${bad}” is not a number here. Write it like 0.25, 1/4, −3 or 2.5e−6.`];
  if (!read.every(r => r.length)) return [null, ends ? 'Type two numbers, for example −0.5 and 1/4.' : 'Type a number first.'];
  const near = (x, y, t) => Math.abs(x - y) <= t * (1 + 1e-12), slack = ends ? 1e-9 : q.tolerance;
  const given = ends ? read[0].flatMap(a => read[1].map(b => [a, b])) : read[0].map(r => [r]);
  const wanted = m => ends ? [m.low, m.high] : [m === q ? q.answer : m.value];
  const same = m => given.some(g => wanted(m).every((y, i) => near(g[i].x, y, m.tolerance || slack)));
  if (same(q)) return !ends || (typed[0] === '[') === !!q.low_closed && (typed[1] === ']') === !!q.high_closed ? [true, q.right, true]
    : [false, 'The numbers are right. Look at the ends again: does each belong to the interval?', true];
  const told = (q.mistakes || []).find(same)?.feedback;
  for (const g of given) {
    const short = wanted(q).map((y, i) => near(g[i].x, y, slack) ? '' :
      nnShort(g[i], y, slack, ends ? `the ${['lower', 'upper'][i]} end with ` : '') || null);
    if (short.includes(null) || ends && g[0].x >= g[1].x) continue;
    return [null, short.find(Boolean) + (told ? '\nIf you have not rounded: ' + told : ''), true];
  }
  return [false, told ?? q.wrong, true];
};

if (typeof module !== 'undefined') module.exports = {nnNumbers, nnJudge};

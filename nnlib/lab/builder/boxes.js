/* The network that boxes are: a box from `left` to `right` is two sigmoid units, one that climbs at its left edge and one
   that climbs at its right edge, with its height and minus its height as their weights to the output. */

/**
 * @typedef {{ left: number, right: number, height: number }} Box
 * @typedef {{ w: number, b: number, v: number }} Unit
 * @typedef {{ curve: number, place: number, boxes: Box[] }} State the curve and the steepness by their places
 * @typedef {'left' | 'right' | 'height' | 'whole'} Part
 */

/** How far an edge goes, how high a box is at most, and how narrow it is at least. */
export const REACH = 1.2;
export const HIGHEST = 1.3;
export const NARROWEST = 0.02;

/** @param {number} z */
const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/**
 * The hidden units of boxes, two for each, with the weight that leads from each to the output.
 * @param {Box[]} boxes
 * @param {number} w how steep they are
 * @returns {Unit[]}
 */
export const unitsOf = (boxes, w) =>
  boxes.flatMap(({ left, right, height }) => [
    { w, b: -w * left, v: height },
    { w, b: -w * right, v: -height },
  ]);

/**
 * What the network outputs at x.
 * @param {Unit[]} units
 * @param {number} x
 */
export const outputAt = (units, x) => units.reduce((sum, { w, b, v }) => sum + v * sigmoid(w * x + b), 0);

/**
 * The mean of the squared gaps between outputs and targets.
 * @param {number[]} outputs
 * @param {number[]} targets
 */
export const meanSquare = (outputs, targets) =>
  outputs.reduce((sum, y, i) => sum + (y - targets[i]) ** 2, 0) / outputs.length;

/**
 * @param {number[]} u
 * @param {number[]} v
 */
const dot = (u, v) => u.reduce((sum, x, i) => sum + x * v[i], 0);

/**
 * The heights for which the mean square is smallest, the edges being what they are. Column by column, the one with most
 * left first, each freed of those before it, twice because once leaves rounding. A box that adds nothing new stays flat.
 * @param {Box[]} boxes
 * @param {number} w
 * @param {number[]} xs
 * @param {number[]} targets
 */
export const leastSquares = (boxes, w, xs, targets) => {
  const columns = boxes.map((box) => xs.map((x) => outputAt(unitsOf([{ ...box, height: 1 }], w), x)));
  const most = Math.max(...columns.map((column) => dot(column, column)));
  /** @type {{ k: number, q: number[], r: number[] }[]} */
  const taken = [];
  for (const rest = new Set(columns.keys()); rest.size;) {
    const freed = [...rest].map((k) => {
      let q = columns[k];
      const r = taken.map(() => 0);
      for (let turn = 0; turn < 2; turn++) {
        taken.forEach((other, i) => {
          const share = dot(other.q, q);
          r[i] += share;
          q = q.map((x, j) => x - share * other.q[j]);
        });
      }
      return { k, q, r, size: dot(q, q) };
    });
    const { k, q, r, size } = freed.reduce((a, b) => (b.size > a.size ? b : a));
    if (!(size > 1e-18 * most)) break;
    const length = Math.sqrt(size);
    taken.push({ k, q: q.map((x) => x / length), r: [...r, length] });
    rest.delete(k);
  }
  const heights = boxes.map(() => 0);
  for (let i = taken.length - 1; i >= 0; i--) {
    const later = taken.slice(i + 1).reduce((sum, { k, r }) => sum + r[i] * heights[k], 0);
    heights[taken[i].k] = (dot(taken[i].q, targets) - later) / taken[i].r[i];
  }
  return heights;
};

/**
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
const within = (x, low, high) => Math.min(Math.max(x, low), high);

/** @param {number} x in hundredths, which is how finely everything moves */
const hundredths = (x) => Math.round(100 * x) / 100;

/**
 * A box with one part moved as far as it goes: an edge, its height, or the whole of it sideways by its left edge.
 * @param {Box} box
 * @param {Part} part
 * @param {number} value
 * @returns {Box}
 */
export const moved = (box, part, value) => {
  const x = hundredths(value);
  if (part === 'left') return { ...box, left: hundredths(within(x, -REACH, box.right - NARROWEST)) };
  if (part === 'right') return { ...box, right: hundredths(within(x, box.left + NARROWEST, REACH)) };
  if (part === 'height') return { ...box, height: within(x, -HIGHEST, HIGHEST) };
  const width = box.right - box.left;
  const left = hundredths(within(x, -REACH, REACH - width));
  return { ...box, left, right: hundredths(left + width) };
};

/**
 * A state in the page's address: whole numbers with points between them.
 * @param {State} state
 */
export const settingOf = ({ curve, place, boxes }) =>
  [curve, place, ...boxes.flatMap(({ left, right, height }) => [left, right, height].map((x) => Math.round(100 * x)))]
    .map((x) => x + 0)
    .join('.');

/**
 * The state that an address asks for; what is missing or no number stays as it is, what is too far is brought back.
 * @param {string} setting
 * @param {State} state
 * @param {number[]} counts how many curves and how many places of the slider there are
 * @returns {State}
 */
export const stateOf = (setting, state, counts) => {
  const given = setting.split('.').map((text) => (text.trim() ? Number(text) : NaN));
  const at = (i, before) => (Number.isFinite(given[i]) ? given[i] : before);
  const place = (i, before) => Math.round(within(at(i, before), 0, counts[i] - 1));
  const boxes = state.boxes.map((box, k) => {
    const [left, right, height] = ['left', 'right', 'height'].map(
      (part, i) => at(2 + 3 * k + i, 100 * box[part]) / 100,
    );
    const low = moved({ left: -REACH, right: REACH, height: 0 }, 'left', left);
    return moved(moved(low, 'right', right), 'height', height);
  });
  return { curve: place(0, state.curve), place: place(1, state.place), boxes };
};

/**
 * A number with a real minus sign and at most this many decimals.
 * @param {number} x
 * @param {number} decimals
 */
export const said = (x, decimals = 2) => {
  const text = String(Number(x.toFixed(decimals)));
  return (text === '-0' ? '0' : text).replace('-', '−');
};

/**
 * A number in three digits.
 * @param {number} x
 */
export const three = (x) => String(Number(x.toPrecision(3))).replace('-', '−');

/**
 * A hidden unit as a formula.
 * @param {Unit} unit
 */
export const formulaOf = ({ w, b }) => {
  const size = said(Math.abs(b));
  return `σ(${said(w)}x${size === '0' ? '' : b < 0 ? ` − ${size}` : ` + ${size}`})`;
};

/**
 * What a box is, in a sentence.
 * @param {Box} box
 * @param {number} k which one it is
 * @param {number} w
 */
export const boxInWords = (box, k, w) => {
  const [up, down] = unitsOf([box], w);
  const middle = outputAt([up, down], (box.left + box.right) / 2);
  return (
    `Box ${k + 1}, from ${said(box.left)} to ${said(box.right)}: units ${formulaOf(up)} and ${formulaOf(down)} with the ` +
    `output weights ${said(up.v)} and ${said(down.v)}. At its middle it is ${said(middle, 3)} high.`
  );
};

/* A network with two inputs, three hidden units and one output, and the line that each hidden unit draws.

   A unit's line stands across its arrow: `turn` is where the arrow points, in degrees from the first axis, and `shift`
   is how far along it the line lies from the origin. The side that the arrow points to is lit. */

/**
 * A setting: of each hidden unit its line and the weight of what it outputs; the output's bias; what hidden units are,
 * and how steep.
 * @typedef {{ turn: number[], shift: number[], weight: number[], bias: number, unit: string, steep: number }} Setting
 *
 * Points of the plane, the first coordinate of each and the second, and the class of each.
 * @typedef {{ x: number[], y: number[], label: number[] }} Points
 */

export const REACH = 1.5; // the plane goes from −REACH to REACH, to the right and up

/** @param {number} degrees */
const radians = (degrees) => (degrees * Math.PI) / 180;

/**
 * A function of two inputs: what a hidden unit outputs.
 * @param {Setting} setting
 * @param {number} k which unit
 */
export const unitOf = ({ turn, shift, unit, steep }, k) => {
  const w1 = steep * Math.cos(radians(turn[k]));
  const w2 = steep * Math.sin(radians(turn[k]));
  const b = -steep * shift[k];
  /** @param {number} z */
  const g = unit === 'step' ? (z) => (z >= 0 ? 1 : 0) : (z) => 1 / (1 + Math.exp(-z));
  return (/** @type {number} */ x1, /** @type {number} */ x2) => g(w1 * x1 + w2 * x2 + b);
};

/**
 * A function of two inputs: the weighted sum of what the hidden units output, plus the bias.
 * @param {Setting} setting
 */
export const sumOf = (setting) => {
  const units = setting.turn.map((_, k) => unitOf(setting, k));
  return (/** @type {number} */ x1, /** @type {number} */ x2) =>
    units.reduce((sum, unit, k) => sum + setting.weight[k] * unit(x1, x2), 0) + setting.bias;
};

/**
 * How finely a setting is kept in the page's address: what each of its numbers is multiplied by, its least, its most.
 * @type {Record<string, [number, number, number]>}
 */
const KEPT = {
  steep: [1, 1, 20],
  bias: [10, -4, 4],
  turn: [1, 0, 359],
  shift: [100, -REACH, REACH],
  weight: [10, -2, 2],
};

/**
 * A setting in the page's address: whole numbers with points between them, the places of two menus before them.
 * @param {number[]} places of the points and of the kind of unit
 * @param {Setting} setting
 */
export const settingOf = (places, setting) =>
  [...places, ...Object.entries(KEPT).flatMap(([name, [fine]]) => [setting[name]].flat().map((v) => fine * v))]
    .map((v) => Math.round(v) + 0)
    .join('.');

/**
 * What an address asks for; what is missing or no number stays as it was, what is too far is brought back.
 * @param {string} text
 * @param {number[]} places
 * @param {Setting} setting
 * @param {number[]} counts how many choices each menu has
 * @returns {{ places: number[], setting: Setting }}
 */
export const stateOf = (text, places, setting, counts) => {
  const given = text.split('.').map((part) => (part.trim() ? Number(part) : NaN));
  let next = 0;
  const take = (/** @type {number} */ before, [fine, least, most]) => {
    const value = given[next++];
    return Number.isFinite(value) ? Math.max(least, Math.min(most, Math.round(value) / fine)) : before;
  };
  const chosen = places.map((place, i) => take(place, [1, 0, counts[i] - 1]));
  const found = Object.entries(KEPT).map(([name, how]) => {
    const before = setting[name];
    return [name, Array.isArray(before) ? before.map((v) => take(v, how)) : take(before, how)];
  });
  return { places: chosen, setting: { ...setting, ...Object.fromEntries(found) } };
};

/**
 * How many points lie on their side: class 1 where the sum is at least 0.
 * @param {Setting} setting
 * @param {Points} points
 */
export const rightOf = (setting, { x, y, label }) => {
  const sum = sumOf(setting);
  return label.filter((t, i) => sum(x[i], y[i]) >= 0 === (t === 1)).length;
};

/**
 * The largest size that the sum can have, from which on its color is full.
 * @param {Setting} setting
 */
export const mostOf = ({ weight, bias }) => {
  const part = (/** @type {(w: number) => number} */ take) => weight.reduce((sum, w) => sum + take(w), bias);
  return Math.max(Math.abs(part((w) => Math.max(w, 0))), Math.abs(part((w) => Math.min(w, 0))), 1e-9);
};

/**
 * The foot of a line: its point that is nearest to the origin.
 * @param {number} turn
 * @param {number} shift
 */
export const footOf = (turn, shift) => [shift * Math.cos(radians(turn)), shift * Math.sin(radians(turn))];

/**
 * The line with that foot. Of its two sides the one is lit whose arrow is nearer to the arrow of before, so that a line
 * which is moved across the origin keeps its lit side.
 * @param {number} x1
 * @param {number} x2
 * @param {number} before where the arrow pointed
 * @returns {{ turn: number, shift: number }}
 */
export const lineOf = (x1, x2, before) => {
  const far = Math.hypot(x1, x2);
  if (far < 0.03) return { turn: before, shift: 0 }; // so near, the foot says nothing of a direction
  const turn = (Math.atan2(x2, x1) * 180) / Math.PI;
  const apart = Math.abs(((turn - before + 540) % 360) - 180);
  const [way, shift] = apart > 90 ? [turn + 180, -far] : [turn, far];
  return {
    turn: (Math.round(way) + 360) % 360,
    shift: Math.round(100 * Math.max(-REACH, Math.min(REACH, shift))) / 100,
  };
};

/**
 * A number as it is written: a minus sign, and no sign before 0.
 * @param {number} value
 * @param {number} places
 */
export const written = (value, places) => {
  const text = value.toFixed(places);
  return Number(text) === 0 ? (0).toFixed(places) : text.replace('-', '−');
};

/**
 * The sum at a point, term by term.
 * @param {Setting} setting
 * @param {number} x1
 * @param {number} x2
 */
export const spelled = (setting, x1, x2) => {
  const signed = (/** @type {number} */ v) => (v < 0 ? '− ' : '+ ') + written(Math.abs(v), 1);
  const places = setting.unit === 'step' ? 0 : 2;
  const terms = setting.weight.map((w, k) => `${signed(w)} · ${written(unitOf(setting, k)(x1, x2), places)}`);
  const all = `${terms.join(' ')} ${signed(setting.bias)}`.replace(/^\+ /, '').replace(/^− /, '−');
  return `${all} = ${written(sumOf(setting)(x1, x2), 2)}`;
};

/* Boxes under the reader's hand: nnBuilder(element) for an element as builder.py writes it. */

import { followAddress, keepSettings, settingsOf } from '../address.js';
import { aloudIn } from '../aloud.js';
import { button, make, options } from '../playground/dom.js';
import {
  boxInWords,
  formulaOf,
  leastSquares,
  meanSquare,
  moved,
  outputAt,
  said,
  settingOf,
  stateOf,
  three,
  unitsOf,
  HIGHEST,
} from './boxes.js';

/**
 * What builder.py tells: the targets of each curve at equal distances from −1 to 1, the places of the slider, the start.
 * @typedef {{ curves: Record<string, number[]>, steep: number[], place: number, boxes: import('./boxes.js').Box[] }} Told
 * @typedef {import('./boxes.js').Part} Part
 */

const ENOUGH = 5; // moves of the reader, after which least squares may show what it would do
const SPOKEN_AFTER = 300; // ms
const [SIDE, TOP] = [1.25, 1.6]; // what the picture shows of x and y
const NEAR = 24; // pixels: how far from a handle a finger takes it
const [ASIDE, ABOVE] = [7, 16]; // how far inside a box its edges' handles lie, and above its top the one of its height
const [ROW, GAP, HEAD] = [23, 7, 22]; // of the network: a unit, what parts the boxes, the line of words above

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
const svg = (tag, attributes = {}, ...children) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, String(v));
  e.append(...children);
  return e;
};

/**
 * @param {Element} e
 * @param {Record<string, string | number>} attributes
 */
const put = (e, attributes) => {
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, String(v));
};

/**
 * The points of a curve as SVG writes them.
 * @param {number[][]} points
 */
const path = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');

/** @param {number} n */
const evenly = (n, low = -1, high = 1) => Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));

/** @param {HTMLElement} root */
export const nnBuilder = (root) => {
  const still = /** @type {HTMLElement} */ (root.querySelector('.still'));
  /** @type {Told} */
  const told = JSON.parse(root.querySelector('script[type="application/json"]')?.textContent ?? '');
  const names = Object.keys(told.curves);
  const counts = [names.length, told.steep.length];
  const onPage = !!root.closest('article');
  const entry = `x.${root.id.slice(2)}`;
  const start = { curve: 0, place: told.place, boxes: told.boxes };
  let state = start;
  let chosen = Math.floor(told.boxes.length / 2);
  let moves = 0;
  let best = Infinity;
  let size = { width: 0, height: 0 };

  /* ---- what stands on the panel ---- */
  const curve = make('select', { autocomplete: 'off', onchange: () => turn({ curve: Number(curve.value) }) });
  curve.append(...options(names).map((option, k) => Object.assign(option, { value: String(k) })));
  const last = told.steep.length - 1;
  const steep = make('input', {
    type: 'range', min: 0, max: last, autocomplete: 'off', 'aria-label': 'steepness w',
    oninput: () => turn({ place: Number(steep.value) }),
  }); // prettier-ignore
  const shown = make('output', { 'aria-live': 'off' });
  const step = (by) => turn({ place: Math.min(Math.max(state.place + by, 0), last) });
  const knobs = make(
    'div',
    { class: 'knobs' },
    make('label', { class: 'r' }, make('span', {}, 'curve'), curve),
    make(
      'div',
      { class: 'r' },
      make('span', {}, 'steepness w'),
      button('‹', () => step(-1), { 'aria-label': 'previous steepness w' }),
      steep,
      button('›', () => step(1), { 'aria-label': 'next steepness w' }),
      shown,
    ),
  );
  const plot = svg('svg', { role: 'group', class: 'plot' });
  const net = svg('svg', { role: 'img', class: 'net' });
  const score = make('p', { class: 'score' });
  const words = make('p', { class: 'words' });
  const compare = make('input', { type: 'checkbox', autocomplete: 'off', onchange: () => after() });
  const offer = make('span');
  const other = make('p', { class: 'other' });
  const reset = button('Reset', () => {
    moves = 0;
    best = Infinity;
    compare.checked = false;
    state = start;
    after(true);
  });
  const view = make(
    'div',
    { class: 'view' },
    knobs,
    score,
    make('div', { class: 'desk' }, plot, net),
    words,
    make('div', { class: 'r foot' }, make('label', {}, compare, offer), reset),
    other,
  );
  const speak = aloudIn(view);

  /* ---- the picture ---- */
  const across = (x) => ((x + SIDE) / (2 * SIDE)) * size.width;
  const down = (y) => ((TOP - y) / (2 * TOP)) * size.height;
  const ticks = svg('g', { class: 'ticks', 'aria-hidden': 'true' });
  const target = svg('polyline', { class: 'target' });
  const missed = svg('polygon', { class: 'missed' });
  const bumps = state.boxes.map(() => svg('polyline', { class: 'bump' }));
  const output = svg('polyline', { class: 'sum' });
  const chose = svg('polyline', { class: 'least' });
  /** @type {{ k: number, part: Part, e: SVGElement }[]} */
  const handles = state.boxes.flatMap((_, k) =>
    ['left', 'height', 'right'].map((part) => {
      const shape =
        part === 'height' ? { x: -14, y: -9, width: 28, height: 18 } : { x: -5, y: -12, width: 10, height: 24 };
      const e = svg(
        'g',
        { class: `handle ${part}`, role: 'slider', tabindex: 0 },
        svg('circle', { r: 16, class: 'hit' }),
        svg('rect', { ...shape, rx: 5 }),
        ...(part === 'height' ? [svg('text', { y: 4 }, String(k + 1))] : []),
      );
      return { k, part: /** @type {Part} */ (part), e: /** @type {SVGElement} */ (e) };
    }),
  );
  plot.append(ticks, target, missed, ...bumps, output, chose, ...handles.map(({ e }) => e));

  /** Where a handle is: above the middle of the top, and on the axis just inside each edge. */
  const placeOf = ({ k, part }) => {
    const { left, right, height } = state.boxes[k];
    if (part === 'height') return [across((left + right) / 2), down(height) - ABOVE];
    const inside = Math.min(ASIDE, (across(right) - across(left)) / 2);
    return [across(part === 'left' ? left : right) + (part === 'left' ? inside : -inside), down(0)];
  };
  const drawTicks = () => {
    const word = (x, y, text, anchor = 'middle') => svg('text', { x, y, 'text-anchor': anchor }, text);
    ticks.replaceChildren(
      svg('line', { x1: 0, x2: size.width, y1: down(0), y2: down(0) }),
      ...[-1, 1].map((x) => svg('line', { x1: across(x), x2: across(x), y1: 0, y2: size.height, class: 'end' })),
      ...[-1, 0, 1].map((x) => word(across(x), size.height - 5, `${x ? '' : 'x = '}${said(x)}`)),
      ...[-1, 1].map((y) => word(4, down(y) + 4, said(y), 'start')),
    );
  };
  const xs = evenly(Object.values(told.curves)[0].length);
  const wide = evenly(501, -SIDE, SIDE);
  const drawPlot = (w, units, targets, heights) => {
    put(plot, { viewBox: `0 0 ${size.width} ${size.height}` });
    drawTicks();
    const points = (x, y) => [across(x), down(y)];
    put(target, { points: path(xs.map((x, i) => points(x, targets[i]))) });
    const inner = evenly(401);
    const between = inner.map((x) => points(x, outputAt(units, x)));
    const back = xs.map((x, i) => points(x, targets[i])).reverse();
    put(missed, { points: path([...between, ...back]) });
    bumps.forEach((bump, k) => {
      const own = unitsOf([state.boxes[k]], w);
      const ends = [points(-SIDE, 0), ...wide.map((x) => points(x, outputAt(own, x))), points(SIDE, 0)];
      put(bump, { points: path(ends), class: k === chosen ? 'bump chosen' : 'bump' });
    });
    put(output, { points: path(wide.map((x) => points(x, outputAt(units, x)))) });
    const theirs =
      heights &&
      unitsOf(
        state.boxes.map((box, k) => ({ ...box, height: heights[k] })),
        w,
      );
    put(chose, { points: theirs ? path(wide.map((x) => points(x, outputAt(theirs, x)))) : '' });
    for (const handle of handles) {
      const [x, y] = placeOf(handle);
      put(handle.e, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
      handle.e.classList.toggle('chosen', handle.k === chosen);
    }
  };
  const labels = () => {
    put(plot, { 'aria-label': `The curve ${names[state.curve]} and ${state.boxes.length} boxes with handles` });
    for (const { k, part, e } of handles) {
      const box = state.boxes[k];
      const now = box[part];
      const [least, most] =
        part === 'height' ? [-HIGHEST, HIGHEST] : [moved(box, part, -9)[part], moved(box, part, 9)[part]];
      const which = part === 'height' ? 'height; left and right move the box' : `${part} edge`;
      put(e, {
        'aria-label': `box ${k + 1}, ${which}`,
        'aria-orientation': part === 'height' ? 'vertical' : 'horizontal',
        'aria-valuemin': least,
        'aria-valuemax': most,
        'aria-valuenow': now,
        'aria-valuetext': part === 'height' ? `height ${said(now)}` : `x = ${said(now)}`,
      }); // prettier-ignore
    }
  };
  /* The same boxes as a network: a line for each hidden unit, with its formula and the weight from it to the output. */
  const drawNet = (units) => {
    const width = 310;
    const height = HEAD + state.boxes.length * (2 * ROW + GAP);
    const middle = HEAD + (height - HEAD) / 2;
    const row = (i) => HEAD + (i + 0.5) * ROW + Math.floor(i / 2) * GAP + GAP / 2;
    const text = (x, y, content, more = {}) => svg('text', { x, y, ...more }, content);
    const sign = (v) => (v > 0 ? 'positive' : v < 0 ? 'negative' : 'none');
    put(net, {
      viewBox: `0 0 ${width} ${height}`,
      'aria-label': `The network 1-${units.length}-1. ${state.boxes.map((box, k) => boxInWords(box, k, units[0].w)).join(' ')}`,
    });
    net.replaceChildren(
      text(4, 13, 'box', { class: 'head' }),
      text(112, 13, 'hidden unit', { class: 'head' }),
      text(218, 13, 'weight to y', { class: 'head' }),
      ...state.boxes.map((_, k) =>
        svg('rect', {
          class: k === chosen ? 'group chosen' : 'group', x: 1, width: width - 2, rx: 6,
          y: row(2 * k) - ROW / 2, height: 2 * ROW,
        }),
      ),
      ...units.flatMap(({ v }, i) => [
        svg('line', { x1: 50, y1: middle, x2: 92, y2: row(i), class: 'in' }),
        svg('line', {
          x1: 252, y1: row(i), x2: 286, y2: middle, class: sign(v),
          'stroke-width': (0.8 + 2.4 * Math.min(Math.abs(v), HIGHEST)).toFixed(2),
        }),
      ]),
      ...state.boxes.map((_, k) => text(14, (row(2 * k) + row(2 * k + 1)) / 2 + 4, String(k + 1), { class: 'number' })),
      ...units.flatMap((unit, i) => [
        svg('circle', { cx: 100, cy: row(i), r: 8 }),
        text(112, row(i) + 4, formulaOf(unit)),
        text(248, row(i) + 4, said(unit.v), { class: `v ${sign(unit.v)}` }),
      ]),
      svg('circle', { cx: 42, cy: middle, r: 11 }),
      text(42, middle + 4, 'x', { class: 'name' }),
      svg('circle', { cx: 294, cy: middle, r: 11 }),
      text(294, middle + 4, 'y', { class: 'name' }),
    ); // prettier-ignore
  };

  /* ---- all of it, after anything has changed ---- */
  let gap = 0;
  const draw = () => {
    const w = told.steep[state.place];
    const units = unitsOf(state.boxes, w);
    const targets = told.curves[names[state.curve]];
    gap = meanSquare(xs.map((x) => outputAt(units, x)), targets); // prettier-ignore
    if (moves) best = Math.min(best, gap);
    const free = moves >= ENOUGH;
    compare.disabled = !free;
    if (!free) compare.checked = false;
    const heights = compare.checked ? leastSquares(state.boxes, w, xs, targets) : null;
    curve.value = String(state.curve);
    steep.value = String(state.place);
    steep.setAttribute('aria-valuetext', String(w));
    shown.textContent = String(w);
    score.replaceChildren('mean squared gap ', make('b', {}, three(gap)));
    if (best < gap) score.append(` · your best ${three(best)}`);
    words.textContent = boxInWords(state.boxes[chosen], chosen, w);
    offer.textContent = free
      ? 'heights that least squares chooses for your edges'
      : `what would least squares choose? (after ${ENOUGH} moves of yours)`;
    if (heights) {
      const theirs = unitsOf(state.boxes.map((box, k) => ({ ...box, height: heights[k] })), w); // prettier-ignore
      const least = meanSquare(xs.map((x) => outputAt(theirs, x)), targets); // prettier-ignore
      other.textContent = `Least squares (dashed): mean squared gap ${three(least)}, with the heights ${heights.map(three).join(', ')}.`;
    } else other.textContent = '';
    labels();
    drawNet(units);
    if (plot.clientWidth) {
      size = { width: plot.clientWidth, height: Math.min(Math.max(0.75 * plot.clientWidth, 230), 330) };
      drawPlot(w, units, targets, heights);
    }
  };
  let waiting = 0;
  const tell = () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(
      () => speak(`Mean squared gap ${three(gap)}. ${other.textContent}`.trim()),
      SPOKEN_AFTER,
    );
  };
  /* Once a move has ended: an address at each step slows a browser down. */
  const keep = () => {
    if (!onPage) return;
    const settings = settingsOf(location.hash);
    settings.delete(entry); // and so it is the last one there, which the address is about
    settings.set(entry, settingOf(state));
    keepSettings(settings);
  };
  const after = (ended = false) => {
    draw();
    tell();
    if (ended) keep();
  };
  const turn = (change) => {
    if ('curve' in change) best = Infinity;
    state = { ...state, ...change };
    after(true);
  };
  const moveTo = (k, part, value) => {
    state = { ...state, boxes: state.boxes.map((box, i) => (i === k ? moved(box, part, value) : box)) };
    chosen = k;
  };

  /* ---- mouse and finger: the nearest handle follows ---- */
  /** @type {{ k: number, part: Part, off: number[] } | null} how far the pointer is from what it moves */
  let held = null;
  const pointed = (e) => {
    const { left, top, width } = plot.getBoundingClientRect();
    const scale = size.width / width;
    return [(e.clientX - left) * scale, (e.clientY - top) * scale];
  };
  plot.addEventListener('pointerdown', (/** @type {PointerEvent} */ e) => {
    if (e.button || !(/** @type {Element} */ (e.target).closest('.handle'))) return;
    const [x, y] = pointed(e);
    const far = (handle) => Math.hypot(placeOf(handle)[0] - x, placeOf(handle)[1] - y);
    const handle = handles.reduce((a, b) => (far(b) < far(a) - (b.k === chosen ? 4 : 0) ? b : a));
    if (far(handle) > NEAR) return;
    e.preventDefault();
    handle.e.focus({ preventScroll: true });
    plot.setPointerCapture(e.pointerId);
    const { left, right, height } = state.boxes[handle.k];
    held = {
      k: handle.k,
      part: handle.part,
      off: [x - across(handle.part === 'left' ? left : right), y - down(height)],
    };
    chosen = handle.k;
    draw();
  });
  plot.addEventListener('pointermove', (/** @type {PointerEvent} */ e) => {
    if (!held) return;
    const [x, y] = pointed(e);
    const { k, part, off } = held;
    if (part === 'height') moveTo(k, part, TOP - (2 * TOP * (y - off[1])) / size.height);
    else moveTo(k, part, ((x - off[0]) / size.width) * 2 * SIDE - SIDE);
    after();
  });
  const release = () => {
    if (!held) return;
    held = null;
    moves++;
    after(true);
  };
  plot.addEventListener('pointerup', release);
  plot.addEventListener('pointercancel', release);

  /* ---- keys: arrows move the handle that has the focus ---- */
  const sideways = { ArrowLeft: -0.02, ArrowRight: 0.02 };
  const upward = { ArrowUp: 0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1 };
  for (const { k, part, e } of handles) {
    e.addEventListener('focus', () => {
      chosen = k;
      draw();
    });
    e.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      const box = state.boxes[k];
      const far = event.shiftKey ? 5 : 1;
      const [aside, up] = [sideways[event.key], upward[event.key]];
      if (event.altKey || event.ctrlKey || event.metaKey || (aside ?? up) === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (part !== 'height') moveTo(k, part, box[part] + far * (aside ?? up));
      else if (aside) moveTo(k, 'whole', box.left + far * aside);
      else moveTo(k, part, box.height + far * up);
      moves++;
      after(true);
    });
  }

  still.replaceWith(view);
  draw();
  if (onPage)
    followAddress(root, (settings) => {
      const given = settings.get(entry);
      if (given === null) return;
      state = stateOf(given, start, counts);
      draw();
    });
  new ResizeObserver(() => draw()).observe(view);
  /* For tests, and for the curious: document.querySelector('.nn-build').builder.state */
  Object.assign(root, {
    builder: {
      get state() {
        return state;
      },
      get gap() {
        return gap;
      },
    },
  });
  root.dataset.ready = '1';
};

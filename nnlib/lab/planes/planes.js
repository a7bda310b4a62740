/* Three half-planes under the reader's hand, and their weighted sum: nnPlanes(element) for an element of planes.py. */

import { followAddress, keepSettings, settingsOf } from '../address.js';
import { aloudIn } from '../aloud.js';
import { button, make, options } from '../playground/dom.js';
import { REACH, footOf, lineOf, mostOf, rightOf, settingOf, spelled, stateOf, sumOf, unitOf, written } from './sums.js';

/**
 * @typedef {import('./sums.js').Setting} Setting
 * @typedef {import('./sums.js').Points} Points
 * @typedef {{ start: Setting, data: Record<string, Points>, units: Record<string, string> }} Told
 */

const SPOKEN_AFTER = 400; // milliseconds after the last move
const FINEST = 480; // pixels: a plane is no finer, and so it follows the hand
const NUDGE = 0.05; // how far an arrow key moves a handle
const COUNT = '₁₂₃';
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * Three numbers of a color that a style writes as #rrggbb.
 * @param {string} hex
 */
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/**
 * Paint a canvas with a function of the plane, pixel by pixel.
 * @param {HTMLCanvasElement} canvas
 * @param {(x1: number, x2: number) => number} f
 * @param {(value: number) => number[]} colorOf
 * @param {number[] | null} edge the color of the line where f changes its sign; no line without it
 */
const paint = (canvas, f, colorOf, edge) => {
  const n = Math.min(FINEST, Math.round(canvas.clientWidth * Math.min(devicePixelRatio, 2))) || 1;
  canvas.width = n;
  canvas.height = n;
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const image = g.createImageData(n, n);
  const values = new Float64Array(n * n);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) values[j * n + i] = f((2 * (i + 0.5)) / n - 1, 1 - (2 * (j + 0.5)) / n);
  const thick = Math.max(1, Math.round(n / 160));
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) {
      const k = j * n + i;
      const here = values[k] >= 0;
      const next = here !== values[k - i + Math.min(i + thick, n - 1)] >= 0;
      const below = here !== values[Math.min(j + thick, n - 1) * n + i] >= 0;
      image.data.set(edge && (next || below) ? edge : colorOf(values[k]), 4 * k);
      image.data[4 * k + 3] = 255;
    }
  g.putImageData(image, 0, 0);
  return g;
};

/** @param {HTMLElement} root an element with a still picture, and as JSON what planes.py tells */
export const nnPlanes = (root) => {
  /** @type {Told} */
  const told = JSON.parse(root.querySelector('script[type="application/json"]')?.textContent ?? '');
  /** @type {Setting} */
  let setting = structuredClone(told.start);
  let data = Object.keys(told.data)[0];
  let spot = [0, 0];
  const speak = aloudIn(root);
  let waiting = 0;
  /** @type {(() => void)[]} what each control does to show the setting */
  const shows = [];

  const points = () => told.data[data];
  const score = () => `${rightOf(setting, points())} of ${points().label.length} points are right.`;

  /**
   * A slider with its name and its value.
   * @param {string} name
   * @param {string} label what is heard
   * @param {[number, number, number]} range
   * @param {() => number} get
   * @param {(value: number) => void} set
   * @param {(value: number) => string} say
   */
  const slider = (name, label, [min, max, step], get, set, say) => {
    const input = make('input', { type: 'range', min, max, step, 'aria-label': label, autocomplete: 'off' });
    const output = make('output', { 'aria-live': 'off' });
    input.addEventListener('input', () => {
      set(Number(input.value));
      moved();
    });
    shows.push(() => {
      input.value = String(get());
      output.textContent = say(get());
      input.setAttribute('aria-valuetext', say(get()));
    });
    return make('label', { class: 'knob' }, make('span', {}, name), output, input);
  };

  const degrees = (/** @type {number} */ v) => `${v}°`;
  const hundredths = (/** @type {number} */ v) => written(v, 2);
  const tenths = (/** @type {number} */ v) => written(v, 1);

  const views = setting.turn.map((_, k) => {
    const name = `h${COUNT[k]}`;
    const canvas = make('canvas', { role: 'img' });
    const of = (/** @type {string} */ what) => `${what} of unit ${k + 1}`;
    const box = make(
      'fieldset',
      {},
      make('legend', {}, name),
      canvas,
      make(
        'div',
        {},
        slider(
          'turn',
          of('turn'),
          [0, 359, 1],
          () => setting.turn[k],
          (v) => (setting.turn[k] = v),
          degrees,
        ),
        slider(
          'shift',
          of('shift'),
          [-REACH, REACH, 0.01],
          () => setting.shift[k],
          (v) => (setting.shift[k] = v),
          hundredths,
        ),
        slider(
          'weight',
          of('weight'),
          [-2, 2, 0.1],
          () => setting.weight[k],
          (v) => (setting.weight[k] = v),
          tenths,
        ),
      ),
    );
    return { canvas, box };
  });

  const plane = make('canvas', { role: 'img' });
  /**
   * A handle on the plane, which the pointer drags and the arrow keys move.
   * @param {string} sign
   * @param {string} name
   * @param {() => number[]} where
   * @param {(x1: number, x2: number) => void} to
   */
  const handle = (sign, name, where, to) => {
    const grip = button(sign, () => {}, { class: 'grip' });
    let held = false;
    grip.addEventListener('pointerdown', (/** @type {PointerEvent} */ e) => {
      held = true;
      grip.setPointerCapture(e.pointerId);
    });
    for (const end of ['pointerup', 'pointercancel']) grip.addEventListener(end, () => (held = false));
    grip.addEventListener('pointermove', (/** @type {PointerEvent} */ e) => {
      if (!held) return;
      const { left, top, width } = plane.getBoundingClientRect();
      to(REACH * ((2 * (e.clientX - left)) / width - 1), REACH * (1 - (2 * (e.clientY - top)) / width));
      moved();
    });
    grip.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => {
      const move = MOVES[e.key];
      if (!move) return;
      e.preventDefault();
      const [x1, x2] = where();
      to(x1 + NUDGE * move[0], x2 + NUDGE * move[1]);
      moved();
    });
    shows.push(() => {
      const [x1, x2] = where();
      grip.style.left = `${50 + (50 * x1) / REACH}%`;
      grip.style.top = `${50 - (50 * x2) / REACH}%`;
      grip.setAttribute('aria-label', `${name} at ${written(x1, 2)} and ${written(x2, 2)}: arrow keys move it`);
    });
    return grip;
  };
  const within = (/** @type {number} */ x) => Math.max(-REACH, Math.min(REACH, x));
  const grips = setting.turn.map((_, k) =>
    handle(
      String(k + 1),
      `line ${k + 1}, nearest to the origin`,
      () => footOf(setting.turn[k], setting.shift[k]),
      (x1, x2) => {
        const { turn, shift } = lineOf(x1, x2, setting.turn[k]);
        setting.turn[k] = turn;
        setting.shift[k] = shift;
      },
    ),
  );
  const cross = handle(
    '+',
    'the cross',
    () => spot,
    (x1, x2) => (spot = [within(x1), within(x2)]),
  );
  cross.classList.add('cross');

  const said = make('p', { class: 'score' });
  const sum = make('p', { class: 'spot' });
  /**
   * @param {string} label
   * @param {Record<string, string> | string[]} choices
   * @param {() => string} get
   * @param {(value: string) => void} set
   */
  const menu = (label, choices, get, set) => {
    const select = make('select', { autocomplete: 'off' }, ...options(choices));
    select.addEventListener('change', () => {
      set(select.value);
      moved();
    });
    shows.push(() => (select.value = get()));
    return make('label', { class: 'menu' }, make('span', {}, label), select);
  };
  const names = Object.fromEntries(Object.keys(told.data).map((name) => [name, name]));
  const steep = slider(
    'steepness',
    'steepness',
    [1, 20, 1],
    () => setting.steep,
    (v) => (setting.steep = v),
    String,
  );
  shows.push(() => (steep.hidden = setting.unit === 'step'));

  const view = make(
    'div',
    { class: 'live' },
    make(
      'div',
      { class: 'bar' },
      menu(
        'points',
        names,
        () => data,
        (v) => (data = v),
      ),
      menu(
        'hidden units',
        told.units,
        () => setting.unit,
        (v) => (setting.unit = v),
      ),
      steep,
    ),
    make('div', { class: 'units' }, ...views.map(({ box }) => box)),
    make(
      'div',
      { class: 'sum' },
      make('div', { class: 'plane' }, plane, ...grips, cross),
      said,
      sum,
      slider(
        'bias',
        'bias of the output',
        [-4, 4, 0.1],
        () => setting.bias,
        (v) => (setting.bias = v),
        tenths,
      ),
      button('Start again', () => {
        setting = structuredClone(told.start);
        spot = [0, 0];
        moved();
      }),
    ),
  );

  const isDark = () =>
    document.documentElement.dataset.theme === 'dark' || document.body.dataset.jpThemeLight === 'false';

  /**
   * A line with its arrow, and the points.
   * @param {CanvasRenderingContext2D} g
   * @param {Record<string, string>} color
   * @param {number[]} lines which of the three
   * @param {number} size of a point, in pixels
   */
  const lay = (g, color, lines, size) => {
    const half = g.canvas.width / 2;
    const at = (/** @type {number} */ x1, /** @type {number} */ x2) =>
      /** @type {[number, number]} */ ([half + (half * x1) / REACH, half - (half * x2) / REACH]);
    g.strokeStyle = color.ink;
    g.lineWidth = Math.max(1.2, half / 110);
    for (const k of lines) {
      const [a, b] = footOf(setting.turn[k], setting.shift[k]);
      const [u, v] = footOf(setting.turn[k], 1);
      if (lines.length > 1) g.setLineDash([half / 22, half / 22]);
      g.beginPath();
      g.moveTo(...at(a - 5 * v, b + 5 * u));
      g.lineTo(...at(a + 5 * v, b - 5 * u));
      g.stroke();
      g.setLineDash([]);
      g.beginPath();
      g.moveTo(...at(a, b));
      g.lineTo(...at(a + 0.42 * u, b + 0.42 * v));
      g.moveTo(...at(a + 0.3 * u - 0.08 * v, b + 0.3 * v + 0.08 * u));
      g.lineTo(...at(a + 0.42 * u, b + 0.42 * v));
      g.lineTo(...at(a + 0.3 * u + 0.08 * v, b + 0.3 * v - 0.08 * u));
      g.stroke();
    }
    const { x, y, label } = points();
    g.strokeStyle = color.paper;
    g.lineWidth = size / 4;
    label.forEach((t, i) => {
      const [left, top] = at(x[i], y[i]);
      g.fillStyle = t ? color.one : color.zero;
      g.beginPath();
      if (t) g.arc(left, top, size, 0, 7);
      else g.rect(left - 0.9 * size, top - 0.9 * size, 1.8 * size, 1.8 * size);
      g.fill();
      g.stroke();
    });
  };

  const draw = () => {
    root.classList.toggle('dark', isDark());
    if (!plane.clientWidth) return; // hidden by a prediction
    const style = getComputedStyle(root);
    const color = Object.fromEntries(
      ['paper', 'ink', 'one', 'zero', 'lit'].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
    );
    const [paper, ink, one, zero, lit] = Object.values(color).map(rgb);
    const mixed = (/** @type {number[]} */ to, /** @type {number} */ share) =>
      paper.map((c, i) => c + share * (to[i] - c));
    views.forEach(({ canvas }, k) => {
      const unit = unitOf(setting, k);
      const g = paint(
        canvas,
        (a, b) => unit(REACH * a, REACH * b),
        (h) => mixed(lit, 0.5 * h),
        null,
      );
      lay(g, color, [k], g.canvas.width / 70);
      const side = `Unit ${k + 1}: its line is turned by ${setting.turn[k]} degrees and shifted by `;
      canvas.setAttribute('aria-label', `${side}${written(setting.shift[k], 2)}; its lit side is shaded.`);
    });
    const f = sumOf(setting);
    const most = mostOf(setting);
    const heat = (/** @type {number} */ s) => mixed(s < 0 ? zero : one, 0.15 + (0.45 * Math.abs(s)) / most);
    const g = paint(plane, (a, b) => f(REACH * a, REACH * b), heat, ink);
    lay(g, color, [0, 1, 2], g.canvas.width / 110);
    plane.setAttribute('aria-label', `The weighted sum of the three units over the plane. ${score()}`);
    said.textContent = score();
    sum.textContent = `At the cross: ${spelled(setting, spot[0], spot[1])}`;
  };
  let drawing = 0;
  const show = () => {
    for (const each of shows) each();
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(draw);
  };
  const [sets, kinds] = [Object.keys(told.data), Object.keys(told.units)];
  const entry = `x.${root.id.slice(2)}`;
  const onPage = !!root.closest('article');
  const places = () => [sets.indexOf(data), kinds.indexOf(setting.unit)];
  const remember = () => {
    if (!onPage) return;
    const settings = settingsOf(location.hash);
    settings.delete(entry); // and so it is the last one there, which the address is about
    settings.set(entry, settingOf(places(), setting));
    keepSettings(settings);
  };
  /* A move by the reader: seen at once; when it has ended kept in the address, since each step would slow a browser
     down, and said. */
  const moved = () => {
    show();
    clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      remember();
      speak(score());
    }, SPOKEN_AFTER);
  };

  root.querySelector('.still')?.after(view);
  show();
  new ResizeObserver(() => draw()).observe(view);
  for (const e of [document.documentElement, document.body])
    new MutationObserver(() => draw()).observe(e, {
      attributes: true,
      attributeFilter: ['data-theme', 'data-jp-theme-light'],
    });
  if (onPage)
    followAddress(root, (settings) => {
      const given = settings.get(entry);
      if (given === null) return;
      const state = stateOf(given, places(), setting, [sets.length, kinds.length]);
      data = sets[state.places[0]];
      setting = { ...state.setting, unit: kinds[state.places[1]] };
      show();
    });
  root.dataset.ready = '1';
};

/* A digit goes through a trained network: nnDigit(root) for an element as digit.py writes it. */

import { aloudIn } from '../aloud.js';
import { button, make } from '../playground/dom.js';
import { blank, boardOf, BOARD, fitted, graysOf, shifted, SIDE, stroke } from './bitmap.js';
import { numbersOf, passOf } from './forward.js';

/** How long after the last stroke the answer is put into words for those who listen. */
const HEARD_AFTER = 700;

const svg = (tag, attributes = {}) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, String(v));
  return e;
};

/**
 * A square of small squares, and a function that says how full of ink each is; below 0 the ink is of the other color.
 * @param {number} side
 * @param {number} count
 * @param {Record<string, any>} more
 * @returns {[any, (values: number[]) => void]}
 */
const mosaic = (side, count, more) => {
  const rows = Math.ceil(count / side);
  const picture = svg('svg', { viewBox: `0 0 ${side} ${rows}`, ...more });
  picture.append(svg('rect', { class: 'paper', width: side, height: rows }));
  const cells = Array.from({ length: count }, (_, k) => {
    const cell = svg('rect', { x: k % side, y: Math.floor(k / side), width: 1.01, height: 1.01 });
    picture.append(cell);
    return cell;
  });
  const show = (values) =>
    cells.forEach((cell, k) => {
      cell.setAttribute('opacity', String(Math.abs(values[k])));
      cell.setAttribute('class', values[k] < 0 ? 'low' : 'high');
    });
  return [picture, show];
};

/** A number as the page writes it. */
const said = (value) => value.toFixed(3).replace('-', '−');

/** @param {string} text a letter for each pixel, 0 to g */
export const samplePixels = (text) => [...text].map((letter) => parseInt(letter, 17));

/**
 * How bright each unit of a layer is, from −1 to 1: against 1 where no output is larger, else against its brightest.
 * @param {string} bend
 * @param {number[]} h
 */
export const brightness = (bend, h) => {
  const most = ['sigmoid', 'tanh', 'step'].includes(bend) ? 1 : Math.max(...h.map(Math.abs), 1e-300);
  return h.map((v) => v / most);
};

/** @param {HTMLElement} root */
export const nnDigit = (root) => {
  /** @type {{ sizes: number[], activations: string[], theta: string, samples: string[], labels?: number[], layer: number }} */
  const told = JSON.parse(root.querySelector('script[type="application/json"]')?.textContent ?? '');
  const net = { sizes: told.sizes, activations: told.activations, theta: numbersOf(told.theta) };
  const last = net.activations.length;
  const name = (l) => (l === 0 ? 'input' : l === last ? 'output' : `layer ${l}`);
  const id = `digit${[...document.querySelectorAll('.nn-digit')].indexOf(root) + 1}`;
  const live = make('div', { class: 'live' });
  root.append(live);
  const speak = aloudIn(root);

  let board = boardOf(samplePixels(told.samples[0]));
  let reached = told.layer;
  let erasing = false;
  let cursor = [3, 3]; // column, row
  /** @type {import('./forward.js').Pass} */
  let pass;
  let heard = 0;
  /** @type {[number, number] | undefined} the unit that is told about */
  let looked;

  /* ---- the square ---- */
  const [pad, ink] = mosaic(SIDE, SIDE * SIDE, { class: 'pad', tabindex: 0, role: 'application' });
  const mark = svg('rect', { class: 'cursor', width: 1, height: 1 });
  pad.append(mark);
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((v) => v * BOARD);
  };
  let before;
  pad.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    before = place(event);
    stroke(board, before, before, erasing ? 0 : 1);
    draw();
  });
  pad.addEventListener('pointermove', (event) => {
    if (!before) return;
    const now = place(event);
    stroke(board, before, now, erasing ? 0 : 1);
    before = now;
    draw();
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'])
    pad.addEventListener(end, () => (before = undefined));
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  pad.addEventListener('keydown', (event) => {
    const dab = { ' ': 1, Enter: 1, Delete: 0, Backspace: 0 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves || dab !== undefined)) return;
    event.preventDefault();
    if (dab === undefined) {
      cursor = cursor.map((v, k) => Math.min(SIDE - 1, Math.max(0, v + moves[event.key][k])));
      draw(false);
      speak(`row ${cursor[1] + 1}, column ${cursor[0] + 1}: ${graysOf(board)[cursor[1] * SIDE + cursor[0]]} of 16`);
    } else {
      const center = cursor.map((v) => (v + 0.5) * (BOARD / SIDE));
      stroke(board, center, center, dab);
      draw();
    }
  });
  const change = (next) => () => {
    board = next();
    draw();
  };
  const shifts = [
    ['←', 'left', -1, 0],
    ['↑', 'up', 0, -1],
    ['↓', 'down', 0, 1],
    ['→', 'right', 1, 0],
  ].map(([sign, way, x, y]) =>
    button(
      /** @type {string} */ (sign),
      change(() => shifted(board, Number(x), Number(y))),
      { 'aria-label': `shift one pixel ${way}` },
    ),
  );
  const eraser = button('Erase', () => eraser.setAttribute('aria-pressed', String((erasing = !erasing))), {
    'aria-pressed': false,
  });
  const thumbs = told.samples.map((text, k) => {
    const [picture, shade] = mosaic(SIDE, SIDE * SIDE, { 'aria-hidden': 'true' });
    shade(samplePixels(text).map((gray) => gray / 16));
    const what = told.labels ? `, a ${told.labels[k]}` : '';
    const chosen = change(() => boardOf(samplePixels(text)));
    const thumb = button('', chosen, { class: 'thumb', 'aria-label': `digit ${k + 1} of the data${what}` });
    thumb.append(picture);
    return thumb;
  });

  /* ---- the units ---- */
  const readout = make('p', { class: 'readout' });
  const weights = make('span', { class: 'weights' });
  const tell = (l, j) => {
    looked = [l, j];
    weights.replaceChildren();
    if (l > reached) {
      readout.textContent = `${name(l)}, unit ${j + 1}: the digit has not come this far.`;
      return;
    }
    readout.textContent =
      `${name(l)}, unit ${j + 1}: z = ${said(pass.Z[l][j])}, output ${said(pass.H[l][j])}. ` +
      `In the picture its ${net.sizes[l - 1]} weights: blue above 0, orange below.`;
    const [inputs, units] = [net.sizes[l - 1], net.sizes[l]];
    let at = 0;
    for (let k = 1; k < l; k++) at += (net.sizes[k - 1] + 1) * net.sizes[k];
    const own = Array.from({ length: inputs }, (_, i) => net.theta[at + i * units + j]);
    const most = Math.max(...own.map(Math.abs), 1e-300);
    const [picture, shade] = mosaic(Math.min(inputs, SIDE), inputs, { 'aria-hidden': 'true' });
    shade(own.map((w) => w / most));
    weights.append(picture);
  };
  const layers = net.sizes.slice(1, -1).map((count, k) => {
    const l = k + 1;
    const tiles = Array.from({ length: count }, (_, j) => {
      const tile = button('', () => tell(l, j), { class: 'tile', tabindex: j ? -1 : 0 });
      tile.append(make('i'));
      for (const kind of ['pointerenter', 'focus']) tile.addEventListener(kind, () => tell(l, j));
      return tile;
    });
    const group = make('div', { class: 'tiles', role: 'group', 'aria-label': `${name(l)}: ${count} units` }, ...tiles);
    group.style.setProperty('--wide', String(Math.ceil(Math.sqrt(count))));
    group.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const now = tiles.indexOf(/** @type {any} */ (document.activeElement));
      const next = Math.min(count - 1, Math.max(0, now + step));
      tiles.forEach((tile, j) => (tile.tabIndex = j === next ? 0 : -1));
      tiles[next].focus();
    });
    return { l, tiles, box: make('div', { class: 'layer' }, make('b', {}, `${name(l)}: ${count} units`), group) };
  });
  const answers = Array.from({ length: net.sizes[last] }, (_, k) => {
    const [bar, share] = [make('i'), make('span', { class: 'share' })];
    return { bar, share, row: make('div', { class: 'answer' }, make('b', {}, String(k)), make('div', {}, bar), share) };
  });
  const verdict = make('p', { class: 'verdict' });

  /* ---- how far the digit has gone ---- */
  const steps = net.sizes.map((_, l) => {
    const radio = make('input', { type: 'radio', name: id, value: l, autocomplete: 'off' });
    radio.checked = l === reached;
    radio.addEventListener('change', () => {
      reached = l;
      draw();
    });
    return make('label', {}, radio, make('span', {}, name(l)));
  });

  const answer = () => {
    const y = pass.H[last];
    const best = y.indexOf(Math.max(...y));
    return { best, words: `It answers ${best}, with probability ${said(y[best])}.` };
  };
  const draw = (aloud = true) => {
    const grays = graysOf(board);
    pass = passOf(
      net,
      grays.map((gray) => gray / 16),
    );
    ink(grays.map((gray) => gray / 16));
    mark.setAttribute('x', String(cursor[0]));
    mark.setAttribute('y', String(cursor[1]));
    const filled = grays.filter((gray) => gray).length;
    pad.setAttribute(
      'aria-label',
      `a square of 8 by 8 pixels, ${filled} with ink. Arrow keys move, space paints, delete erases.`,
    );
    for (const { l, tiles, box } of layers) {
      const there = l <= reached;
      const bright = brightness(net.activations[l - 1], pass.H[l]);
      box.classList.toggle('dark', !there);
      tiles.forEach((tile, j) => {
        tile.lastElementChild.style.opacity = there ? String(Math.abs(bright[j])) : '0';
        tile.classList.toggle('low', bright[j] < 0);
        const value = there ? said(pass.H[l][j]) : 'not reached';
        tile.setAttribute('aria-label', `unit ${j + 1}: ${value}`);
      });
    }
    const there = reached === last;
    const { best, words } = answer();
    answers.forEach(({ bar, share, row }, k) => {
      bar.style.width = there ? `${100 * pass.H[last][k]}%` : '0';
      share.textContent = there ? said(pass.H[last][k]) : '';
      row.classList.toggle('best', there && k === best);
    });
    verdict.textContent = there ? words : `The digit has gone as far as ${reached ? name(reached) : 'the input'}.`;
    if (looked) tell(...looked);
    clearTimeout(heard);
    if (aloud && root.dataset.ready) heard = window.setTimeout(() => speak(verdict.textContent), HEARD_AFTER);
  };

  live.append(
    make('fieldset', { class: 'steps' }, make('legend', {}, 'How far the digit has gone'), ...steps),
    make('div', { class: 'thumbs', role: 'group', 'aria-label': 'digits of the data' }, ...thumbs),
    make(
      'div',
      { class: 'desk' },
      make(
        'div',
        { class: 'layer input' },
        make('b', {}, 'input: 64 pixels'),
        pad,
        make(
          'div',
          { class: 'tools' },
          make('div', { class: 'bar' }, button('Clear', change(blank)), eraser),
          make('div', { class: 'bar shifts', role: 'group', 'aria-label': 'shift' }, ...shifts),
          make(
            'div',
            { class: 'bar' },
            button(
              'Center and stretch',
              change(() => fitted(board)),
            ),
          ),
        ),
      ),
      ...layers.map(({ box }) => box),
      make(
        'div',
        { class: 'layer output' },
        make('b', {}, 'output: probabilities'),
        ...answers.map(({ row }) => row),
        verdict,
      ),
    ),
    make('div', { class: 'unit' }, readout, weights),
  );
  readout.textContent = 'Point at a unit, or tap it, to read its value.';
  live.style.setProperty('--hidden', String(layers.length));
  root.classList.add('on');
  draw();
  root.dataset.ready = '1';
  Object.assign(root, { digit: { pass: () => pass, grays: () => graysOf(board) } });
};

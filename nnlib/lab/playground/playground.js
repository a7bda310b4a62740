/* The playground's panel: knobs, pictures and words around one experiment: nnPlayground(element), at the end. */

import { followAddress, keepSettings, settingsOf } from '../address.js';
import { nnBits, nnBrowser } from './bits.js';
import { nnAddress, nnChecked, nnCode, nnExperiments } from './experiment.js';
import { nnPictures, SUBSCRIPTS } from './pictures.js';
import { nnWasm } from './wasm.js';

/**
 * @param {import('./experiment.js').Told} told
 * @param {import('./wasm.js').Kernels} nn
 * @param {HTMLElement} root
 * @param {HTMLElement} still what the panel takes the place of
 * @param {() => Promise<import('./wasm.js').Kernels>} kernels loads more of them
 */
const nnPanel = (told, nn, root, still, kernels) => {
  const begin = nnExperiments(nn, told);
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const number = [...document.querySelectorAll('.nn-play')].indexOf(root) + 1;
  const prefix = `x.play${number}.`;
  const onPage = !!root.closest('article');
  const full = told.size === 'full';
  const make = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes))
      if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
      else e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const button = (words, onclick, more = {}) => make('button', { type: 'button', onclick, ...more }, words);
  const options = (choices) => Object.entries(choices).map(([value, words]) => make('option', { value }, words));
  const say = (x) => {
    if (x === null) return 'all';
    if (!Number.isFinite(x)) return Number.isNaN(x) ? '–' : '∞';
    const far = x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e4);
    return (far ? x.toExponential(1).replace('+', '') : String(+x.toPrecision(3))).replaceAll('-', '−');
  };
  const percent = (x) => (Number.isNaN(x) ? '–' : `${+(100 * x).toFixed(1)}%`);
  let state = told.start;
  let run;
  let measured;
  let playing = false;
  let goal = 0;
  let asked = 0;
  let drawnAt = 0;
  let spokeAt = 0;

  /* Explorers keep their settings beside these in the page's address. */
  const save = () => {
    const settings = settingsOf(location.hash);
    for (const key of [...settings.keys()]) if (key.startsWith(prefix)) settings.delete(key);
    for (const [key, text] of nnAddress(told, state)) settings.set(prefix + key, text);
    keepSettings(settings);
  };
  /** @param {URLSearchParams} settings */
  const load = (settings) => {
    const given = [...settings].filter(([key]) => key.startsWith(prefix));
    if (run && !given.length) return; // an address about something else
    const short = given.map(([key, value]) => [key.slice(prefix.length), value]);
    const [next, said] = nnChecked(told, told.start, Object.fromEntries(short));
    state = next;
    reset(said.join(' '));
  };

  /* ---- knobs ---- */
  const refresh = [];
  const set = (change) => {
    state = { ...state, ...change };
    if (onPage) save();
    reset();
  };
  const row = (label, ...more) => make('div', { class: 'r' }, make('span', {}, label), ...more);
  const menu = (k, get, put) => {
    const select = make('select', { 'aria-label': k.label, autocomplete: 'off' }, ...options(k.choices));
    select.addEventListener('change', () => put(select.value));
    refresh.push(() => {
      select.value = get();
    });
    return row(k.label, select);
  };
  const slider = (k, get, put, unused = () => false) => {
    const grid = k.grid ?? Array.from({ length: k.high - k.low + 1 }, (_, i) => k.low + i);
    const out = make('b');
    const input = make('input', { type: 'range', max: grid.length - 1, 'aria-label': k.label, autocomplete: 'off' });
    input.addEventListener('input', () => put(grid[+input.value]));
    refresh.push(() => {
      const value = get();
      const far = grid.map((g) => Math.abs((g ?? 1e9) - (value ?? 1e9)));
      input.value = far.indexOf(Math.min(...far));
      input.disabled = unused();
      out.textContent = input.disabled ? '–' : say(value);
      input.setAttribute('aria-valuetext', input.disabled ? 'not used' : say(value));
    });
    return row(k.label, out, input);
  };
  let lastWidth = Math.max(4, ...state.hidden);
  const deeper = (depth) =>
    Array.from({ length: depth }, (_, i) => state.hidden[i] ?? state.hidden.at(-1) ?? lastWidth);
  const special = {
    data: (k) =>
      menu(
        k,
        () => state.data,
        (data) => set({ data, noise: told.noise[data] ?? state.noise }),
      ),
    depth: (k) =>
      slider(
        k,
        () => state.hidden.length,
        (depth) => set({ hidden: deeper(depth) }),
      ),
    width: (k) =>
      slider(
        k,
        () => Math.max(1, ...state.hidden),
        (width) => {
          lastWidth = width;
          set({ hidden: state.hidden.map(() => width) });
        },
        () => !state.hidden.length,
      ),
    beta: (k) =>
      slider(
        k,
        () => state.beta,
        (beta) => set({ beta }),
        () => !told.optimizers[state.optimizer].beta,
      ),
    seed: (k) => {
      const input = make('input', { type: 'number', min: 0, max: k.high, step: 1, 'aria-label': k.label });
      input.addEventListener('change', () => {
        const [next, said] = nnChecked(told, state, { seed: input.value });
        set(next);
        if (said.length) problem(said.join(' '));
      });
      refresh.push(() => {
        input.value = state.seed;
      });
      return row(k.label, input);
    },
  };
  const knob = (key) => {
    const k = told.knobs[key];
    const get = () => state[key];
    const put = (value) => set({ [key]: value });
    const unused = () => state.data === 'drawn' && ['n', 'noise'].includes(key);
    if (special[key]) return special[key](k);
    return k.choices ? menu(k, get, put) : slider(k, get, put, unused);
  };
  const knobs = make(
    'div',
    { class: 'knobs' },
    ...told.controls.flatMap((c) => (c === 'hidden' ? ['depth', 'width'] : [c])).map(knob),
  );

  /* Points of the reader's own: a tap on the board, or two numbers and a button. */
  const brush = make('select', { 'aria-label': 'class of new points' }, ...options(['■ class 0', '● class 1']));
  const [px, py] = ['x₁', 'x₂'].map((x) =>
    make('input', { type: 'number', min: -2, max: 2, step: 0.1, value: 0, 'aria-label': `${x} of a new point` }),
  );
  const add = (x, y) => {
    const most = told.knobs.points.high;
    const round = (v) => Math.round(100 * Math.min(2, Math.max(-2, v || 0))) / 100;
    if (state.points.length >= most) return problem(`${most} points are the most that fit into an address.`);
    set({ points: [...state.points, [round(x), round(y), +brush.value]] });
  };
  const pen = make(
    'div',
    { class: 'pen', role: 'group', 'aria-label': 'points' },
    brush,
    px,
    py,
    button('Add', () => add(+px.value, +py.value)),
    button('Undo', () => set({ points: state.points.slice(0, -1) })),
    button('Clear', () => set({ points: [] })),
  );

  /* ---- what is shown ---- */
  const [board, wires, curves] = ['board', 'wires', 'curves'].map((kind) =>
    make('canvas', { class: kind, role: 'img' }),
  );
  const pictures = nnPictures(root, board, wires, curves);
  const status = make('p', { class: 'status' });
  const words = make('p', { class: 'words', role: 'status' });
  const aloud = make('p', { class: 'aloud', 'aria-live': 'polite' });
  const hint = make('p', { class: 'hint' }, told.hint);
  const bars = make('div', { class: 'bars' });
  const log = make('input', { type: 'checkbox', onchange: () => draw() });
  const speed = make('select', { autocomplete: 'off' }, ...options({ slow: 'slow', normal: 'normal', fast: 'fast' }));
  speed.value = calm ? 'fast' : 'normal';
  /* Not a pre: of a pre the theme decides whether the keyboard reaches it. */
  const fold = (title, label, text) =>
    make(
      'details',
      { ontoggle: () => tell() },
      make('summary', {}, title),
      make('div', { class: 'pre', tabindex: 0, role: 'region', 'aria-label': label }, text),
    );
  const code = make('code');
  const codes = fold('Show the code', 'code of this experiment', code);
  const bits = () => {
    const answer = make('p', { class: 'bits', 'aria-live': 'polite' });
    const count = Object.keys(told.bits ?? {}).length;
    const browser = nnBrowser(navigator.userAgent);
    const ask = async () => {
      answer.textContent = `Training ${count} small networks.`;
      try {
        const differ = await nnBits(told, kernels);
        answer.textContent =
          browser +
          (differ.length
            ? ` does not compute the book’s bits: ${differ.length} of ${count} small networks ended elsewhere ` +
              `(${differ.join(', ')}). Please report it, with this sentence.`
            : ` computes the book’s bits: ${count} small networks, one for each optimizer, ended at the book’s ` +
              'parameters, the same in every bit.');
      } catch (error) {
        answer.textContent = `${browser} could not train them: ${/** @type {Error} */ (error).message}.`;
      }
    };
    return make(
      'details',
      {},
      make('summary', {}, 'Does this browser compute the book’s bits?'),
      button(`Train ${count} small networks`, ask),
      answer,
    );
  };
  const numbers = make('code');
  const weights = fold('Show the numbers', 'weights and biases', numbers);
  const sight = (title, ...inside) =>
    make('div', { class: 'sight' }, make('div', { class: 'title' }, ...title), ...inside);
  const key = (kind, name) => make('span', { class: `key ${kind}` }, name);
  const play = button('', () => (playing ? pause() : start()), { class: 'go' });
  const bar = make(
    'div',
    { class: 'bar', role: 'group', 'aria-label': 'training' },
    play,
    button('Step one batch', () => {
      if (lacks()) return problem(lacks());
      pause();
      run.step();
      after();
    }),
    button('Reset', () => reset()),
    button('New seed', () => set({ seed: (state.seed + 1) % told.knobs.seed.high })),
    make('label', { class: 'speed' }, 'speed ', speed),
  );
  const classes = [key('zero', 'class 0'), key('one', 'class 1'), key('open', 'validation')];
  const lines = [key('fit', 'training'), key('check', 'validation'), make('label', {}, log, 'log')];
  const output = sight(['output', ...classes], board, pen);
  const loss = sight(['loss', ...lines], curves);
  const network = sight(['network', key('plus', 'w > 0'), key('minus', 'w < 0')], wires, hint);
  const gradients = sight(['gradient ‖∂J/∂W‖, log scale'], bars);
  const view = make(
    'div',
    { class: `app ${told.size}` },
    bar,
    status,
    words,
    aloud,
    make(
      'div',
      { class: 'desk' },
      knobs,
      make(
        'div',
        { class: 'sights' },
        ...(full ? [output, network, loss, gradients] : [output, loss]),
        make('div', { class: 'folds' }, ...(full ? [weights] : []), codes, ...(told.bits ? [bits()] : [])),
      ),
    ),
  );

  /* ---- words ---- */
  const problem = (sentence) => {
    words.textContent = sentence;
  };
  const summary = () => {
    const n = run.losses.length;
    const within = run.waiting() ? ` + ${run.waiting()} of ${run.train.n} samples` : '';
    return {
      epoch: n + within,
      loss: say(n ? run.losses[n - 1] : measured.J),
      'validation loss': say(measured.valLoss),
      accuracy: percent(measured.accuracy),
      'validation accuracy': percent(measured.valAccuracy),
    };
  };
  const sentence = () =>
    Object.entries(summary())
      .map(([k, v]) => `${k} ${v}`)
      .join(', ') + '.';
  const speak = (text) => {
    aloud.textContent = text;
    spokeAt = performance.now();
  };
  const table = ({ W, b }, l) => {
    const line = (v) => Array.from(v, (x) => x.toFixed(4).replace('-', '−').padStart(9)).join('');
    const n = b.length;
    const rows = Array.from({ length: W.length / n }, (_, i) => line(W.subarray(i * n, i * n + n)));
    return [`W${SUBSCRIPTS[l + 1]}`, ...rows, `b${SUBSCRIPTS[l + 1]}`, line(b)].join('\n');
  };
  const tell = () => {
    if (!run) return;
    code.textContent = nnCode(told, state, run.losses.length || state.epochs);
    if (weights.open) numbers.textContent = run.weights().map(table).join('\n\n');
    board.setAttribute(
      'aria-label',
      `${told.knobs.data.choices?.[state.data]}: ${run.train.n} training and ${run.val.n}` +
        ` validation points of two classes, and the network's output over the plane. ${sentence()}`,
    );
    curves.setAttribute('aria-label', `Loss against epochs. ${sentence()}`);
    wires.setAttribute(
      'aria-label',
      `A network of ${run.sizes.join(', ')} units; “Show the numbers” lists its weights.`,
    );
  };

  /* ---- drawing ---- */
  const drawBars = () => {
    const barOf = (l) => row(`W${SUBSCRIPTS[l + 1]}`, make('div', {}, make('i')), make('b'));
    if (bars.children.length !== measured.norms.length) bars.replaceChildren(...measured.norms.map((_, l) => barOf(l)));
    measured.norms.forEach((norm, l) => {
      const [, track, out] = bars.children[l].children;
      const share = (Math.log10(norm || 1e-99) + 8) / 9; // 10⁻⁸ … 10
      track.firstChild.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
      out.textContent = say(norm);
    });
  };
  const draw = () => {
    if (!run) return;
    measured = run.measure();
    drawnAt = performance.now();
    const figures = Object.entries(summary()).flatMap(([k, v]) => [make('span', {}, `${k} `, make('b', {}, v)), ' ']);
    status.replaceChildren(...figures);
    if (!board.clientWidth) return; // folded away
    const color = pictures.colors();
    const outputs = run.look();
    pictures.drawBoard(run, outputs, color);
    pictures.drawCurves(run, measured.J, log.checked, color, say);
    if (full) {
      pictures.drawWires(run, outputs, color);
      drawBars();
    }
  };
  /* Whatever has stopped is drawn, told and put into words once. */
  const after = () => {
    draw();
    tell();
    if (run.stopped) problem(`Diverged: ${run.stopped}.`);
    speak(sentence());
    play.textContent = playing ? '❚❚ Pause' : '▶ Train';
  };

  /* ---- training ---- */
  const lacks = () => {
    if (state.data !== 'drawn') return '';
    const ones = state.points.filter((p) => p[2]).length;
    const enough = Math.min(ones, state.points.length - ones) >= 3;
    return enough ? '' : 'Tap the board to set points: at least three of each class.';
  };
  const pause = () => {
    playing = false;
    cancelAnimationFrame(asked);
    after();
  };
  const start = () => {
    if (lacks()) return problem(lacks());
    if (run.stopped) reset();
    playing = true;
    problem('');
    goal = (Math.floor(run.losses.length / state.epochs) + 1) * state.epochs;
    play.textContent = '❚❚ Pause';
    speak('Training.');
    asked = requestAnimationFrame(frame);
  };
  /* How many epochs at most, and for how many milliseconds, before the page may draw; and how long a picture stays. */
  const paces = {
    slow: () => [1, 10, 100],
    normal: () => [Math.ceil(state.epochs / 240), 10, 0],
    fast: () => [Infinity, 30, 100],
  };
  /* A slice of training, then a picture; after a long slice it waits for the next frame: 50 ms at once are felt. */
  const frame = () => {
    if (!playing) return;
    if (!root.isConnected) return pause();
    const began = performance.now();
    const spent = () => performance.now() - began;
    const [most, slice, stay] = paces[speed.value]();
    const ended = () => run.stopped || run.losses.length >= goal;
    const next = (f) => {
      asked = requestAnimationFrame(f);
    };
    const due = began - drawnAt >= (calm ? 1000 : stay);
    if (speed.value === 'slow' && !due) return next(frame);
    for (let k = 0; k < most && spent() < slice && !ended(); k++) run.epoch();
    const show = () => {
      if (ended()) return pause();
      if (due) draw();
      if (performance.now() - spokeAt > 10000) speak(sentence());
      next(frame);
    };
    if ((ended() || due) && spent() > 15) next(show);
    else show();
  };
  const reset = (said = '') => {
    const again = playing && !said;
    playing = false;
    cancelAnimationFrame(asked);
    refresh.forEach((f) => f());
    pen.hidden = state.data !== 'drawn';
    run = begin(state);
    problem(`${said} ${lacks()}`.trim());
    after();
    if (again && !lacks()) start();
  };

  const point = (e) => {
    hint.textContent = pictures.under(e, run, say) || told.hint;
  };
  wires.addEventListener('pointermove', point);
  wires.addEventListener('pointerdown', point);
  board.addEventListener('click', (e) => {
    if (state.data !== 'drawn') return;
    const { left, top, width } = board.getBoundingClientRect();
    const { x, y, size } = run.window;
    add(x + ((e.clientX - left) / width) * size, y - ((e.clientY - top) / width) * size);
  });
  still.replaceWith(view);
  if (onPage) followAddress(root, load);
  else load(settingsOf(location.hash));
  new ResizeObserver(() => draw()).observe(view);
  for (const e of [document.documentElement, document.body])
    new MutationObserver(() => draw()).observe(e, {
      attributes: true,
      attributeFilter: ['data-theme', 'class', 'data-jp-theme-light'],
    });
  /* For tests, and for the curious: document.querySelector('.nn-play').playground.run */
  const shown = {
    get run() {
      return run;
    },
    get state() {
      return state;
    },
    get playing() {
      return playing;
    },
    set,
    reset,
    draw,
    code: () => code.textContent,
  };
  Object.assign(root, { playground: shown });
  root.dataset.ready = '1';
};

/** @param {HTMLElement} root an element with a still picture, and as JSON what playground.py tells */
export const nnPlayground = async (root) => {
  const still = /** @type {HTMLElement} */ (root.querySelector('.still'));
  const told = root.querySelector('script[type="application/json"]')?.textContent ?? '';
  const kernels = () => nnWasm(Uint8Array.from(atob(KERNELS), (letter) => letter.charCodeAt(0)));
  let nn;
  try {
    nn = await kernels();
  } catch {
    /** @type {HTMLElement} */ (still.querySelector('p')).textContent =
      'This browser may not run WebAssembly here, so the playground stays a picture: it shows where its training leads.';
    return;
  }
  nnPanel(JSON.parse(told), nn, root, still, kernels);
};

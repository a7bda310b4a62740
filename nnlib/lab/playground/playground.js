/* The playground's panel: knobs, pictures and words around one experiment: nnPlayground(element), at the end. */

import { followAddress, keepSettings, settingsOf } from '../address.js';
import { aloudIn } from '../aloud.js';
import { nnBits, nnBrowser } from './bits.js';
import { nnKnobs } from './controls.js';
import { button, make, options } from './dom.js';
import { nnAddress, nnChecked, nnCode, nnExperiments } from './experiment.js';
import { nnPace, PACE_WORDS, PACES } from './pace.js';
import { nnPictures, planeOf } from './pictures.js';
import { nnUnits } from './units.js';
import { nnWasm } from './wasm.js';
import { deathNotice, formulaOf, percent, say, sub, tableOf, turnedNotice, unitName } from './words.js';

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
  const few = told.controls.length < 8; // knobs, which then need no groups
  const pace = nnPace();
  let state = told.start;
  let run;
  let measured;
  let dead = [];
  let playing = false;
  let goal = 0;
  let asked = 0;
  let drawnAt = 0;
  let spokeAt = 0;

  /* Explorers keep their settings beside these in the page's address. */
  const save = () => {
    if (!onPage) return;
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
    moved();
    state = next;
    reset(said.join(' '));
  };

  /* ---- what may be turned ---- */
  const begun = () => run.losses.length > 0 || run.waiting() > 0;
  /* Who begins anew begins with what the knobs show, whenever in the last run it was turned. */
  const settled = () => (begun() ? { ...state, ...run.now(), ...moved(), changes: [] } : state);
  const set = (change, words = '') => {
    state = { ...settled(), ...change };
    save();
    reset();
    if (words) problem(words);
  };
  const turn = (name, value) => {
    if (!begun()) return set({ [name]: value });
    problem(run.change(name, value));
    state = { ...state, changes: run.changes };
    save();
    knobs.refresh();
    draw();
    tell();
  };
  /* A slider that is drawn past many places turns once, where it rests: a run keeps a limited number of turns. */
  /** @type {Map<string, any>} */
  const moving = new Map();
  let resting = 0;
  const moved = () => {
    clearTimeout(resting);
    const all = Object.fromEntries(moving);
    moving.clear();
    return all;
  };
  const move = (name, value) => {
    if (!begun()) return set({ [name]: value });
    moving.set(name, value);
    knobs.refresh();
    clearTimeout(resting);
    resting = setTimeout(() => Object.entries(moved()).forEach(([k, v]) => turn(k, v)), 200);
  };
  const live = told.knobs.changes.names ?? [];
  const wide = () => root.clientWidth > 560;
  const knobs = nnKnobs(
    {
      told,
      state: () => state,
      value: (name) => {
        if (moving.has(name)) return moving.get(name);
        return run && live.includes(name) ? run.now()[name] : state[name];
      },
      set,
      turn: move,
      turns: (name) => live.includes(name),
      problem: (sentence) => problem(sentence),
    },
    told.controls,
    !few,
    wide(),
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
  const row = (label, ...more) => make('div', { class: 'r' }, make('span', {}, label), ...more);
  const [board, wires, curves] = ['board', 'wires', 'curves'].map((kind) =>
    make('canvas', { class: kind, role: 'img' }),
  );
  const pictures = nnPictures(root, board, wires, curves);
  const status = make('p', { class: 'status' });
  const words = make('p', { class: 'words', role: 'status' });
  const hint = make('p', { class: 'hint' }, told.hint);
  const notes = make('p', { class: 'notes' });
  const bars = make('div', { class: 'bars' });
  const log = make('input', { type: 'checkbox', onchange: () => draw() });
  const speed = make('select', { autocomplete: 'off' }, ...options(PACE_WORDS));
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
  codes.classList.add('code'); // on paper it says what is shown
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
  const sight = (kind, title, ...inside) =>
    make('div', { class: `sight ${kind}` }, make('div', { class: 'title' }, ...title), ...inside);
  const key = (kind, name) => make('span', { class: `key ${kind}` }, name);
  const play = button('', () => (playing ? pause() : start()), { class: 'go' });
  const step = () => {
    if (lacks()) return problem(lacks());
    pause();
    run.step();
    knobs.refresh();
    after();
  };
  const longer = (text) => make('span', { class: 'wide' }, text);
  const stepping = make('button', { type: 'button', onclick: step, 'aria-label': 'Step one batch' }, 'Step');
  stepping.append(longer(' one batch'));
  const again = () => {
    state = settled();
    save();
    reset();
  };
  const bar = make(
    'div',
    { class: 'bar', role: 'group', 'aria-label': 'training' },
    play,
    stepping,
    button('Reset', again),
    button('New seed', () => set({ seed: (state.seed + 1) % told.knobs.seed.high }), { class: 'seed' }),
    make('label', { class: 'speed' }, make('span', {}, 'pace '), speed),
  );
  const whose = make('b', { class: 'whose' });
  const back = button('Back to the output', () => units?.leave(), { class: 'back' });
  const classes = make('span', { class: 'keys' });
  const [low, high] = [make('b'), make('b')];
  const scale = make('div', { class: 'scale' }, low, make('i'), high, back);
  const lines = [key('fit', 'training'), key('check', 'validation'), make('label', {}, log, 'log')];
  const output = sight('plane', [whose, classes], board, scale, pen);
  const loss = sight('loss', ['loss', ...lines], curves);
  const net = make('div', { class: 'net' }, wires);
  const network = sight('network', ['network', key('plus', 'w > 0'), key('minus', 'w < 0')], net);
  const gradients = sight('gradients', ['gradient ‖∂J/∂W‖, log scale'], bars);
  const units = full ? nnUnits(net, () => look()) : null;
  const folds = make('div', { class: 'folds' }, ...(full ? [weights] : []), codes, ...(told.bits ? [bits()] : []));
  const view = make(
    'div',
    { class: `app ${told.size} ${few ? 'few' : 'many'}` },
    make('div', { class: 'top' }, bar, status),
    make(
      'div',
      { class: 'desk' },
      output,
      make('div', { class: 'said' }, words, ...(full ? [hint] : []), notes), // below the plane, which stays where it is
      ...(few ? [knobs.element] : []),
      ...(full ? [network] : []),
      ...(few ? [] : [knobs.element]),
      loss,
      ...(full ? [gradients] : []),
      folds,
    ),
  );

  const hear = aloudIn(view);

  /* ---- words ---- */
  const problem = (sentence) => {
    words.textContent = sentence;
  };
  const summary = () => {
    const n = run.losses.length;
    const within = run.waiting() ? ` + ${run.waiting()} of ${run.train.n} samples` : '';
    const right = run.isRegression
      ? { 'R²': say(measured.r2), 'validation R²': say(measured.valR2), RMSE: say(measured.rmse) }
      : { accuracy: percent(measured.accuracy), 'validation accuracy': percent(measured.valAccuracy) };
    return {
      epoch: n + within,
      loss: say(n ? run.losses[n - 1] : measured.J),
      'validation loss': say(measured.valLoss),
      ...right,
    };
  };
  const sentence = () =>
    Object.entries(summary())
      .map(([k, v]) => `${k} ${v}`)
      .join(', ') + '.';
  const figure = ([name, text]) => {
    const [first, ...rest] = name.split(' ');
    const what = { epoch: 'epoch', loss: 'loss', RMSE: 'error' }[rest[0] ?? first] ?? 'right';
    const kind = rest.length ? `${what} check` : what;
    const more = rest.length ? [longer(`${rest.join(' ')} `)] : [];
    return make(
      'span',
      { class: `figure ${kind}` },
      `${first} `,
      ...more,
      make('b', {}, text.replace(' samples', ''), ...(text.endsWith(' samples') ? [longer(' samples')] : [])),
    );
  };
  const speak = (text) => {
    hear(text);
    spokeAt = performance.now();
  };
  const name = (layer, index) => unitName(run, layer, index);
  const formula = ({ layer, index }) => {
    const died = dead.some(([l, i]) => l === layer && i === index);
    return formulaOf(run, layer, index) + (died ? '. It is dead: 0 for every training point' : '');
  };
  const tell = () => {
    if (!run) return;
    code.textContent = nnCode(told, state, run.losses.length || state.epochs);
    if (weights.open) numbers.textContent = run.weights().map(tableOf).join('\n\n');
    const unit = units?.shown();
    board.setAttribute(
      'aria-label',
      `${told.knobs.data.choices?.[state.data]}: ${run.train.n} training and ${run.val.n} validation points` +
        `${run.isRegression ? '' : ' of two classes'}, and ${unit ? name(unit.layer, unit.index) : "the network's output"}` +
        ` over the plane. ${sentence()}`,
    );
    curves.setAttribute('aria-label', `Loss against epochs. ${sentence()}`);
    const shape = `A network of ${run.sizes.join(', ')} units`;
    wires.setAttribute(
      'aria-label',
      `${shape}; “Show the numbers” lists its weights. ${deathNotice(dead, run.sizes)}`.trim(),
    );
  };

  /* ---- drawing ---- */
  const drawBars = () => {
    const barOf = (l) => row(`W${sub(l + 1)}`, make('div', {}, make('i')), make('b'));
    if (bars.children.length !== measured.norms.length) bars.replaceChildren(...measured.norms.map((_, l) => barOf(l)));
    measured.norms.forEach((norm, l) => {
      const [, track, out] = bars.children[l].children;
      const share = (Math.log10(norm || 1e-99) + 8) / 9; // 10⁻⁸ … 10
      track.firstChild.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
      out.textContent = say(norm);
    });
  };
  /* What colors the plane, and what its colors mean. */
  const caption = (plane, unit) => {
    whose.textContent = unit ? name(unit.layer, unit.index) : 'output';
    back.hidden = !unit;
    low.textContent = say(plane.middle - plane.most);
    high.textContent = say(plane.middle + plane.most);
  };
  const place = (color, outputs) => {
    const unit = units?.shown() ?? null;
    const plane = planeOf(run, outputs, unit);
    caption(plane, unit);
    pictures.drawBoard(run, plane, color);
    return unit;
  };
  let laid = '';
  const draw = () => {
    if (!run) return;
    measured = run.measure();
    dead = run.dead();
    drawnAt = performance.now();
    status.replaceChildren(...Object.entries(summary()).map(figure));
    const said = [deathNotice(dead, run.sizes), turnedNotice(told, run.changes)].filter(Boolean).join(' ');
    if (notes.textContent !== said) notes.textContent = said;
    if (!board.clientWidth) return; // folded away
    const color = pictures.colors();
    const outputs = run.look();
    pictures.drawCurves(run, measured.J, log.checked, color);
    if (units) {
      const names = run.sizes.flatMap((n, l) => Array.from({ length: n }, (_, i) => name(l, i)));
      const places = pictures.drawWires(run, outputs, color, names.slice(0, run.sizes[0]), dead, units.shown());
      const where = `${names} ${wires.clientWidth} ${wires.clientHeight}`;
      if (where !== laid) units.layout(places, name);
      laid = where;
      drawBars();
    }
    const unit = place(color, outputs);
    if (unit) hint.textContent = formula(unit);
  };
  /* Another unit is shown, or none: said once the reader stays with it. */
  let saying = 0;
  const look = () => {
    if (!run) return;
    const unit = units?.shown();
    if (!unit) hint.textContent = told.hint;
    draw();
    clearTimeout(saying);
    saying = setTimeout(() => {
      tell();
      speak(unit ? `${formula(unit)}.` : 'The plane shows the output.');
    }, 300);
  };
  /* Whatever has stopped is drawn, told and put into words once. */
  const after = () => {
    draw();
    tell();
    if (run.stopped) problem(`Diverged: ${run.stopped}.`);
    speak(`${sentence()} ${deathNotice(dead, run.sizes)}`.trim());
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
    if (run.stopped) again();
    playing = true;
    problem('');
    goal = (Math.floor(run.losses.length / state.epochs) + 1) * state.epochs;
    play.textContent = '❚❚ Pause';
    speak('Training.');
    pace.begin(performance.now());
    asked = requestAnimationFrame(frame);
  };
  /* A slice of training, then a picture; after a long slice it waits for the next frame: 50 ms at once are felt. */
  const frame = () => {
    if (!playing) return;
    if (!root.isConnected) return pause();
    const began = performance.now();
    const spent = () => performance.now() - began;
    const fast = speed.value === 'fast';
    const due = pace.due(began, PACES[speed.value]);
    const ended = () => run.stopped || run.losses.length >= goal;
    const turned = run.changes.length && run.losses.length;
    let trained = 0;
    while (trained < due && spent() < (fast ? 30 : 10) && !ended()) {
      run.epoch();
      trained++;
    }
    pace.paid(trained);
    if (turned) knobs.refresh(); // a shared run turns its knobs itself
    const next = (f) => {
      asked = requestAnimationFrame(f);
    };
    const seen = trained > 0 && began - drawnAt >= (calm ? 1000 : fast ? 100 : 0);
    const show = () => {
      if (ended()) return pause();
      if (seen) draw();
      if (performance.now() - spokeAt > 10000) speak(sentence());
      next(frame);
    };
    if ((ended() || seen) && spent() > 15) next(show);
    else show();
  };
  const reset = (said = '') => {
    const goesOn = playing && !said;
    playing = false;
    cancelAnimationFrame(asked);
    pen.hidden = state.data !== 'drawn';
    run = begin(state);
    net.style.setProperty('--most', String(Math.max(...run.sizes)));
    root.classList.toggle('mortal', state.activation === 'relu'); // its units may die, and room is kept to say so
    classes.replaceChildren(
      ...(run.isRegression
        ? [key('seen', 'training'), key('unseen', 'validation')]
        : [key('zero', 'class 0'), key('one', 'class 1'), key('open', 'validation')]),
    );
    knobs.refresh();
    problem(`${said} ${lacks()}`.trim());
    after();
    if (goesOn && !lacks()) start();
  };

  const point = (e) => {
    if (e.pointerType === 'touch' && e.type === 'pointerdown') units?.leave();
    if (!units?.shown()) hint.textContent = pictures.under(e, name) || told.hint;
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
  /* The page's face may come late. (To draw whenever any face has come would not end: drawing asks for faces.) */
  document.fonts?.load(`12px ${getComputedStyle(root).fontFamily}`, 'x₁').then(
    () => draw(),
    () => {},
  );
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
    get unit() {
      return units?.shown() ?? null;
    },
    set,
    turn,
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

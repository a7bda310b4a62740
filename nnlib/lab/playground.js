/* The playground: a network is built, trained and shown on a page. Two parts, the experiment and the panel.

   const begin = nnExperiments(nn, told);                // nn from wasm.js, told: what playground.py writes
   const run = begin({data: 'moons', n: 200, …});        // the same numbers as the Python that nnCode(told, state) shows
   run.epoch(); run.step(); run.theta(); run.losses      // a whole epoch, one batch; what came of it

   Everything that is computed of a network is computed by nnlib's kernels. JavaScript makes the data from their random
   numbers, by the recipes of nnlib/data.py and nnlib/initializers.py, and draws. */

/* ---- the experiment: data, weights, batches, as nnlib makes them ---- */

const nnExperiments = (nn, told) => {
  const WEIGHTS = 1, DATA = 2, ORDER = 3, SPLIT = 4, GRID = 48, start = nn.mark();
  const whole = values => nn.array('int64', [values.length], values), real = values => nn.array('float64', [values.length], values);
  const matrix = (rows, width) => nn.array('float64', [rows.length, width], rows.flat());
  const zeros = n => nn.array('float64', [n]);
  const range = n => Array.from({length: n}, (_, i) => i);

  const stream = (seed, room) => {
    const state = nn.array('uint64', [1], [nn.call('key', {seed, room})]);
    const fill = (kernel, type, out) => n => {
      const a = nn.array(type, [n]);
      nn.call(kernel, {state, [out]: a});
      return Array.from(a.values, Number);
    };
    return {uniform: fill('fill_uniform', 'float64', 'out'), normal: fill('fill_normal', 'float64', 'out'),
      permutation: fill('fill_permutation', 'int64', 'order')};
  };

  /* nnlib/data.py, line for line. XOR is four clouds, of which opposite ones belong together, turned by 45°. */
  const at = (radius, angle) => [radius * Math.cos(angle), radius * Math.sin(angle)];
  const clouds = (n, k) => range(n).map(i => at(2, Math.PI / 2 + 2 * Math.PI * (i % k) / k));
  const points = {
    moons: (n, {uniform}) => uniform(n).map((u, i) => {
      const [x, y] = at(1, Math.PI * u);
      return i % 2 ? [1 - x, 0.5 - y] : [x, y];
    }),
    circles: (n, {uniform}) => uniform(n).map((u, i) => at(i % 2 ? 0.5 : 1, 2 * Math.PI * u)),
    spirals: (n, {uniform}) => uniform(n).map((u, i) => at(0.1 + 0.9 * u, 2 * Math.PI * (0.1 + 0.9 * u + i % 2 / 2))),
    blobs: n => clouds(n, 2),
    xor: n => clouds(n, 4),
  };
  const samples = ({data, n, noise, seed, points: drawn}) => {
    if (data === 'drawn') return drawn.map(([x, y, t]) => [x, y, t]);
    const from = stream(seed, DATA), X = points[data](n, from), e = from.normal(2 * n);
    return X.map(([x, y], i) => {
      x += noise * e[2 * i], y += noise * e[2 * i + 1];
      return data === 'xor' ? [(x + y) / 2, (x - y) / 2, (i + 1) % 2] : [x, y, i % 2];
    });
  };

  /* nnlib/initializers.py. */
  const variance = {lecun: n => 1 / n, glorot: (n, k) => 2 / (n + k), he: n => 2 / n};
  const born = (scheme, draw, n, k) => {
    if (scheme === 'zeros' || scheme === 'constant') return Array(n * k).fill(told.scales[scheme] || 0);
    if (scheme === 'orthogonal') return orthogonal(draw, n, k);
    const [who, how] = scheme.includes('_') ? scheme.split('_') : ['', scheme];
    const deviation = who ? Math.sqrt(variance[who](n, k)) : told.scales[scheme];
    if (how === 'normal') return draw.normal(n * k).map(x => deviation * x);
    const limit = who ? Math.sqrt(3) * deviation : deviation;
    return draw.uniform(n * k).map(u => limit * (2 * u - 1));
  };
  /* The Q of QR with a positive diagonal in R is what Gram and Schmidt make of the columns; twice, for the last digits. */
  const orthogonal = (draw, n, k) => {
    const tall = Math.max(n, k), few = Math.min(n, k), a = draw.normal(tall * few), Q = [];
    for (const j of range(few)) {
      let q = range(tall).map(i => a[i * few + j]);
      for (const p of [...Q, ...Q]) {
        const dot = q.reduce((s, x, i) => s + x * p[i], 0);
        q = q.map((x, i) => x - dot * p[i]);
      }
      const length = Math.hypot(...q);
      Q.push(q.map(x => x / length));
    }
    return range(n * k).map(i => n >= k ? Q[i % k][i / k | 0] : Q[i / k | 0][i % k]);
  };

  return state => {
    nn.release(start);
    const seed = BigInt(state.seed), outputs = state.loss === 'cross_entropy' ? 2 : 1;
    const sizes = [2, ...state.hidden, outputs], L = sizes.length - 1;
    const total = sizes.reduce((a, b) => a + b, 0);
    const offsets = [0, 0], units = [0];
    sizes.forEach((n, l) => { units.push(units[l] + n); if (l) offsets.push(offsets[l] + sizes[l - 1] * n + n) });
    const g = told.activations[state.activation], last = told.activations[outputs > 1 ? 'softmax' : 'sigmoid'];
    const net = {sizes: whole(sizes), activations: whole([0, ...state.hidden.map(() => g), last]),
      offsets: whole(offsets), units: whole(units)};

    const all = samples({...state, seed}), N = Math.round(0.8 * all.length);
    const order = stream(seed, SPLIT).permutation(all.length);
    const pick = rows => {
      const chosen = rows.map(i => all[i]);
      return {points: chosen, X: matrix(chosen.map(p => p.slice(0, 2)), 2), n: rows.length,
        T: matrix(chosen.map(([, , t]) => outputs > 1 ? [1 - t, t] : [t]), outputs)};
    };
    const train = pick(order.slice(0, N)), val = pick(order.slice(N));

    const draw = stream(seed, WEIGHTS), P = offsets[L + 1];
    const θ = real(range(L).flatMap(l => [...born(state.scheme, draw, sizes[l], sizes[l + 1]), ...Array(sizes[l + 1]).fill(0)]));

    const rule = told.optimizers[state.optimizer], settings = [...rule.settings];
    settings[1] = state.lr;
    if (rule.beta) settings[4] = state.beta;
    const s = zeros(rule.vectors > 0 ? P : 0), u = zeros(rule.vectors > 1 ? P : 0), product = real([1]), count = whole([0, 0]);
    const batch = Math.min(state.batch_size ?? N, N), loss = told.losses[state.loss], losses = zeros(1);
    const work = {H: zeros(batch * total), δ: zeros(batch * total), T: zeros(batch * outputs), gradient: zeros(P),
      order: whole(range(N)), random: nn.array('uint64', [1]), count};
    const key = nn.call('key', {seed, room: ORDER}), penalty = {l1: 0, l2: state.l2};
    const fixed = {net, θ, kept: θ, loss, optimizer: rule.code, settings: real(settings), s, u, product,
      frozen: nn.array('bool', [0]), ...penalty, batch, key, work, losses};

    /* What is measured: all training samples, the validation samples, a grid of GRID × GRID points. */
    const room = zeros(Math.max(N, val.n, GRID * GRID) * total), δ = zeros(Math.max(N, val.n) * total), gradient = zeros(P);
    const right = part => {
      const Y = room.values.subarray(part.n * units[L], part.n * units[L + 1]);
      return part.points.filter(([, , t], i) => (outputs > 1 ? +(Y[2 * i + 1] > Y[2 * i]) : +(Y[i] >= 0.5)) === t).length / part.n;
    };
    const validate = nn.bind('loss', {net, θ, X: val.X, T: val.T, loss, l1: 0, l2: 0, H: room, δ});
    const wholeEpoch = nn.bind('run_epochs', {...fixed, X: train.X, T: train.T});
    const descend = nn.bind('backprop', {net, θ, X: train.X, T: train.T, loss, ...penalty, H: room, δ, gradient});
    const lines = range(L).map(l => [offsets[l + 1], sizes[l] * sizes[l + 1], sizes[l + 1]]);

    /* `before` is where the epoch began: a run that diverges goes back there, as nnlib.train does. */
    const mutable = [θ, s, u, product, count], run = {state, sizes, units, train, val, losses: [], valLosses: [], stopped: '', GRID};
    let before, place = 0, sum = 0;
    const keep = () => { before = mutable.map(a => a.values.slice()) };
    const fail = () => {
      const what = Number.isFinite(losses.values[0]) ? 'a parameter' : 'the loss';
      run.stopped = `${what} was no longer finite in epoch ${run.losses.length + 1}; try a smaller learning rate`;
      mutable.forEach((a, i) => a.values.set(before[i]));
      place = sum = 0;
    };
    const done = J => { run.losses.push(J); run.valLosses.push(validate()) };

    /* One batch: run_epochs on these rows alone, all at once, is one update. */
    const pieces = {}, piece = m => pieces[m] ??= {X: nn.array('float64', [m, 2]), T: nn.array('float64', [m, outputs]), order: whole(range(m))};
    const shuffled = whole(range(N));
    let rows = [];
    run.step = () => {
      if (run.stopped) return;
      if (!place) {
        keep();
        if (batch < N) nn.call('enter', {state: work.random, key, index: count.values[1]});
        if (batch < N) nn.call('fill_permutation', {state: work.random, order: shuffled});
        rows = Array.from(shuffled.values, Number);
      }
      const now = rows.slice(place, place + batch), m = now.length, {X, T, order} = piece(m);
      X.values.set(now.flatMap(i => train.points[i].slice(0, 2)));
      T.values.set(now.flatMap(i => Array.from(train.T.values.subarray(i * outputs, (i + 1) * outputs))));
      const good = nn.call('run_epochs', {...fixed, X, T, batch: m, work: {...work, order}});
      if (!good) return fail();
      count.values[1] -= 1n;
      sum += m * losses.values[0];
      place += m;
      if (place < N) return;
      count.values[1] += 1n;
      done(sum / N);
      place = sum = 0;
    };
    run.epoch = () => {
      if (run.stopped) return;
      if (place) { do run.step(); while (place); return }
      keep();
      if (wholeEpoch()) done(losses.values[0]); else fail();
    };
    run.theta = () => θ.values.slice();
    run.weights = () => lines.map(([at, n, k]) => ({W: θ.values.subarray(at, at + n), b: θ.values.subarray(at + n, at + n + k)}));
    run.updates = () => Number(count.values[0]);
    run.waiting = () => place;

    /* J on all training data as θ is now, the share of right answers, the gradient's norm for each W_l. */
    run.measure = () => {
      const J = descend(), accuracy = right(train);
      const norms = lines.map(([at, n]) => Math.hypot(...gradient.values.subarray(at, at + n)));
      const valLoss = validate();
      return {J, accuracy, norms, valLoss, valAccuracy: right(val)};
    };

    /* The window: a square around all points. Then what each unit says on a grid of points in it. */
    const xs = all.map(p => p[0]), ys = all.map(p => p[1]), drawn = state.data === 'drawn';
    const low = [xs, ys].map(v => drawn ? -2 : Math.min(...v)), high = [xs, ys].map(v => drawn ? 2 : Math.max(...v));
    const half = (drawn ? 1 : 1.12) * Math.max(high[0] - low[0], high[1] - low[1]) / 2;
    run.window = {x: (low[0] + high[0]) / 2 - half, y: (low[1] + high[1]) / 2 + half, size: 2 * half};
    const grid = matrix(range(GRID * GRID).map(k => [run.window.x + (k % GRID + 0.5) * 2 * half / GRID,
      run.window.y - ((k / GRID | 0) + 0.5) * 2 * half / GRID]), 2);
    const show = nn.bind('forward', {net, θ, X: grid, H: room});
    run.look = () => {
      show();
      return sizes.map((n, l) => room.values.subarray(GRID * GRID * units[l], GRID * GRID * units[l + 1]));
    };
    return run;
  };
};

/* The lines of Python that run the same experiment. */
const nnCode = (told, state, epochs) => {
  const {data, n, noise, seed, hidden, activation, loss, scheme, optimizer, lr, beta, batch_size, l2} = state;
  const rule = told.optimizers[optimizer], outputs = loss === 'cross_entropy' ? 2 : 1;
  const cloud = (name, more = '') => `X, labels = nn.data.${name}(n=${n}, noise=${noise}, seed=${seed}${more})`;
  const lines = {
    xor: () => `${cloud('blobs', ', classes=4')}  # four clouds\nX = X @ [[1, 1], [1, -1]] / 2  # turned by 45°: the corners (±1, ±1)\n`
      + 'labels = (labels + 1) % 2  # 1 where the signs differ',
    blobs: () => cloud('blobs', ', classes=2'),
    drawn: () => `points = np.array([${state.points.map(p => `[${p.join(', ')}]`).join(', ').replace(/(.{45,60}?\]), /g, '$1,\n                   ')}])\n`
      + 'X, labels = points[:, :2], points[:, 2].astype(int)',
  };
  return `${data === 'drawn' ? 'import numpy as np\n' : ''}import nnlib as nn

${(lines[data] || (() => cloud(data)))()}
(X, labels), validation = nn.data.split(X, labels, (0.8, 0.2), seed=${seed})

net = nn.mlp([${[2, ...hidden, outputs].join(', ')}], hidden="${activation}", output="${outputs > 1 ? 'softmax' : 'sigmoid'}")
theta = nn.initialize(net, "${scheme}", seed=${seed})
optimizer = nn.${optimizer}(lr=${lr}${rule.beta ? `, ${rule.beta}=${beta}` : ''})
run = nn.train(net, theta, X, labels, "${loss}", optimizer, epochs=${epochs},
               batch_size=${batch_size ?? 'None'}, seed=${seed}, l2=${l2}, validation=validation)
print(run)
print((nn.predict(net, run.theta, X) == labels).mean())`;
};

/* A state from texts (a page's address) or values, and a sentence for each that had to be changed. */
const nnChecked = (told, base, given) => {
  const state = {...base}, said = [];
  const number = (name, text) => {
    const {low, high, whole} = told.knobs[name], value = Number(text);
    if (text === '' || !Number.isFinite(value)) return said.push(`${name}: “${text}” is not a number; ${state[name] ?? 'all'} stays.`), state[name];
    const near = Math.min(high, Math.max(low, whole ? Math.round(value) : value));
    if (near !== value) said.push(`${name}: ${value} is not ${whole ? 'a whole number ' : ''}from ${low} to ${high}; ${near} is taken.`);
    return near;
  };
  for (const [name, text] of Object.entries(given)) {
    const knob = told.knobs[name];
    if (!Object.hasOwn(told.start, name)) said.push(`There is no setting “${name}”.`);
    else if (name === 'hidden') {
      const parts = text === '' ? [] : String(text).split(/[.,]/).map(Number), top = told.knobs.width.high;
      const fit = parts.filter(Number.isFinite).slice(0, told.knobs.depth.high).map(k => Math.min(top, Math.max(1, Math.round(k))));
      if (fit.join() !== parts.join()) said.push(`hidden: “${text}” is not at most ${told.knobs.depth.high} layers of 1 to ${top} units; [${fit.join(', ')}] is taken.`);
      state.hidden = fit;
    } else if (name === 'points') {
      const parts = String(text).split('.').filter(Boolean).map(Number), fit = [];
      for (let i = 0; i + 2 < parts.length && fit.length < told.knobs.points.high; i += 3) {
        const [x, y, t] = parts.slice(i, i + 3);
        if (x >= 0 && x <= 400 && y >= 0 && y <= 400 && (t === 0 || t === 1)) fit.push([(Math.round(x) - 200) / 100, (Math.round(y) - 200) / 100, t]);
      }
      if (3 * fit.length !== parts.length) said.push(`points: ${fit.length} of them could be read.`);
      state.points = fit;
    } else if (knob.choices) {
      if (Object.hasOwn(knob.choices, text)) state[name] = text;
      else said.push(`${name}: “${text}” is none of ${Object.keys(knob.choices).join(', ')}; ${state[name]} stays.`);
    } else state[name] = name === 'batch_size' && text === 'all' ? null : number(name, text);
  }
  return [state, said];
};

/* ---- the panel: knobs, pictures, words ---- */

const nnPlayground = (told, nn, root, still) => {
  const begin = nnExperiments(nn, told), calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const name = `play${[...document.querySelectorAll('.nn-play')].indexOf(root) + 1}`, prefix = `x.${name}.`;
  const onPage = !!root.closest('article'), full = told.size === 'full';
  const make = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) k.startsWith('on') ? e.addEventListener(k.slice(2), v) : e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const say = x => x === null ? 'all' : typeof x !== 'number' ? String(x) : Number.isNaN(x) ? '–' : !Number.isFinite(x) ? '∞'
    : (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e4) ? x.toExponential(1) : String(+x.toPrecision(3))).replaceAll('-', '−').replace('+', '');
  const percent = x => Number.isNaN(x) ? '–' : `${+(100 * x).toFixed(1)} %`;
  let state = told.start, run, playing = false, goal = 0, looked, measured, asked = 0, drawnAt = 0, spokeAt = 0, brush = 0;

  /* The page's address: one entry for each setting that is not as the page began. Explorers keep theirs beside it. */
  const written = {hidden: v => v.join('.'), batch_size: v => v ?? 'all',
    points: v => v.map(([x, y, t]) => `${Math.round(100 * x) + 200}.${Math.round(100 * y) + 200}.${t}`).join('.')};
  const text = (key, value) => String(written[key] ? written[key](value) : value);
  const hash = () => new URLSearchParams(location.hash.startsWith('#x.') ? location.hash.slice(1) : '');
  const save = () => {
    const h = hash();
    for (const key of [...h.keys()]) if (key.startsWith(prefix)) h.delete(key);
    for (const [key, value] of Object.entries(state)) if (text(key, value) !== text(key, told.start[key])) h.set(prefix + key, text(key, value));
    try { history.replaceState(null, '', String(h) ? '#' + h : location.pathname + location.search) } catch (e) { /* not in this frame */ }
  };
  const load = () => {
    const given = [...hash()].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]);
    const [next, said] = nnChecked(told, told.start, Object.fromEntries(given));
    if (given.length) root.scrollIntoView({block: 'nearest'});
    state = next;
    reset(said.join(' '));
  };

  /* ---- knobs ---- */
  const knobs = make('div', {class: 'knobs'}), refresh = [];
  const set = change => {
    state = {...state, ...change};
    if (onPage) save();
    reset();
  };
  const menu = (label, choices, get, put) => {
    const select = make('select', {'aria-label': label, autocomplete: 'off'}, ...Object.entries(choices).map(([value, words]) => make('option', {value}, words)));
    select.addEventListener('change', () => put(select.value));
    refresh.push(() => { select.value = get() });
    return make('div', {class: 'r'}, make('span', {}, label), select);
  };
  const slider = (label, grid, get, put, idle = () => false) => {
    const input = make('input', {type: 'range', min: 0, max: grid.length - 1, 'aria-label': label, autocomplete: 'off'}), out = make('output');
    input.addEventListener('input', () => put(grid[+input.value]));
    refresh.push(() => {
      const value = get(), far = grid.map(g => Math.abs((g ?? 1e9) - (value ?? 1e9)));
      input.value = far.indexOf(Math.min(...far));
      input.disabled = idle();
      out.textContent = input.disabled ? '–' : say(value);
      input.setAttribute('aria-valuetext', input.disabled ? 'not used' : say(value));
    });
    return make('div', {class: 'r'}, make('span', {}, label), out, input);
  };
  const range = (low, high) => Array.from({length: high - low + 1}, (_, i) => low + i);
  const width = () => Math.max(1, ...state.hidden);
  const made = {
    data: k => menu(k.label, k.choices, () => state.data, data => set({data, noise: told.noise[data] ?? state.noise})),
    depth: k => slider(k.label, range(0, k.high), () => state.hidden.length, d => set({hidden: range(1, d).map(i => state.hidden[i - 1] ?? state.hidden.at(-1) ?? lastWidth)})),
    width: k => slider(k.label, range(1, k.high), width, w => { lastWidth = w; set({hidden: state.hidden.map(() => w)}) }, () => !state.hidden.length),
    optimizer: k => menu(k.label, k.choices, () => state.optimizer, optimizer => set({optimizer})),
    beta: k => slider(k.label, k.grid, () => state.beta, beta => set({beta}), () => !told.optimizers[state.optimizer].beta),
    seed: k => {
      const input = make('input', {type: 'number', min: 0, max: k.high, step: 1, 'aria-label': k.label});
      input.addEventListener('change', () => {
        const [next, said] = nnChecked(told, state, {seed: input.value});
        set(next);
        if (said.length) problem(said.join(' '));
      });
      refresh.push(() => { input.value = state.seed });
      return make('div', {class: 'r'}, make('span', {}, k.label), input);
    },
  };
  let lastWidth = Math.max(4, ...state.hidden);
  const shown = told.controls.flatMap(c => c === 'hidden' ? ['depth', 'width'] : [c]);
  for (const key of shown) {
    const k = told.knobs[key], other = k.choices ? menu : slider;
    const unused = () => state.data === 'drawn' && (key === 'n' || key === 'noise');
    knobs.append(made[key] ? made[key](k) : other(k.label, k.choices || k.grid, () => state[key], v => set({[key]: v}), unused));
  }

  /* Points of the reader's own: a tap on the board, or two numbers and a button. */
  const px = make('input', {type: 'number', min: -2, max: 2, step: 0.1, value: 0, 'aria-label': 'x₁ of a new point'});
  const py = make('input', {type: 'number', min: -2, max: 2, step: 0.1, value: 0, 'aria-label': 'x₂ of a new point'});
  const kind = make('select', {'aria-label': 'class of new points', onchange: e => { brush = +e.target.value }}, make('option', {value: 0}, '■ class 0'), make('option', {value: 1}, '● class 1'));
  const add = (x, y) => {
    if (state.points.length >= told.knobs.points.high) return problem(`${told.knobs.points.high} points are the most that fit into an address.`);
    const round = v => Math.round(100 * Math.min(2, Math.max(-2, v || 0))) / 100;
    set({points: [...state.points, [round(x), round(y), brush]]});
  };
  const button = (words, onclick, more = {}) => make('button', {type: 'button', onclick, ...more}, words);
  const pen = make('div', {class: 'pen', role: 'group', 'aria-label': 'draw points'}, kind, px, py, button('Add', () => add(+px.value, +py.value)),
    button('Undo', () => set({points: state.points.slice(0, -1)})), button('Clear', () => set({points: []})));

  /* ---- what is shown ---- */
  const canvas = (kind, label) => make('canvas', {class: kind, role: 'img', 'aria-label': label});
  const board = canvas('board', ''), wires = canvas('wires', ''), curves = canvas('curves', '');
  const status = make('p', {class: 'status'}), words = make('p', {class: 'words', role: 'status'}), aloud = make('p', {class: 'aloud', 'aria-live': 'polite'});
  const hint = make('p', {class: 'hint'}), bars = make('div', {class: 'bars'}), log = make('input', {type: 'checkbox', onchange: () => draw()});
  const code = make('code'), numbers = make('code'), play = button('', () => playing ? pause() : start(), {class: 'go'});
  const speed = make('select', {'aria-label': 'speed', autocomplete: 'off'}, ...['slow', 'normal', 'fast'].map(s => make('option', {value: s}, s)));
  speed.value = calm ? 'fast' : 'normal';
  const page = (label, text) => make('div', {class: 'pre', tabindex: 0, role: 'region', 'aria-label': label}, text);  // of a pre the theme would take the tabindex
  const fold = (title, pre) => make('details', {ontoggle: () => tell()}, make('summary', {}, title), pre);
  const codes = fold('Show the code', page('code of this experiment', code));
  const weights = fold('Show the numbers', page('weights and biases', numbers));
  codes.append(button('Copy', e => navigator.clipboard?.writeText(code.textContent).then(() => { e.target.textContent = 'Copied' }, () => {}), {class: 'copy'}));
  const panel = (title, ...inside) => make('div', {class: 'sight'}, make('div', {class: 'title'}, ...[title].flat()), ...inside);
  const key = (kind, words) => make('span', {class: `key ${kind}`}, words);
  const view = make('div', {class: `app ${told.size}`},
    make('div', {class: 'bar', role: 'group', 'aria-label': 'training'}, play, button('Step one batch', () => { pause(); run.step(); after() }),
      button('Reset', () => reset()), button('New seed', () => set({seed: (state.seed + 1) % told.knobs.seed.high})), make('label', {class: 'speed'}, 'speed ', speed)),
    status, words, aloud,
    make('div', {class: 'desk'}, knobs, make('div', {class: 'sights'},
      panel(['output ', key('zero', 'class 0'), key('one', 'class 1'), key('open', 'validation')], board, pen),
      ...full ? [panel(['network ', key('plus', 'w > 0'), key('minus', 'w < 0')], wires, hint)] : [],
      panel(['loss ', key('fit', 'training'), key('check', 'validation'), make('label', {}, log, ' log')], curves),
      ...full ? [panel('gradient ‖∂J/∂W‖, log scale', bars)] : [], ...full ? [make('div', {class: 'folds'}, weights, codes)] : [codes])));
  const problem = words_ => { words.textContent = words_ };

  /* ---- drawing ---- */
  const ink = () => {
    const style = getComputedStyle(root), get = n => style.getPropertyValue(n).trim();
    const [r, g, b] = (style.color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    root.classList.toggle('dark', r + g + b > 382);
    return {ink: style.color, paper: get('--paper'), one: get('--one'), zero: get('--zero'), faint: get('--faint')};
  };
  const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
  const fit = canvas => {
    const dpr = Math.min(2, devicePixelRatio || 1), w = canvas.clientWidth, h = canvas.clientHeight, g = canvas.getContext('2d');
    if (canvas.width !== Math.round(w * dpr) || canvas.height !== Math.round(h * dpr)) [canvas.width, canvas.height] = [Math.round(w * dpr), Math.round(h * dpr)];
    g.setTransform(dpr, 0, 0, dpr, 0, 0);
    g.clearRect(0, 0, w, h);
    return [g, w, h];
  };
  /* −1 is class 0's color, 0 the paper, 1 class 1's color. */
  const shade = (look, strength) => {
    const [p, z, o] = [look.paper, look.zero, look.one].map(rgb);
    return (pixels, k, t) => {
      const to = t < 0 ? z : o, a = strength * Math.min(1, Math.abs(t) || 0);
      for (let i = 0; i < 3; i++) pixels[4 * k + i] = p[i] + a * (to[i] - p[i]);
      pixels[4 * k + 3] = 255;
    };
  };
  const film = make('canvas'), films = make('canvas');
  const output = () => {
    const Y = looked.at(-1), n = run.sizes.at(-1);
    return n > 1 ? Y.filter((_, i) => i % 2) : Y;
  };

  const drawBoard = look => {
    const [g, w] = fit(board), G = run.GRID, Y = output(), paint = shade(look, 0.55), {x, y, size} = run.window;
    film.width = film.height = G;
    const f = film.getContext('2d'), image = f.createImageData(G, G);
    Y.forEach((p, k) => paint(image.data, k, 2 * p - 1));
    f.putImageData(image, 0, 0);
    g.imageSmoothingQuality = 'high';
    g.drawImage(film, 0, 0, w, w);
    /* Where the output is ½: in each square of four grid points, from edge to edge. */
    g.beginPath();
    const c = i => (i + 0.5) * w / G;
    for (let j = 0; j < G - 1; j++) for (let i = 0; i < G - 1; i++) {
      const k = j * G + i, p = Y[k] - 0.5, q = Y[k + 1] - 0.5, r = Y[k + G + 1] - 0.5, s = Y[k + G] - 0.5, cut = [];
      if (p >= 0 !== q >= 0) cut.push([i + p / (p - q), j]);
      if (q >= 0 !== r >= 0) cut.push([i + 1, j + q / (q - r)]);
      if (r >= 0 !== s >= 0) cut.push([i + s / (s - r), j + 1]);
      if (s >= 0 !== p >= 0) cut.push([i, j + p / (p - s)]);
      for (let m = 0; m + 1 < cut.length; m += 2) g.moveTo(c(cut[m][0]), c(cut[m][1])), g.lineTo(c(cut[m + 1][0]), c(cut[m + 1][1]));
    }
    g.strokeStyle = look.ink, g.lineWidth = 2;
    g.stroke();
    const d = w > 300 ? 4 : 3.2;
    for (const [part, solid] of [[run.train, true], [run.val, false]]) for (const kind of [0, 1]) {
      g.beginPath();
      for (const [a, b, t] of part.points) if (t === kind) {
        const i = (a - x) / size * w, j = (y - b) / size * w;
        if (t) g.moveTo(i + d, j), g.arc(i, j, d, 0, 7); else g.rect(i - d * 0.9, j - d * 0.9, d * 1.8, d * 1.8);
      }
      const [color, edge] = [kind ? look.one : look.zero, look.paper];
      [g.fillStyle, g.strokeStyle, g.lineWidth] = solid ? [color, edge, 1] : [edge, color, 1.8];
      g.fill(), g.stroke();
    }
    g.fillStyle = look.ink, g.font = '11px sans-serif';
    const unit = nice(size / 6);
    for (let v = Math.ceil(x / unit) * unit; v < x + size; v += unit) if (v > x + 0.08 * size) g.fillText(say(+v.toFixed(1)), (v - x) / size * w - 4, w - 4);
    for (let v = Math.ceil((y - size) / unit) * unit; v < y; v += unit) if (v > y - 0.92 * size && v < y - 0.03 * size) g.fillText(say(+v.toFixed(1)), 3, (y - v) / size * w + 4);
  };

  /* The network: each unit shows what it says over the same window; each weight its size, sign by color and by dashes. */
  let places = [], edges = [];
  const drawWires = look => {
    const [g, w, h] = fit(wires), sizes = run.sizes, L = sizes.length - 1, top = Math.max(...sizes), S = 16, step = run.GRID / S;
    const side = Math.max(9, Math.min(26, (h - 24) / top - 3)), paint = shade(look, 0.9);
    places = sizes.map((n, l) => Array.from({length: n}, (_, i) => [side / 2 + 8 + l * (w - side - 16) / L, 8 + (h - 24) * (i + 0.5) / n]));
    edges = [];
    const strokes = {};
    run.weights().forEach(({W}, l) => {
      const n = sizes[l + 1];
      W.forEach((v, k) => {
        const [a, b] = [places[l][k / n | 0], places[l + 1][k % n]], size = Math.min(side / 3.5, Math.round(Math.abs(v) * side / 6.5) / 2 || 0.25);
        edges.push({a, b, l: l + 1, i: k / n | 0, j: k % n, v});
        (strokes[`${v < 0 ? 'zero' : 'one'} ${size}`] ??= []).push([a, b]);
      });
    });
    /* One path for each color and thickness: hundreds of dashed lines one by one would take longer than training. */
    for (const [kind, lines] of Object.entries(strokes)) {
      const [sign, size] = kind.split(' ');
      g.beginPath();
      for (const [[a, b], [c, d]] of lines) g.moveTo(a, b), g.bezierCurveTo((a + c) / 2, b, (a + c) / 2, d, c, d);
      g.strokeStyle = look[sign], g.lineWidth = size, g.globalAlpha = Math.min(0.9, 0.35 + size / 6);
      g.setLineDash(sign === 'zero' && edges.length < 400 ? [5, 3] : []);  // more dashes cost more than training, and show less
      g.stroke();
    }
    g.setLineDash([]), g.globalAlpha = 1;
    const flat = places.flat(), {x, y, size} = run.window;
    films.width = S * flat.length, films.height = S;
    const f = films.getContext('2d'), image = f.createImageData(S * flat.length, S);
    let at = 0;
    sizes.forEach((n, l) => {
      for (let i = 0; i < n; i++, at++) {
        const H = looked[l], values = [];
        for (let r = 0; r < S; r++) for (let c = 0; c < S; c++) values.push(H[((r + 0.5) * step | 0) * run.GRID * n + ((c + 0.5) * step | 0) * n + i]);
        const shift = l === L || state.activation === 'sigmoid' && l > 0 ? 0.5 : l === 0 ? (i ? y - size / 2 : x + size / 2) : 0;
        const most = values.reduce((m, v) => Math.max(m, Math.abs(v - shift)), 1e-9);
        values.forEach((v, k) => paint(image.data, (k / S | 0) * S * flat.length + at * S + k % S, (v - shift) / most));
      }
    });
    f.putImageData(image, 0, 0);
    g.strokeStyle = look.ink, g.lineWidth = 1;
    flat.forEach(([a, b], k) => {
      g.drawImage(films, k * S, 0, S, S, a - side / 2, b - side / 2, side, side);
      g.strokeRect(a - side / 2, b - side / 2, side, side);
    });
    g.fillStyle = look.ink, g.font = '12px sans-serif', g.textAlign = 'center';
    places.forEach((p, l) => g.fillText(l === 0 ? 'x' : l === L ? 'y' : `h${'₀₁₂₃₄'[l]}`, p[0][0], h - 3));
    g.textAlign = 'start';
  };
  const point = e => {
    const {left, top} = wires.getBoundingClientRect(), x = e.clientX - left, y = e.clientY - top;
    let best = 9, said = '';
    for (const {a, b, l, i, j, v} of edges) for (let t = 0.15; t < 0.9; t += 0.05) {
      const p = 1.5 * t * (1 - t) + t ** 3, q = t * t * (3 - 2 * t), d = Math.hypot(x - a[0] - p * (b[0] - a[0]), y - a[1] - q * (b[1] - a[1]));
      if (d < best) best = d, said = `W${'₀₁₂₃₄₅'[l]}[${i}, ${j}] = ${say(v)}`;
    }
    places.forEach((p, l) => p.forEach(([a, b], i) => {
      if (Math.hypot(x - a, y - b) < 13) said = l ? `unit ${i} of layer ${l}: b = ${say(run.weights()[l - 1].b[i])}` : `input x${'₁₂'[i]}`;
    }));
    hint.textContent = said || told.hint;
  };
  wires.addEventListener('pointermove', point);
  wires.addEventListener('pointerdown', point);

  /* The least of 1, 2, 5, 10, 20, … that is at least x. */
  const nice = x => {
    const e = 10 ** Math.floor(Math.log10(x));
    return [1, 2, 5, 10].find(d => d * e >= 0.999 * x) * e;
  };
  const drawCurves = look => {
    const [g, w, h] = fit(curves), lists = [run.losses, run.valLosses], n = run.losses.length, left = 40, bottom = 18;
    const seen = lists.flatMap(list => list.filter((v, i) => Number.isFinite(v) && (i % Math.ceil(n / 400) === 0))), scale = log.checked ? v => Math.log10(Math.max(v, 1e-12)) : v => v;
    if (!seen.length) seen.push(measured.J || 1);
    let low = log.checked ? Math.floor(scale(Math.min(...seen)) - 1e-9) : 0, high = scale(Math.max(...seen));
    high = log.checked ? Math.max(Math.ceil(high), low + 1) : high * 1.05 || 1;
    const X = i => left + (w - left - 6) * (i + 1) / Math.max(n, 10), Y = v => 6 + (h - bottom - 6) * (1 - (scale(v) - low) / (high - low));
    g.font = '11px sans-serif', g.fillStyle = look.ink, g.strokeStyle = look.faint, g.lineWidth = 1;
    g.textAlign = 'right';
    const unit = log.checked ? Math.ceil((high - low) / 5) : nice(high / 5);
    for (let k = 0; low + k * unit <= high; k++) {
      const v = low + k * unit, j = Y(log.checked ? 10 ** v : v);
      g.beginPath(), g.moveTo(left, j), g.lineTo(w - 6, j), g.stroke();
      g.fillText(log.checked ? `10${String(v).replace(/./g, c => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c] ?? '⁻')}` : say(+v.toPrecision(3)), left - 5, j + 4);
    }
    g.fillText(`epoch ${n}`, w - 6, h - 4);
    g.textAlign = 'start';
    [[lists[1], look.zero, [6, 4]], [lists[0], look.one, []]].forEach(([list, color, dash]) => {
      g.beginPath(), g.strokeStyle = color, g.lineWidth = 2, g.setLineDash(dash);
      const every = Math.max(1, Math.floor(list.length / 400));
      list.forEach((v, i) => { if ((i % every === 0 || i === list.length - 1) && Number.isFinite(v)) g.lineTo(X(i), Y(v)) });
      g.stroke();
    });
    g.setLineDash([]);
  };

  const drawBars = () => {
    if (bars.children.length !== measured.norms.length) bars.replaceChildren(...measured.norms.map((_, l) =>
      make('div', {class: 'r'}, make('span', {}, `W${'₀₁₂₃₄₅'[l + 1]}`), make('div', {}, make('i')), make('output'))));
    measured.norms.forEach((v, l) => {
      const [, bar, out] = bars.children[l].children;
      bar.firstChild.style.width = `${Math.max(0, Math.min(100, 100 * (Math.log10(v || 1e-99) + 8) / 9))}%`;
      out.textContent = v === 0 ? '0' : say(v);
    });
  };

  /* ---- words ---- */
  const summary = () => {
    const n = run.losses.length, J = n ? run.losses[n - 1] : measured.J, {accuracy, valLoss, valAccuracy} = measured;
    return [['epoch', `${n}${run.waiting() ? ` + ${run.waiting()} of ${run.train.n} samples` : ''}`], ['loss', say(J)], ['validation loss', say(valLoss)], ['accuracy', percent(accuracy)], ['validation accuracy', percent(valAccuracy)]];
  };
  const sentence = () => summary().map(([k, v]) => `${k} ${v}`).join(', ') + '.';
  const speak = text => { aloud.textContent = text; spokeAt = performance.now() };
  const tell = () => {
    if (!run) return;
    code.textContent = nnCode(told, state, run.losses.length || state.epochs);
    codes.querySelector('.copy').textContent = 'Copy';
    if (weights.open) numbers.textContent = run.weights().map(({W, b}, l) => {
      const row = v => Array.from(v, x => x.toFixed(4).replace('-', '−').padStart(9)).join(''), n = b.length;
      return `W${'₀₁₂₃₄₅'[l + 1]}\n${Array.from({length: W.length / n}, (_, i) => row(W.subarray(i * n, i * n + n))).join('\n')}\nb${'₀₁₂₃₄₅'[l + 1]}\n${row(b)}`;
    }).join('\n\n');
    board.setAttribute('aria-label', `${told.knobs.data.choices[state.data]}: ${run.train.n} training and ${run.val.n} validation points in two classes, and the output of the network over the plane. ${sentence()}`);
    curves.setAttribute('aria-label', `Loss against epochs. ${sentence()}`);
    wires.setAttribute('aria-label', `A network of ${run.sizes.join(', ')} units with its weights; “Show the numbers” lists them.`);
  };
  const draw = () => {
    if (!run || !board.clientWidth) return;
    measured = run.measure();
    looked = run.look();
    const look = ink();
    drawBoard(look), drawCurves(look);
    if (full) drawWires(look), drawBars();
    status.replaceChildren(...summary().flatMap(([k, v]) => [make('span', {}, `${k} `, make('b', {}, v)), ' ']));
    drawnAt = performance.now();
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
    const ones = state.points.filter(p => p[2]).length;
    return Math.min(ones, state.points.length - ones) >= 3 ? '' : 'Tap the board to set points: at least three of each class.';
  };
  const pause = () => {
    playing = false;
    cancelAnimationFrame(asked);
    if (run) after();
  };
  const start = () => {
    if (lacks()) return problem(lacks());
    if (run.stopped) reset();
    playing = true;
    words.textContent = '';
    goal = (Math.floor(run.losses.length / state.epochs) + 1) * state.epochs;
    play.textContent = '❚❚ Pause';
    speak('Training.');
    asked = requestAnimationFrame(frame);
  };
  /* A slice of training, then a picture; after a long slice the picture waits for the next frame, for a task of 50 ms
     is felt. */
  const frame = () => {
    if (!playing) return;
    if (!root.isConnected) return pause();
    const began = performance.now(), spent = () => performance.now() - began, fast = speed.value === 'fast';
    const most = {slow: 1, normal: Math.ceil(state.epochs / 240), fast: Infinity}[speed.value];
    for (let k = 0; k < most && spent() < (fast ? 30 : 10) && run.losses.length < goal && !run.stopped; k++) run.epoch();
    const ends = run.stopped || run.losses.length >= goal, due = began - drawnAt > (calm ? 1000 : fast ? 100 : 0);
    const next = () => { asked = requestAnimationFrame(frame) }, show = () => {
      if (ends) return pause();
      if (due) draw();
      if (performance.now() - spokeAt > 10000) speak(sentence());
      next();
    };
    if ((ends || due) && spent() > 15) asked = requestAnimationFrame(show); else show();
  };
  const reset = (said = '') => {
    const again = playing && !said;
    playing = false;
    cancelAnimationFrame(asked);
    refresh.forEach(f => f());
    pen.hidden = state.data !== 'drawn';
    words.textContent = said;
    try {
      run = begin(state);
    } catch (error) {
      return problem(`This experiment cannot be run: ${error.message}`);
    }
    if (lacks()) problem(`${said} ${lacks()}`.trim());
    after();
    if (again && !lacks()) start();
  };

  const touch = e => {
    if (state.data !== 'drawn') return;
    const {left, top, width} = board.getBoundingClientRect(), {x, y, size} = run.window;
    add(x + (e.clientX - left) / width * size, y - (e.clientY - top) / width * size);
  };
  board.addEventListener('click', touch);

  hint.textContent = told.hint;
  still.replaceWith(view);
  load();
  if (onPage) addEventListener('hashchange', () => [...hash().keys()].some(k => k.startsWith(prefix)) && load());
  new ResizeObserver(() => draw()).observe(view);
  for (const e of [document.documentElement, document.body]) new MutationObserver(() => draw()).observe(e, {attributes: true, attributeFilter: ['data-theme', 'class', 'data-jp-theme-light']});
  /* For tests and for the curious: $('.nn-play').playground.run */
  root.playground = {get run() { return run }, get state() { return state }, get playing() { return playing }, set, reset, draw, code: () => code.textContent};
  root.dataset.ready = 1;
};

if (typeof module !== 'undefined') module.exports = {nnExperiments, nnCode, nnChecked};
else window.nnPlay = async root => {
  const still = root.querySelector('.still'), told = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  let nn;
  try {
    nn = await nnWasm(Uint8Array.from(atob(KERNELS), c => c.charCodeAt(0)));
  } catch (error) {
    still.querySelector('p').textContent = 'This browser may not run WebAssembly here, so the playground stays a picture: it shows where its training leads.';
    return;
  }
  nnPlayground(told, nn, root, still);
};

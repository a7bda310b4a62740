/* The playground's experiment: data, weights and batches as nnlib makes them, on a page or in node.

   const begin = nnExperiments(nn, told);                // nn from wasm.js, told: what playground.py writes
   const run = begin({data: 'moons', n: 200, …});        // the same numbers as the Python of nnCode(told, state)
   run.epoch(); run.step(); run.theta(); run.losses      // a whole epoch, one batch; what came of it

   All that a network computes is computed by nnlib's kernels. JavaScript makes the data and the first weights from
   their random numbers, by the recipes of nnlib/data.py and nnlib/initializers.py: the same sums, products and roots in
   the same order, so every bit is the same. It asks nothing else of Math, whose last digits no standard fixes. */

/**
 * An experiment, in nnlib's words.
 * @typedef {{ data: string, n: number, noise: number, seed: number, hidden: number[], activation: string, loss: string,
 *   scheme: string, optimizer: string, lr: number, beta: number, batch_size: number | null, l2: number, epochs: number,
 *   points: [x: number, y: number, label: number][] }} State
 *
 * What playground.py tells a page: how it begins and what can be turned, and nnlib's codes.
 * @typedef {{ label: string, choices?: Record<string, string>, grid?: (number | null)[], low: number, high: number,
 *   whole?: boolean }} Knob
 * @typedef {{ size: 'full' | 'small', controls: string[], start: State, knobs: Record<string, Knob>,
 *   noise: Record<string, number>, hint: string, scales: Record<string, number>, activations: Record<string, number>,
 *   losses: Record<string, number>, bits?: Record<string, { state: State, digest: string }>,
 *   optimizers: Record<string, { code: number, settings: Record<string, number>, vectors: number,
 *     beta: string | null, linear: boolean }> }} Told
 */

/* cos x and sin x, as cos_sin in nnlib/engine/exp.py makes them: x = n π/2 + r, and the two series in r. */
export const nnCosSin = (() => {
  const ROUND = 6755399441055744; // 1.5 · 2⁵²: adding it rounds to a whole number, halves to an even one
  const HALF_PI = [1.57079632673412561417, 6.0771005063039659766e-11, 2.02226624879595063154e-21];
  const factorial = [1];
  for (let k = 1; k < 20; k++) factorial.push(k * factorial[k - 1]);
  return (x) => {
    const n = x * (2 / Math.PI) + ROUND - ROUND;
    const r = x - n * HALF_PI[0] - n * HALF_PI[1] - n * HALF_PI[2];
    const z = r * r;
    let c = 0;
    let s = 0;
    for (let k = 9; k > 0; k--) {
      c = (c + 1 / factorial[2 * k]) * -z;
      s = (s + 1 / factorial[2 * k + 1]) * -z;
    }
    c = 1 + c;
    s = r + r * s;
    return [
      [c, s],
      [-s, c],
      [-c, -s],
      [s, -c],
    ][n & 3];
  };
})();

/**
 * A function that begins an experiment from its state.
 * @param {import('./wasm.js').Kernels} nn
 * @param {Told} told
 */
export const nnExperiments = (nn, told) => {
  const WEIGHTS = 1;
  const DATA = 2;
  const ORDER = 3;
  const SPLIT = 4;
  const GRID = 48;
  const start = nn.mark();
  const whole = (values) => nn.array('int64', [values.length], values);
  const real = (values) => nn.array('float64', [values.length], values);
  const matrix = (rows, width) => nn.array('float64', [rows.length, width], rows.flat());
  const zeros = (n) => nn.array('float64', [n]);
  const range = (n) => Array.from({ length: n }, (_, i) => i);

  const stream = (seed, room) => {
    const state = nn.array('uint64', [1], [nn.call('key', { seed, room })]);
    const fill = (kernel, type, out) => (n) => {
      const a = nn.array(type, [n]);
      nn.call(kernel, { state, [out]: a });
      return Array.from(a.values, Number);
    };
    return {
      uniform: fill('fill_uniform', 'float64', 'out'),
      normal: fill('fill_normal', 'float64', 'out'),
      permutation: fill('fill_permutation', 'int64', 'order'),
    };
  };

  /* nnlib/data.py, line for line. XOR is four clouds, of which opposite ones belong together, turned by 45°. */
  const at = (radius, angle) => nnCosSin(angle).map((v) => radius * v);
  const clouds = (n, k) => range(n).map((i) => at(2, Math.PI / 2 + (2 * Math.PI * (i % k)) / k));
  const points = {
    moons: (n, { uniform }) =>
      uniform(n).map((u, i) => {
        const [x, y] = at(1, Math.PI * u);
        return i % 2 ? [1 - x, 0.5 - y] : [x, y];
      }),
    circles: (n, { uniform }) => uniform(n).map((u, i) => at(i % 2 ? 0.5 : 1, 2 * Math.PI * u)),
    spirals: (n, { uniform }) =>
      uniform(n).map((u, i) => at(0.1 + 0.9 * u, 2 * Math.PI * (0.1 + 0.9 * u + (i % 2) / 2))),
    blobs: (n) => clouds(n, 2),
    xor: (n) => clouds(n, 4),
  };
  const samples = ({ data, n, noise, seed, points: drawn }) => {
    if (data === 'drawn') return drawn.map(([x, y, t]) => [x, y, t]);
    const from = stream(seed, DATA);
    const X = points[data](n, from);
    const e = from.normal(2 * n);
    return X.map(([x, y], i) => {
      x += noise * e[2 * i];
      y += noise * e[2 * i + 1];
      return data === 'xor' ? [(x + y) / 2, (x - y) / 2, (i + 1) % 2] : [x, y, i % 2];
    });
  };

  /* nnlib/initializers.py. */
  const variance = { lecun: (n) => 1 / n, glorot: (n, k) => 2 / (n + k), he: (n) => 2 / n };
  const born = (scheme, draw, n, k) => {
    if (scheme === 'zeros' || scheme === 'constant') return Array(n * k).fill(told.scales[scheme] || 0);
    if (scheme === 'orthogonal') return orthogonal(draw, n, k);
    const [who, how] = scheme.includes('_') ? scheme.split('_') : ['', scheme];
    const deviation = who ? Math.sqrt(variance[who](n, k)) : told.scales[scheme];
    if (how === 'normal') return draw.normal(n * k).map((x) => deviation * x);
    const limit = who ? Math.sqrt(3) * deviation : deviation;
    return draw.uniform(n * k).map((u) => limit * (2 * u - 1));
  };
  const add = (a, b) => a + b;
  /* NumPy's sum of up to 128 numbers that lie side by side: eight sums, of every eighth number, and what is left. */
  const summed = (v) => {
    if (v.length < 8) return v.reduce(add, 0);
    const eights = v.length - (v.length % 8);
    const [a, b, c, d, e, f, g, h] = range(8).map((j) =>
      v
        .slice(0, eights)
        .filter((_, i) => i % 8 === j)
        .reduce(add),
    );
    return v.slice(eights).reduce(add, a + b + (c + d) + (e + f + (g + h)));
  };
  const root = (v) => Math.sqrt(summed(v.map((x) => x * x)));
  /* A ← A − 2 v vᵀ A, from row and column k on. Columns beside each other NumPy adds row by row. */
  const reflect = (A, k, v) => {
    const few = A[0].length;
    const total = few - k > 1 ? (products) => products.reduce(add) : summed;
    for (let j = k; j < few; j++) {
      const dot = total(v.map((x, i) => x * A[k + i][j]));
      v.forEach((x, i) => {
        A[k + i][j] -= 2 * x * dot;
      });
    }
  };
  /* Q of A = Q R, with a positive diagonal of R, by Householder's reflections: orthonormal. */
  const orthogonal = (draw, n, k) => {
    const tall = Math.max(n, k);
    const few = Math.min(n, k);
    const a = draw.normal(tall * few);
    const signs = [];
    const reflections = [];
    const R = range(tall).map((i) => a.slice(i * few, i * few + few));
    const Q = range(tall).map((i) => range(few).map((j) => +(i === j)));
    for (const j of range(few)) {
      const v = R.slice(j).map((row) => row[j]);
      const length = root(v);
      signs[j] = v[0] > 0 ? -1 : 1;
      v[0] -= signs[j] * length;
      const far = root(v);
      reflections[j] = v.map((x) => x / far);
      reflect(R, j, reflections[j]);
    }
    for (const j of range(few).reverse()) reflect(Q, j, reflections[j]);
    return range(n * k).map((i) =>
      n >= k ? signs[i % k] * Q[(i / k) | 0][i % k] : signs[(i / k) | 0] * Q[i % k][(i / k) | 0],
    );
  };

  return (state) => {
    nn.release(start);
    const seed = BigInt(state.seed);
    const outputs = state.loss === 'cross_entropy' ? 2 : 1;
    const sizes = [2, ...state.hidden, outputs];
    const L = sizes.length - 1;
    const total = sizes.reduce((a, b) => a + b, 0);
    const offsets = [0, 0];
    const units = [0];
    sizes.forEach((n, l) => {
      units.push(units[l] + n);
      if (l) offsets.push(offsets[l] + sizes[l - 1] * n + n);
    });
    const g = told.activations[state.activation];
    const last = told.activations[outputs > 1 ? 'softmax' : 'sigmoid'];
    const net = {
      sizes: whole(sizes),
      activations: whole([0, ...state.hidden.map(() => g), last]),
      offsets: whole(offsets),
      units: whole(units),
    };

    const all = samples({ ...state, seed });
    const N = Math.round(0.8 * all.length);
    const mixed = stream(seed, SPLIT).permutation(all.length);
    const pick = (rows) => {
      const chosen = rows.map((i) => all[i]);
      return {
        points: chosen,
        X: matrix(
          chosen.map((p) => p.slice(0, 2)),
          2,
        ),
        n: rows.length,
        T: matrix(
          chosen.map(([, , t]) => (outputs > 1 ? [1 - t, t] : [t])),
          outputs,
        ),
      };
    };
    const train = pick(mixed.slice(0, N));
    const val = pick(mixed.slice(N));

    const draw = stream(seed, WEIGHTS);
    const P = offsets[L + 1];
    const layer = (n, k) => [...born(state.scheme, draw, n, k), ...Array(k).fill(0)];
    const θ = real(range(L).flatMap((l) => layer(sizes[l], sizes[l + 1])));

    const rule = told.optimizers[state.optimizer];
    /** @type {Record<string, number>} */
    const settings = { ...rule.settings, lr: state.lr };
    if (rule.beta) settings.beta1 = state.beta;
    const s = zeros(rule.vectors > 0 ? P : 0);
    const u = zeros(rule.vectors > 1 ? P : 0);
    const product = real([1]);
    const count = whole([0, 0]);
    const batch = Math.min(state.batch_size ?? N, N);
    const loss = told.losses[state.loss];
    const losses = zeros(1);
    const work = {
      H: zeros(batch * total),
      δ: zeros(batch * total),
      T: zeros(batch * outputs),
      weights: zeros(0),
      gradient: zeros(P),
      order: whole(range(N)),
      random: nn.array('uint64', [1]),
      count,
      limit: real([Infinity]),
    };
    const key = nn.call('key', { seed, room: ORDER });
    const penalty = { l1: 0, l2: state.l2 };
    const none = zeros(0);
    const plan = {
      loss,
      optimizer: rule.code,
      settings,
      ...penalty,
      batch,
      shuffled: 1,
      key,
    };
    const fixed = {
      net,
      θ,
      frozen: { mask: nn.array('bool', [0]), θ },
      memory: { s, u, product },
      losses,
    };

    /* What is measured: all training samples, the validation samples, a grid of GRID × GRID points. */
    const room = zeros(Math.max(N, val.n, GRID * GRID) * total);
    const δ = zeros(Math.max(N, val.n) * total);
    const gradient = zeros(P);
    const right = (part) => {
      const Y = room.values.subarray(part.n * units[L], part.n * units[L + 1]);
      const says = (i) => (outputs > 1 ? +(Y[2 * i + 1] > Y[2 * i]) : +(Y[i] >= 0.5));
      return part.points.filter((p, i) => says(i) === p[2]).length / part.n;
    };
    const pass = { net, θ, loss, l1: 0, l2: 0, H: room, δ, gradient: none, Z: none };
    const validate = nn.bind('propagate', { ...pass, X: val.X, T: val.T });
    const wholeEpoch = nn.bind('run_epochs', { ...fixed, data: { X: train.X, T: train.T, weights: none }, plan, work });
    const descend = nn.bind('propagate', { ...pass, X: train.X, T: train.T, ...penalty, gradient });
    const lines = range(L).map((l) => [offsets[l + 1], sizes[l] * sizes[l + 1], sizes[l + 1]]);

    /* `before` is where the epoch began: a run that diverges goes back there, as nnlib.train does. */
    /** @type {number[]} */
    const epochLosses = [];
    /** @type {number[]} */
    const valLosses = [];
    /** @type {any} */
    const run = { state, sizes, train, val, losses: epochLosses, valLosses, stopped: '', GRID };
    const mutable = [θ, s, u, product, count];
    /** @type {any[]} */
    let before = [];
    let place = 0;
    let sum = 0;
    const keep = () => {
      before = mutable.map((a) => a.values.slice());
    };
    const fail = () => {
      const what = Number.isFinite(losses.values[0]) ? 'a parameter' : 'the loss';
      const pull = rule.linear ? state.lr * state.l2 : 0;
      const blame = ` or a smaller l2: lr * l2 = ${+pull.toPrecision(2)} > 2, so the penalty alone makes the weights grow`;
      run.stopped =
        `${what} was no longer finite in epoch ${run.losses.length + 1}; try a smaller learning rate` +
        (pull > 2 ? blame : '');
      mutable.forEach((a, i) => a.values.set(before[i]));
      place = sum = 0;
    };
    const done = (J) => {
      epochLosses.push(J);
      valLosses.push(validate());
    };

    /* One batch: run_epochs on these rows alone, all at once, is one update. */
    const pieces = {};
    const shuffled = whole(range(N));
    const piece = (m) =>
      (pieces[m] ??= { X: nn.array('float64', [m, 2]), T: nn.array('float64', [m, outputs]), order: whole(range(m)) });
    let rows = [];
    run.step = () => {
      if (run.stopped) return;
      if (!place) {
        keep();
        if (batch < N) nn.call('enter', { state: work.random, key, index: count.values[1] });
        if (batch < N) nn.call('fill_permutation', { state: work.random, order: shuffled });
        rows = Array.from(shuffled.values, Number);
      }
      const now = rows.slice(place, place + batch);
      const m = now.length;
      const { X, T, order } = piece(m);
      X.values.set(now.flatMap((i) => train.points[i].slice(0, 2)));
      T.values.set(now.flatMap((i) => Array.from(train.T.values.subarray(i * outputs, (i + 1) * outputs))));
      const good = nn.call('run_epochs', {
        ...fixed,
        data: { X, T, weights: none },
        plan: { ...plan, batch: m },
        work: { ...work, order },
      });
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
      if (place) {
        do run.step();
        while (place);
        return;
      }
      keep();
      if (wholeEpoch()) done(losses.values[0]);
      else fail();
    };
    run.theta = () => θ.values.slice();
    run.weights = () =>
      lines.map(([first, n, k]) => ({
        W: θ.values.subarray(first, first + n),
        b: θ.values.subarray(first + n, first + n + k),
      }));
    run.updates = () => Number(count.values[0]);
    run.waiting = () => place;

    /* J on all training data as θ is now, the share of right answers, the gradient's norm for each W_l. */
    run.measure = () => {
      const J = descend();
      const accuracy = right(train);
      const norms = lines.map(([first, n]) => Math.hypot(...gradient.values.subarray(first, first + n)));
      const valLoss = validate();
      return { J, accuracy, norms, valLoss, valAccuracy: right(val) };
    };

    /* The window: a square around all points. Then what each unit says on a grid of points in it. */
    const drawn = state.data === 'drawn';
    const extent = drawn
      ? [
          [-2, 2],
          [-2, 2],
        ]
      : [0, 1].map((k) => {
          const v = all.map((p) => p[k]);
          return [Math.min(...v), Math.max(...v)];
        });
    const [x, y] = extent.map(([low, high]) => (low + high) / 2);
    const size = (drawn ? 1 : 1.12) * Math.max(...extent.map(([low, high]) => high - low));
    run.window = { x: x - size / 2, y: y + size / 2, size };
    const spot = (k) => [
      x + size * (((k % GRID) + 0.5) / GRID - 0.5),
      y - size * ((((k / GRID) | 0) + 0.5) / GRID - 0.5),
    ];
    const grid = matrix(range(GRID * GRID).map(spot), 2);
    const show = nn.bind('propagate', { ...pass, X: grid, T: nn.array('float64', [0, 0]) });
    run.look = () => {
      show();
      return sizes.map((n, l) => room.values.subarray(GRID * GRID * units[l], GRID * GRID * units[l + 1]));
    };
    return run;
  };
};

/**
 * The lines of Python that run the same experiment.
 * @param {Told} told
 * @param {State} state
 * @param {number} epochs
 */
export const nnCode = (told, state, epochs) => {
  const { data, n, noise, seed, hidden, activation, loss, scheme, optimizer, lr, beta, batch_size, l2 } = state;
  const rule = told.optimizers[optimizer];
  const outputs = loss === 'cross_entropy' ? 2 : 1;
  const made = (name, more = '') => `X, labels = nn.data.${name}(n=${n}, noise=${noise}, seed=${seed}${more})`;
  const rows = () =>
    state.points
      .map((p) => `[${p.join(', ')}]`)
      .join(', ')
      .replace(/(.{45,60}?\]), /g, '$1,\n    ');
  const lines = {
    xor: () =>
      made('blobs', ', classes=4') +
      '  # four clouds\n' +
      'X = X @ [[1, 1], [1, -1]] / 2  # turned by 45°: the corners (±1, ±1)\n' +
      'labels = (labels + 1) % 2  # 1 where the signs differ',
    blobs: () => made('blobs', ', classes=2'),
    drawn: () => `points = np.array([\n    ${rows()}\n])\nX, labels = points[:, :2], points[:, 2].astype(int)`,
  };
  const output = outputs > 1 ? 'softmax' : 'sigmoid';
  const settings = `lr=${lr}${rule.beta ? `, ${rule.beta}=${beta}` : ''}`;
  return [
    ...(data === 'drawn' ? ['import numpy as np'] : []),
    'import nnlib as nn',
    '',
    (lines[data] || (() => made(data)))(),
    `(X, labels), validation = nn.data.split(X, labels, (0.8, 0.2), seed=${seed})`,
    '',
    `sizes = [${[2, ...hidden, outputs].join(', ')}]`,
    `net = nn.mlp(sizes, hidden="${activation}", output="${output}")`,
    `theta = nn.initialize(net, "${scheme}", seed=${seed})`,
    `optimizer = nn.${optimizer}(${settings})`,
    `run = nn.train(net, theta, X, labels, "${loss}", optimizer,`,
    `               epochs=${epochs}, batch_size=${batch_size ?? 'None'}, seed=${seed},`,
    `               l2=${l2}, validation=validation)`,
    'print(run)',
    'print((nn.predict(net, run.theta, X) == labels).mean())',
  ].join('\n');
};

/**
 * A state from texts (a page's address) or values, and a sentence for each that had to be changed.
 * @param {Told} told
 * @param {State} base what stays where nothing is given
 * @param {Record<string, string>} given
 * @returns {[State, string[]]}
 */
export const nnChecked = (told, base, given) => {
  const state = { ...base };
  const said = [];
  const top = told.knobs.width.high;
  const deep = told.knobs.depth.high;
  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  const number = (name, text) => {
    const { low, high, whole } = told.knobs[name];
    const value = Number(text);
    if (text === '' || !Number.isFinite(value)) {
      said.push(`${name}: “${text}” is not a number; ${state[name] ?? 'all'} stays.`);
      return state[name];
    }
    const near = clamp(whole ? Math.round(value) : value, low, high);
    const kind = whole ? 'a whole number ' : '';
    if (near !== value) said.push(`${name}: ${value} is not ${kind}from ${low} to ${high}; ${near} is taken.`);
    return near;
  };
  const layers = (text) => {
    const parts = text === '' ? [] : String(text).split(/[.,]/).map(Number);
    const fit = parts
      .filter(Number.isFinite)
      .slice(0, deep)
      .map((k) => clamp(Math.round(k), 1, top));
    if (fit.join() !== parts.join())
      said.push(`hidden: “${text}” is not at most ${deep} layers of 1 to ${top} units; [${fit.join(', ')}] is taken.`);
    return fit;
  };
  /* Three numbers for each point: 100 x + 200, 100 y + 200, its class. */
  const points = (text) => {
    const parts = String(text).split('.').filter(Boolean).map(Number);
    /** @type {State['points']} */
    const fit = [];
    const inside = (v) => v >= 0 && v <= 400;
    for (let i = 0; i + 2 < parts.length && fit.length < told.knobs.points.high; i += 3) {
      const [x, y, t] = parts.slice(i, i + 3);
      if (inside(x) && inside(y) && (t === 0 || t === 1))
        fit.push([(Math.round(x) - 200) / 100, (Math.round(y) - 200) / 100, t]);
    }
    if (3 * fit.length !== parts.length) said.push(`points: ${fit.length} of them could be read.`);
    return fit;
  };
  for (const [name, text] of Object.entries(given)) {
    const choices = told.knobs[name]?.choices;
    if (!Object.hasOwn(told.start, name)) said.push(`There is no setting “${name}”.`);
    else if (name === 'hidden') state.hidden = layers(text);
    else if (name === 'points') state.points = points(text);
    else if (name === 'batch_size' && text === 'all') state.batch_size = null;
    else if (!choices) state[name] = number(name, text);
    else if (Object.hasOwn(choices, text)) state[name] = text;
    else said.push(`${name}: “${text}” is none of ${Object.keys(choices).join(', ')}; ${state[name]} stays.`);
  }
  return [state, said];
};

/**
 * What a page's address says of a state: [name, text] for each setting that is not as the page began. `nnChecked` reads
 * it.
 * @param {Told} told
 * @param {State} state
 */
export const nnAddress = (told, state) => {
  const place = (v) => Math.round(100 * v) + 200;
  const written = {
    hidden: (sizes) => sizes.join('.'),
    batch_size: (size) => size ?? 'all',
    points: (points) => points.map(([x, y, label]) => `${place(x)}.${place(y)}.${label}`).join('.'),
  };
  const text = (name, value) => String(written[name] ? written[name](value) : value);
  const texts = Object.entries(state).map(([name, value]) => [name, text(name, value)]);
  return texts.filter(([name, value]) => value !== text(name, told.start[name]));
};

/* The playground's experiment: data, weights and batches as nnlib makes them, on a page or in node.

   const begin = nnExperiments(nn, told);                // nn from wasm.js, told: what playground.py writes
   const run = begin({data: 'moons', n: 200, …});        // the same numbers as the Python of nnCode(told, state)
   run.epoch(); run.step(); run.theta(); run.losses      // a whole epoch, one batch; what came of it

   All that a network computes is computed by nnlib's kernels. JavaScript makes the data and the first weights from
   their random numbers, by the recipes of nnlib/data.py and nnlib/initializers.py: the same sums, products and roots in
   the same order, so every bit is the same. It asks nothing else of Math, whose last digits no standard fixes. */

/**
 * An experiment, in nnlib's words. `changes` says what is turned during the run, and after how many epochs.
 * @typedef {[epoch: number, name: string, value: number | null]} Change
 * @typedef {{ data: string, n: number, noise: number, train_share: number, seed: number, features: string[],
 *   hidden: number[], activation: string, loss: string, scheme: string, optimizer: string, lr: number, beta: number,
 *   batch_size: number | null, l1: number, l2: number, epochs: number, points: [x: number, y: number, label: number][],
 *   changes: Change[] }} State
 *
 * What playground.py tells a page: how it begins and what can be turned, and nnlib's codes.
 * @typedef {{ label: string, choices?: Record<string, string>, grid?: (number | null)[], low: number, high: number,
 *   whole?: boolean, names?: string[], last?: number }} Knob
 * @typedef {{ size: 'full' | 'small', controls: string[], start: State, knobs: Record<string, Knob>,
 *   regression: { data: string[], losses: string[] }, noise: Record<string, number>, hint: string, scales: Record<string, number>, activations: Record<string, number>,
 *   losses: Record<string, number>, bits?: Record<string, { state: State, digest: string }>,
 *   optimizers: Record<string, { code: number, settings: Record<string, number>, vectors: number,
 *     beta: string | null, linear: boolean }> }} Told
 */

/** The nearest whole number, halves to an even one: 1.5 · 2⁵² leaves no room behind the point. */
const toEven = (x) => x + 6755399441055744 - 6755399441055744;

/* cos x and sin x, as cos_sin in nnlib/engine/exp.py makes them: x = n π/2 + r, and the two series in r. */
export const nnCosSin = (() => {
  const HALF_PI = [1.57079632673412561417, 6.0771005063039659766e-11, 2.02226624879595063154e-21];
  const factorial = [1];
  for (let k = 1; k < 20; k++) factorial.push(k * factorial[k - 1]);
  return (x) => {
    const n = toEven(x * (2 / Math.PI));
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
 * What the network can be given of a point: what an address says, how it is made, and the Python for it.
 * @type {Record<string, { code: string, of: (x: number, y: number) => number, python: string }>}
 */
const FEATURES = {
  x1: { code: 'x1', of: (x) => x, python: 'x1' },
  x2: { code: 'x2', of: (x, y) => y, python: 'x2' },
  'x1^2': { code: 'x11', of: (x) => x * x, python: 'x1**2' },
  'x2^2': { code: 'x22', of: (x, y) => y * y, python: 'x2**2' },
  'x1*x2': { code: 'x12', of: (x, y) => x * y, python: 'x1 * x2' },
  'sin(pi*x1)': { code: 's1', of: (x) => nnCosSin(Math.PI * x)[1], python: 'np.sin(np.pi * x1)' },
  'sin(pi*x2)': { code: 's2', of: (x, y) => nnCosSin(Math.PI * y)[1], python: 'np.sin(np.pi * x2)' },
};

/** A unit's name, such as h₁₂. */
const numbered = (letter, n) => letter + String(n).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]);

/** @type {(told: Told, state: State) => boolean} */
const isRegression = (told, state) => told.regression.data.includes(state.data);

/** @type {(told: Told, state: State) => number} */
const outputsOf = (told, state) => (!isRegression(told, state) && state.loss === 'cross_entropy' ? 2 : 1);

/**
 * A state whose settings fit each other, and a sentence for each that had to be changed.
 * @param {Told} told
 * @param {State} state
 * @returns {[State, string[]]}
 */
export const nnFitting = (told, state) => {
  const said = [];
  let { loss, changes } = state;
  if (isRegression(told, state) && !told.regression.losses.includes(loss)) {
    const words = told.knobs.loss.choices ?? {};
    const other = told.regression.losses[0];
    said.push(`loss: ${words[loss]} needs classes, and here the targets are real numbers; ${words[other]} is taken.`);
    loss = other;
  }
  if (!told.optimizers[state.optimizer].beta && changes.some(([, name]) => name === 'beta')) {
    said.push(`changes: ${state.optimizer} has no momentum, so its β cannot change; the others stay.`);
    changes = changes.filter(([, name]) => name !== 'beta');
  }
  return [{ ...state, loss, changes }, said];
};

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
  const hill = (x, y, top) => 1 / (1 + 8 * ((x - top) * (x - top) + (y - top) * (y - top)));
  const heights = {
    plane: (x, y) => x - y / 2,
    hills: (x, y) => hill(x, y, 0.5) - hill(x, y, -0.5),
    wave: (x) => nnCosSin(Math.PI * x)[1],
  };
  const samples = ({ data, n, noise, seed, points: drawn }) => {
    if (data === 'drawn') return drawn.map(([x, y, t]) => [x, y, t]);
    const from = stream(seed, DATA);
    if (told.regression.data.includes(data)) {
      const places = from.uniform(2 * n).map((u) => 2 * u - 1);
      const e = from.normal(n);
      return e.map((v, i) => {
        const [x, y] = places.slice(2 * i, 2 * i + 2);
        return [x, y, heights[data](x, y) + noise * v];
      });
    }
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

  /** @param {State} asked */
  return (asked) => {
    nn.release(start);
    const [state] = nnFitting(told, asked);
    const seed = BigInt(state.seed);
    const regression = isRegression(told, state);
    const outputs = outputsOf(told, state);
    const sizes = [state.features.length, ...state.hidden, outputs];
    const L = sizes.length - 1;
    const total = sizes.reduce((a, b) => a + b, 0);
    const offsets = [0, 0];
    const units = [0];
    sizes.forEach((n, l) => {
      units.push(units[l] + n);
      if (l) offsets.push(offsets[l] + sizes[l - 1] * n + n);
    });
    const g = told.activations[state.activation];
    const lastName = regression ? 'identity' : outputs > 1 ? 'softmax' : 'sigmoid';
    const last = told.activations[lastName];
    const net = {
      sizes: whole(sizes),
      activations: whole([0, ...state.hidden.map(() => g), last]),
      offsets: whole(offsets),
      units: whole(units),
    };

    const all = samples({ ...state, seed });
    const N = toEven(state.train_share * all.length);
    const mixed = stream(seed, SPLIT).permutation(all.length);
    const inputs = (point) => state.features.map((name) => FEATURES[name].of(point[0], point[1]));
    const pick = (rows) => {
      const chosen = rows.map((i) => all[i]);
      return {
        points: chosen,
        X: matrix(chosen.map(inputs), sizes[0]),
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
    const s = zeros(rule.vectors > 0 ? P : 0);
    const u = zeros(rule.vectors > 1 ? (rule.vectors - 1) * P : 0);
    const product = real([1]);
    const count = whole([0, 0]);
    const loss = told.losses[state.loss];
    const losses = zeros(1);
    const work = {
      H: zeros(N * total),
      δ: zeros(N * total),
      T: zeros(N * outputs),
      weights: zeros(0),
      gradient: zeros(P),
      order: whole(range(N)),
      random: nn.array('uint64', [1]),
      count,
      limit: real([Infinity]),
    };
    const key = nn.call('key', { seed, room: ORDER });
    const none = zeros(0);
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
    const outputsFor = (part) => room.values.subarray(part.n * units[L], part.n * units[L + 1]);
    const right = (part) => {
      if (regression) return NaN;
      const Y = outputsFor(part);
      const says = (i) => (outputs > 1 ? +(Y[2 * i + 1] > Y[2 * i]) : +(Y[i] >= 0.5));
      return part.points.filter((p, i) => says(i) === p[2]).length / part.n;
    };
    /* The root of the mean squared error, in the unit of the targets, and R²: 1 − that over their variance. */
    const distance = (part) => {
      if (!regression) return [NaN, NaN];
      const targets = part.points.map((p) => p[2]);
      const mean = targets.reduce(add, 0) / part.n;
      const off = (values) => targets.reduce((sum, t, i) => sum + (values(i) - t) ** 2, 0);
      const Y = outputsFor(part);
      const error = off((i) => Y[i]);
      return [Math.sqrt(error / part.n), 1 - error / (off(() => mean) || NaN)];
    };
    const pass = { net, θ, loss, l1: 0, l2: 0, H: room, δ, gradient: none, Z: none };
    const validate = nn.bind('propagate', { ...pass, X: val.X, T: val.T });
    const look = nn.bind('propagate', { ...pass, X: train.X, T: train.T });

    /* What may be turned during the run, and what is made of it. */
    let now = state;
    let batch = N;
    /** @type {Record<string, any>} */
    let plan = {};
    let wholeEpoch = () => 0;
    let descend = () => 0;
    const turn = (settings) => {
      now = { ...now, ...settings };
      batch = Math.min(now.batch_size ?? N, N);
      const its = { ...rule.settings, lr: now.lr, ...(rule.beta ? { beta1: now.beta } : {}) };
      const penalty = { l1: now.l1, l2: now.l2 };
      plan = { loss, optimizer: rule.code, settings: its, ...penalty, batch, shuffled: 1, key };
      if (batch === N) work.order.values.set(range(N).map(BigInt)); // all at once come in their own order
      wholeEpoch = nn.bind('run_epochs', { ...fixed, data: { X: train.X, T: train.T, weights: none }, plan, work });
      descend = nn.bind('propagate', { ...pass, X: train.X, T: train.T, ...penalty, gradient });
    };
    const lines = range(L).map((l) => [offsets[l + 1], sizes[l] * sizes[l + 1], sizes[l + 1]]);

    /* `before` is where the epoch began: a run that diverges goes back there, as nnlib.train does. */
    /** @type {number[]} */
    const epochLosses = [];
    /** @type {number[]} */
    const valLosses = [];
    /** @type {any} */
    const run = { sizes, train, val, losses: epochLosses, valLosses, stopped: '', GRID, isRegression: regression };
    const heightsOf = all.map((p) => p[2]);
    run.range = regression ? [Math.min(...heightsOf), Math.max(...heightsOf)] : [0, 1];
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
      const pull = rule.linear ? now.lr * now.l2 : 0;
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
      if (changes.some(([epoch]) => epoch === epochLosses.length)) apply();
    };

    /* The changes of this run: those it began with, until the reader turns something; then the reader's. */
    /** @type {Change[]} */
    let changes = state.changes;
    const coming = () => epochLosses.length + (place ? 1 : 0); // epochs before the next one that begins
    /* The settings after so many epochs. */
    const inForce = (list, epoch) => {
      const { lr, l1, l2, batch_size, beta } = state;
      const due = list.filter(([from]) => from <= epoch).map(([, name, value]) => [name, value]);
      return { lr, l1, l2, batch_size, beta, ...Object.fromEntries(due) };
    };
    const apply = () => turn(inForce(changes, epochLosses.length));
    apply();
    Object.defineProperties(run, {
      changes: { get: () => changes },
      state: { get: () => ({ ...state, changes }) },
    });
    run.now = () => inForce(changes, coming());
    /* A setting is another from the next epoch on, and a run that had diverged may go on with it. Changes that the run
       began with and that would come later are gone then. Returns why not, or what is taken instead; usually ''. */
    /** @type {(name: string, value: number | null) => string} */
    run.change = (name, value) => {
      if (!told.knobs.changes.names?.includes(name)) return `${name} cannot change during a run.`;
      const epoch = coming();
      const others = changes.filter((c) => c[0] < epoch || (c[0] === epoch && c[1] !== name));
      const without = inForce(others, epoch);
      const [near, said] = nnChecked(told, { ...state, ...without }, { [name]: value ?? 'all' });
      const fit = /** @type {Record<string, any>} */ (near)[name];
      const wanted = fit === without[name] ? others : [...others, [epoch, name, fit]];
      const [{ changes: made }, more] = nnChecked(told, state, { changes: wanted });
      if (inForce(made, epoch)[name] !== inForce(changes, epoch)[name]) run.stopped = '';
      changes = made;
      if (!place) apply();
      return [...said, ...more].join(' ');
    };

    /* One batch: run_epochs on these rows alone, all at once, is one update. */
    const pieces = {};
    const shuffled = whole(range(N));
    const piece = (m) =>
      (pieces[m] ??= {
        X: nn.array('float64', [m, sizes[0]]),
        T: nn.array('float64', [m, outputs]),
        order: whole(range(m)),
      });
    let rows = [];
    run.step = () => {
      if (run.stopped) return;
      if (!place) {
        keep();
        if (batch < N) nn.call('enter', { state: work.random, key, index: count.values[1] });
        if (batch < N) nn.call('fill_permutation', { state: work.random, order: shuffled });
        rows = batch < N ? Array.from(shuffled.values, Number) : range(N);
      }
      const these = rows.slice(place, place + batch);
      const m = these.length;
      const { X, T, order } = piece(m);
      X.values.set(these.flatMap((i) => inputs(train.points[i])));
      T.values.set(these.flatMap((i) => Array.from(train.T.values.subarray(i * outputs, (i + 1) * outputs))));
      const good = nn.call('run_epochs', {
        ...fixed,
        data: { X, T, weights: none },
        plan,
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
      const [rmse, r2] = distance(train);
      const norms = lines.map(([first, n]) => Math.hypot(...gradient.values.subarray(first, first + n)));
      const valLoss = validate();
      const [valRmse, valR2] = distance(val);
      return { J, accuracy, rmse, r2, norms, valLoss, valAccuracy: right(val), valRmse, valR2 };
    };

    /* The units whose ReLU is 0 for every training sample, so that no gradient reaches their weights: [layer, unit]. */
    run.dead = () => {
      if (state.activation !== 'relu' || !N) return [];
      look();
      return range(L - 1).flatMap((l) => {
        const k = sizes[l + 1];
        const H = room.values.subarray(N * units[l + 1], N * units[l + 2]);
        const lives = range(k).map((i) => range(N).some((row) => H[row * k + i] > 0));
        return range(k)
          .filter((i) => !lives[i])
          .map((i) => [l + 1, i]);
      });
    };

    /* What a unit computes. Units are counted from 0, and named from 1. */
    const nameOf = (l, i) => {
      if (l === 0) return told.knobs.features.choices?.[state.features[i]];
      if (l === L) return outputs > 1 ? numbered('y', i + 1) : 'y';
      return numbered('h', i + 1);
    };
    run.unit = (l, index) => {
      const name = nameOf(l, index);
      if (!l) return { name, weights: [], bias: 0, activation: 'identity', inputs: [] };
      const { W, b } = run.weights()[l - 1];
      const n = sizes[l - 1];
      const weights = range(n).map((i) => W[i * sizes[l] + index]);
      const activation = l === L ? lastName : state.activation;
      return { name, weights, bias: b[index], activation, inputs: range(n).map((i) => nameOf(l - 1, i)) };
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
    const grid = matrix(
      range(GRID * GRID).map((k) => inputs(spot(k))),
      sizes[0],
    );
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
  const [fitting] = nnFitting(told, state);
  const { data, n, noise, train_share, seed, features, hidden, activation, loss, scheme, optimizer } = fitting;
  const rule = told.optimizers[optimizer];
  const outputs = outputsOf(told, fitting);
  const regression = isRegression(told, fitting);
  const t = regression ? 'T' : 'labels';
  const plain = features.join() === 'x1,x2';
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
  const surface = () => `X, T = nn.data.surface("${data}", n=${n}, noise=${noise}, seed=${seed})`;
  const listed = (names) => names.map((name) => FEATURES[name].python).join(', ');
  const sines = features.filter((name) => name.startsWith('sin'));
  const columns = sines.length
    ? [
        'X = np.column_stack([  # the last digit of np.sin may be another than the page’s',
        ...(sines.length < features.length ? [`    ${listed(features.filter((name) => !sines.includes(name)))},`] : []),
        `    ${listed(sines)},`,
        '])',
      ]
    : [`X = np.column_stack([${listed(features)}])`];
  const output = regression ? 'identity' : outputs > 1 ? 'softmax' : 'sigmoid';

  /* The settings at the beginning, and after so many epochs, as long as they last. */
  const { lr, beta, batch_size, l1, l2 } = fitting;
  const stages = [{ epochs, lr, beta, batch_size, l1, l2 }];
  let begun = 0;
  for (const [epoch, name, value] of fitting.changes) {
    if (epoch >= epochs) break;
    const last = /** @type {Record<string, any>} */ (stages.at(-1));
    if (epoch > begun) {
      stages.push({ .../** @type {any} */ (last), epochs: epochs - epoch, [name]: value });
      last.epochs = epoch - begun;
      begun = epoch;
    } else last[name] = value;
  }
  const python = (value) => value ?? 'None';
  const [first] = stages;
  const names = Object.keys(first).filter((name) => name === 'epochs' || stages.some((s) => s[name] !== first[name]));
  const said = (name) => (stages.length > 1 && names.includes(name) ? name : python(first[name]));
  const settings = `lr=${said('lr')}${rule.beta ? `, ${rule.beta}=${said('beta')}` : ''}`;
  const penalties = `${stages.some((stage) => stage.l1) ? `l1=${said('l1')}, ` : ''}l2=${said('l2')}`;
  const training = (theta, more) => [
    `run = nn.train(net, ${theta}, X, ${t}, "${loss}", optimizer,`,
    `               epochs=${said('epochs')}, batch_size=${said('batch_size')}, seed=${seed},`,
    `               ${penalties}, validation=validation${more})`,
  ];
  const whole =
    stages.length < 2
      ? [`optimizer = nn.${optimizer}(${settings})`, ...training('theta', '')]
      : [
          'state = None  # the optimizer’s memory, and how many epochs there were',
          `for ${names.join(', ')} in [`,
          ...stages.map((stage) => `    (${names.map((name) => python(stage[name])).join(', ')}),`),
          ']:',
          ...[`optimizer = nn.${optimizer}(${settings})`, ...training('theta', ', state=state')].map((l) => `    ${l}`),
          '    theta, state = run.theta, run.state',
          '    if run.stopped:',
          '        break',
        ];
  return [
    ...(data === 'drawn' || regression || !plain ? ['import numpy as np'] : []),
    'import nnlib as nn',
    '',
    (regression ? surface : lines[data] || (() => made(data)))(),
    ...(plain ? [] : ['x1, x2 = X.T', ...columns]),
    `(X, ${t}), validation = nn.data.split(X, ${t}, (${train_share}, ${+(1 - train_share).toFixed(10)}), seed=${seed})`,
    '',
    `sizes = [${[features.length, ...hidden, outputs].join(', ')}]`,
    `net = nn.mlp(sizes, hidden="${activation}", output="${output}")`,
    `theta = nn.initialize(net, "${scheme}", seed=${seed})`,
    ...whole,
    'print(run)',
    ...(regression
      ? ['error = nn.predict(net, run.theta, X) - T', 'print(np.sqrt((error**2).mean()))  # root mean squared error']
      : ['print((nn.predict(net, run.theta, X) == labels).mean())']),
  ].join('\n');
};

/**
 * A state from texts (a page's address) or values, and a sentence for each that had to be changed.
 * @param {Told} told
 * @param {State} base what stays where nothing is given
 * @param {Record<string, any>} given
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
  const known = Object.entries(FEATURES);
  const inputs = (text) => {
    const parts = String(text).split(/[.,]/).filter(Boolean);
    const fit = known.filter(([name, { code }]) => parts.includes(name) || parts.includes(code)).map(([name]) => name);
    const wrong = parts.filter((part) => !known.some(([name, { code }]) => part === name || part === code));
    const taken = fit.length ? fit : state.features;
    if (wrong.length || !fit.length)
      said.push(
        `features: “${text}” is no list of ${known.map(([, { code }]) => code).join(', ')}; ${taken.join(', ')} ` +
          `${taken.length > 1 ? 'are' : 'is'} taken.`,
      );
    return taken;
  };
  /* Three texts for each change, all between stars: after how many epochs, what, its value. Or the changes themselves. */
  const turns = (text) => {
    const { high, last, names } = /** @type {Required<Knob>} */ (told.knobs.changes);
    const parts = Array.isArray(text) ? text.flat() : String(text).split('*').filter(Boolean);
    /** @type {Change[]} */
    const fit = [];
    for (let i = 0; i + 2 < parts.length; i += 3) {
      const [epoch, name, value] = parts.slice(i, i + 3);
      const after = Number(epoch);
      const all = name === 'batch_size' && (value === 'all' || value === null);
      if (!names.includes(name) || !(Number.isInteger(after) && after >= 0 && after <= last)) continue;
      if (!all && (value === '' || !Number.isFinite(Number(value)))) continue;
      fit.push([after, name, all ? null : number(name, value)]);
    }
    const sorted = [...fit].sort((a, b) => a[0] - b[0]);
    const kept = sorted.filter(([epoch, name], i) => !sorted.slice(i + 1).some((c) => c[0] === epoch && c[1] === name));
    if (kept.length > high)
      said.push(`changes: a run keeps ${high}, and this would be ${kept.length}; the first ${high} are taken.`);
    else if (3 * kept.length !== parts.length || kept.some((change, i) => change !== fit[i]))
      said.push(`changes: ${kept.length} of them could be read, in the order of their epochs.`);
    return kept.slice(0, high);
  };
  for (const [name, text] of Object.entries(given)) {
    const choices = told.knobs[name]?.choices;
    if (!Object.hasOwn(told.start, name)) said.push(`There is no setting “${name}”.`);
    else if (name === 'hidden') state.hidden = layers(text);
    else if (name === 'features') state.features = inputs(text);
    else if (name === 'changes') state.changes = turns(text);
    else if (name === 'points') state.points = points(text);
    else if (name === 'batch_size' && text === 'all') state.batch_size = null;
    else if (!choices) state[name] = number(name, text);
    else if (Object.hasOwn(choices, text)) state[name] = text;
    else said.push(`${name}: “${text}” is none of ${Object.keys(choices).join(', ')}; ${state[name]} stays.`);
  }
  const [fitting, more] = nnFitting(told, state);
  return [fitting, [...said, ...more]];
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
    features: (names) => names.map((name) => FEATURES[name].code).join('.'),
    changes: (changes) => changes.map(([epoch, name, value]) => [epoch, name, value ?? 'all'].join('*')).join('*'),
    batch_size: (size) => size ?? 'all',
    points: (points) => points.map(([x, y, label]) => `${place(x)}.${place(y)}.${label}`).join('.'),
  };
  const text = (name, value) => String(written[name] ? written[name](value) : value);
  const texts = Object.entries(state).map(([name, value]) => [name, text(name, value)]);
  return texts.filter(([name, value]) => value !== text(name, told.start[name]));
};

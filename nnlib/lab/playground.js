/* The playground's panel: knobs, pictures and words around one experiment (experiment.js). One call for each on a page:
   nnPlay(element), at the end. */

/* ---- pictures ---- */

const nnPictures = (root, board, wires, curves) => {
  const INDEX = '₀₁₂₃₄₅', film = document.createElement('canvas'), films = document.createElement('canvas');
  let places = [], edges = [];

  /* The colors of now: the page may turn dark at any time. */
  const colors = () => {
    const style = getComputedStyle(root), [r, g, b] = (style.color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    root.classList.toggle('dark', r + g + b > 382);
    const get = name => style.getPropertyValue(name).trim();
    return {ink: style.color, paper: get('--paper'), one: get('--one'), zero: get('--zero'), faint: get('--faint')};
  };
  const fit = canvas => {
    const dpr = Math.min(2, devicePixelRatio || 1), w = canvas.clientWidth, h = canvas.clientHeight;
    const [W, H] = [Math.round(w * dpr), Math.round(h * dpr)], g = canvas.getContext('2d');
    if (canvas.width !== W || canvas.height !== H) [canvas.width, canvas.height] = [W, H];
    g.setTransform(dpr, 0, 0, dpr, 0, 0);
    g.clearRect(0, 0, w, h);
    g.font = '11px sans-serif';
    return [g, w, h];
  };
  /* A pixel for t: −1 is class 0's color, 0 the paper, 1 class 1's color. */
  const painter = (color, strength) => {
    const [paper, zero, one] = [color.paper, color.zero, color.one]
      .map(hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)));
    return (pixels, k, t) => {
      const to = t < 0 ? zero : one, a = strength * Math.min(1, Math.abs(t) || 0);
      for (let i = 0; i < 3; i++) pixels[4 * k + i] = paper[i] + a * (to[i] - paper[i]);
      pixels[4 * k + 3] = 255;
    };
  };
  /* The least of 1, 2, 5, 10, 20, … that is at least x. */
  const nice = x => {
    const e = 10 ** Math.floor(Math.log10(x));
    return [1, 2, 5, 10].find(d => d * e >= 0.999 * x) * e;
  };

  const drawBoard = (run, outputs, color) => {
    const [g, w] = fit(board), G = run.GRID, paint = painter(color, 0.55), {x, y, size} = run.window;
    const Y = run.sizes.at(-1) > 1 ? outputs.at(-1).filter((_, i) => i % 2) : outputs.at(-1);
    film.width = film.height = G;
    const f = film.getContext('2d'), image = f.createImageData(G, G);
    Y.forEach((p, k) => paint(image.data, k, 2 * p - 1));
    f.putImageData(image, 0, 0);
    g.imageSmoothingQuality = 'high';
    g.drawImage(film, 0, 0, w, w);
    /* Where the output is ½: through each square of four grid points, from edge to edge. */
    g.beginPath();
    for (let j = 0; j < G - 1; j++) for (let i = 0; i < G - 1; i++) {
      const k = j * G + i, [p, q, r, s] = [Y[k] - 0.5, Y[k + 1] - 0.5, Y[k + G + 1] - 0.5, Y[k + G] - 0.5], cut = [];
      if (p >= 0 !== q >= 0) cut.push([i + p / (p - q), j]);
      if (q >= 0 !== r >= 0) cut.push([i + 1, j + q / (q - r)]);
      if (r >= 0 !== s >= 0) cut.push([i + s / (s - r), j + 1]);
      if (s >= 0 !== p >= 0) cut.push([i, j + p / (p - s)]);
      cut.forEach(([a, b], m) => g[m % 2 ? 'lineTo' : 'moveTo']((a + 0.5) * w / G, (b + 0.5) * w / G));
    }
    g.strokeStyle = color.ink, g.lineWidth = 2;
    g.stroke();
    const d = w > 300 ? 4 : 3.2;
    for (const [part, solid] of [[run.train, true], [run.val, false]]) for (const kind of [0, 1]) {
      g.beginPath();
      for (const [a, b, t] of part.points) if (t === kind) {
        const i = (a - x) / size * w, j = (y - b) / size * w;
        if (t) g.moveTo(i + d, j), g.arc(i, j, d, 0, 7); else g.rect(i - d * 0.9, j - d * 0.9, d * 1.8, d * 1.8);
      }
      const its = kind ? color.one : color.zero;
      [g.fillStyle, g.strokeStyle, g.lineWidth] = solid ? [its, color.paper, 2] : [color.paper, its, 1.8];
      if (solid) g.stroke();
      g.fill();
      if (!solid) g.stroke();
    }
    g.fillStyle = color.ink;
    const unit = nice(size / 6), number = v => String(+v.toFixed(1)).replace('-', '−');
    for (let v = Math.ceil((x + 0.08 * size) / unit) * unit; v < x + size; v += unit)
      g.fillText(number(v), (v - x) / size * w - 4, w - 4);
    for (let v = Math.ceil((y - 0.92 * size) / unit) * unit; v < y - 0.03 * size; v += unit)
      g.fillText(number(v), 3, (y - v) / size * w + 4);
  };

  /* The network: a unit shows its output over the same window; a weight its size, its sign by color and by dashes. */
  const drawWires = (run, outputs, color) => {
    const [g, w, h] = fit(wires), sizes = run.sizes, L = sizes.length - 1, {x, y, size} = run.window;
    const side = Math.max(9, Math.min(26, (h - 24) / Math.max(...sizes) - 3));
    places = sizes.map((n, l) => Array.from({length: n}, (_, i) =>
      [side / 2 + 8 + l * (w - side - 16) / L, 8 + (h - 24) * (i + 0.5) / n]));
    edges = run.weights().flatMap(({W}, l) => Array.from(W, (v, k) => {
      const n = sizes[l + 1], [i, j] = [k / n | 0, k % n];
      return {v, l: l + 1, i, j, a: places[l][i], b: places[l + 1][j]};
    }));
    /* One path for each sign and thickness: hundreds of lines one by one would take longer than training. */
    const strokes = {};
    for (const {v, a, b} of edges) {
      const wide = Math.min(side / 3.5, Math.round(Math.abs(v) * side / 6.5) / 2 || 0.25), middle = (a[0] + b[0]) / 2;
      const path = strokes[`${v < 0 ? 'zero' : 'one'} ${wide}`] ??= new Path2D();
      path.moveTo(...a);
      path.bezierCurveTo(middle, a[1], middle, b[1], ...b);
    }
    for (const [kind, path] of Object.entries(strokes)) {
      const [sign, wide] = kind.split(' ');
      g.strokeStyle = color[sign], g.lineWidth = wide, g.globalAlpha = Math.min(0.9, 0.35 + wide / 6);
      g.setLineDash(sign === 'zero' && edges.length < 400 ? [5, 3] : []);  // in a tangle dashes are slow, and not seen
      g.stroke(path);
    }
    g.setLineDash([]), g.globalAlpha = 1;
    /* All units' pictures beside each other in one, S × S each, a unit's largest output in full color. */
    const S = 16, step = run.GRID / S, flat = places.flat(), wide = S * flat.length, paint = painter(color, 0.9);
    films.width = wide, films.height = S;
    const f = films.getContext('2d'), image = f.createImageData(wide, S);
    let at = 0;
    sizes.forEach((n, l) => places[l].forEach((_, i) => {
      const spot = k => ((((k / S | 0) + 0.5) * step | 0) * run.GRID + ((k % S + 0.5) * step | 0)) * n + i;
      const half = l === L || run.state.activation === 'sigmoid' ? 0.5 : 0;
      const zero = l > 0 ? half : i ? y - size / 2 : x + size / 2;
      const values = Array.from({length: S * S}, (_, k) => outputs[l][spot(k)] - zero);
      const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-9);
      values.forEach((v, k) => paint(image.data, (k / S | 0) * wide + at * S + k % S, v / most));
      at++;
    }));
    f.putImageData(image, 0, 0);
    g.strokeStyle = color.ink, g.lineWidth = 1;
    flat.forEach(([a, b], k) => {
      g.drawImage(films, k * S, 0, S, S, a - side / 2, b - side / 2, side, side);
      g.strokeRect(a - side / 2, b - side / 2, side, side);
    });
    g.fillStyle = color.ink, g.font = '12px sans-serif', g.textAlign = 'center';
    places.forEach((p, l) => g.fillText(l === 0 ? 'x' : l === L ? 'y' : `h${INDEX[l]}`, p[0][0], h - 3));
    g.textAlign = 'start';
  };
  /* What is under the pointer: a unit, or the nearest line. */
  const under = (event, run, say) => {
    const {left, top} = wires.getBoundingClientRect(), x = event.clientX - left, y = event.clientY - top;
    for (const [l, p] of places.entries()) for (const [i, [a, b]] of p.entries())
      if (Math.hypot(x - a, y - b) < 13)
        return l ? `unit ${i} of layer ${l}: b = ${say(run.weights()[l - 1].b[i])}` : `input x${INDEX[i + 1]}`;
    let best = 9, said = '';
    for (const {a, b, l, i, j, v} of edges) for (let t = 0.1; t < 0.95; t += 0.05) {
      const p = 1.5 * t * (1 - t) + t ** 3, q = t * t * (3 - 2 * t);
      const d = Math.hypot(x - a[0] - p * (b[0] - a[0]), y - a[1] - q * (b[1] - a[1]));
      if (d < best) best = d, said = `W${INDEX[l]}[${i}, ${j}] = ${say(v)}`;
    }
    return said;
  };

  const drawCurves = (run, J, log, color, say) => {
    const [g, w, h] = fit(curves), n = run.losses.length, left = 40, bottom = h - 18;
    const every = Math.max(1, Math.floor(n / 400));
    const lists = [[run.valLosses, color.zero, [6, 4]], [run.losses, color.one, []]];
    const kept = list => [...list.entries()].filter(([i, v]) => Number.isFinite(v) && (i % every === 0 || i === n - 1));
    const seen = lists.flatMap(([list]) => kept(list).map(([, v]) => v)).concat(n ? [] : [J || 1]);
    const scale = v => log ? Math.log10(Math.max(v, 1e-12)) : v;
    const low = log ? Math.floor(scale(Math.min(...seen)) - 1e-9) : 0, top = scale(Math.max(...seen));
    const high = log ? Math.max(Math.ceil(top), low + 1) : 1.05 * top || 1;
    const X = i => left + (w - left - 6) * (i + 1) / Math.max(n, 10);
    const Y = s => bottom - (bottom - 6) * (s - low) / (high - low);
    g.fillStyle = color.ink, g.strokeStyle = color.faint, g.lineWidth = 1, g.textAlign = 'right';
    const unit = log ? Math.ceil((high - low) / 5) : nice(high / 5);
    const power = v => String(v).replace(/./g, c => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c] ?? '⁻');
    for (let k = 0; low + k * unit <= high; k++) {
      const v = low + k * unit;
      g.beginPath(), g.moveTo(left, Y(v)), g.lineTo(w - 6, Y(v)), g.stroke();
      g.fillText(log ? `10${power(v)}` : say(+v.toPrecision(3)), left - 5, Y(v) + 4);
    }
    g.fillText(`epoch ${n}`, w - 6, h - 4);
    g.textAlign = 'start';
    for (const [list, its, dash] of lists) {
      g.beginPath(), g.strokeStyle = its, g.lineWidth = 2, g.setLineDash(dash);
      for (const [i, v] of kept(list)) g.lineTo(X(i), Y(scale(v)));
      g.stroke();
    }
    g.setLineDash([]);
  };
  return {colors, drawBoard, drawWires, drawCurves, under};
};

/* ---- the panel ---- */

const nnPanel = (told, nn, root, still, kernels) => {
  const begin = nnExperiments(nn, told), calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const number = [...document.querySelectorAll('.nn-play')].indexOf(root) + 1, prefix = `x.play${number}.`;
  const onPage = !!root.closest('article'), full = told.size === 'full', INDEX = '₀₁₂₃₄₅';
  const make = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes))
      if (k.startsWith('on')) e.addEventListener(k.slice(2), v); else e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const button = (words, onclick, more = {}) => make('button', {type: 'button', onclick, ...more}, words);
  const options = choices => Object.entries(choices).map(([value, words]) => make('option', {value}, words));
  const say = x => {
    if (x === null) return 'all';
    if (!Number.isFinite(x)) return Number.isNaN(x) ? '–' : '∞';
    const far = x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e4);
    return (far ? x.toExponential(1).replace('+', '') : String(+x.toPrecision(3))).replaceAll('-', '−');
  };
  const percent = x => Number.isNaN(x) ? '–' : `${+(100 * x).toFixed(1)}%`;
  let state = told.start, run, measured, playing = false, goal = 0, asked = 0, drawnAt = 0, spokeAt = 0;

  /* The page's address: an entry for each setting that is not as the page began. Explorers keep theirs beside it. */
  const written = {hidden: v => v.join('.'), batch_size: v => v ?? 'all',
    points: v => v.map(([x, y, t]) => `${Math.round(100 * x) + 200}.${Math.round(100 * y) + 200}.${t}`).join('.')};
  const text = (key, value) => String(written[key] ? written[key](value) : value);
  const hash = () => new URLSearchParams(location.hash.startsWith('#x.') ? location.hash.slice(1) : '');
  const save = () => {
    const h = hash();
    for (const key of [...h.keys()]) if (key.startsWith(prefix)) h.delete(key);
    for (const [key, value] of Object.entries(state))
      if (text(key, value) !== text(key, told.start[key])) h.set(prefix + key, text(key, value));
    const url = String(h) ? '#' + h : location.pathname + location.search;
    try { history.replaceState(null, '', url) } catch (error) { /* a frame that may not: the experiment goes on */ }
  };
  const load = () => {
    const given = [...hash()].filter(([key]) => key.startsWith(prefix));
    const short = given.map(([key, value]) => [key.slice(prefix.length), value]);
    const [next, said] = nnChecked(told, told.start, Object.fromEntries(short));
    if (given.length) root.scrollIntoView({block: 'nearest'});
    state = next;
    reset(said.join(' '));
  };

  /* ---- knobs ---- */
  const refresh = [];
  const set = change => {
    state = {...state, ...change};
    if (onPage) save();
    reset();
  };
  const row = (label, ...more) => make('div', {class: 'r'}, make('span', {}, label), ...more);
  const menu = (k, get, put) => {
    const select = make('select', {'aria-label': k.label, autocomplete: 'off'}, ...options(k.choices));
    select.addEventListener('change', () => put(select.value));
    refresh.push(() => { select.value = get() });
    return row(k.label, select);
  };
  const slider = (k, get, put, unused = () => false) => {
    const grid = k.grid ?? Array.from({length: k.high - k.low + 1}, (_, i) => k.low + i), out = make('b');
    const input = make('input', {type: 'range', max: grid.length - 1, 'aria-label': k.label, autocomplete: 'off'});
    input.addEventListener('input', () => put(grid[+input.value]));
    refresh.push(() => {
      const value = get(), far = grid.map(g => Math.abs((g ?? 1e9) - (value ?? 1e9)));
      input.value = far.indexOf(Math.min(...far));
      input.disabled = unused();
      out.textContent = input.disabled ? '–' : say(value);
      input.setAttribute('aria-valuetext', input.disabled ? 'not used' : say(value));
    });
    return row(k.label, out, input);
  };
  let lastWidth = Math.max(4, ...state.hidden);
  const deeper = depth => Array.from({length: depth}, (_, i) => state.hidden[i] ?? state.hidden.at(-1) ?? lastWidth);
  const special = {
    data: k => menu(k, () => state.data, data => set({data, noise: told.noise[data] ?? state.noise})),
    depth: k => slider(k, () => state.hidden.length, depth => set({hidden: deeper(depth)})),
    width: k => slider(k, () => Math.max(1, ...state.hidden), width => {
      lastWidth = width;
      set({hidden: state.hidden.map(() => width)});
    }, () => !state.hidden.length),
    beta: k => slider(k, () => state.beta, beta => set({beta}), () => !told.optimizers[state.optimizer].beta),
    seed: k => {
      const input = make('input', {type: 'number', min: 0, max: k.high, step: 1, 'aria-label': k.label});
      input.addEventListener('change', () => {
        const [next, said] = nnChecked(told, state, {seed: input.value});
        set(next);
        if (said.length) problem(said.join(' '));
      });
      refresh.push(() => { input.value = state.seed });
      return row(k.label, input);
    },
  };
  const knob = key => {
    const k = told.knobs[key], get = () => state[key], put = value => set({[key]: value});
    const unused = () => state.data === 'drawn' && ['n', 'noise'].includes(key);
    if (special[key]) return special[key](k);
    return k.choices ? menu(k, get, put) : slider(k, get, put, unused);
  };
  const knobs = make('div', {class: 'knobs'},
    ...told.controls.flatMap(c => c === 'hidden' ? ['depth', 'width'] : [c]).map(knob));

  /* Points of the reader's own: a tap on the board, or two numbers and a button. */
  const brush = make('select', {'aria-label': 'class of new points'}, ...options(['■ class 0', '● class 1']));
  const [px, py] = ['x₁', 'x₂'].map(x => make('input',
    {type: 'number', min: -2, max: 2, step: 0.1, value: 0, 'aria-label': `${x} of a new point`}));
  const add = (x, y) => {
    const most = told.knobs.points.high, round = v => Math.round(100 * Math.min(2, Math.max(-2, v || 0))) / 100;
    if (state.points.length >= most) return problem(`${most} points are the most that fit into an address.`);
    set({points: [...state.points, [round(x), round(y), +brush.value]]});
  };
  const pen = make('div', {class: 'pen', role: 'group', 'aria-label': 'points'}, brush, px, py,
    button('Add', () => add(+px.value, +py.value)), button('Undo', () => set({points: state.points.slice(0, -1)})),
    button('Clear', () => set({points: []})));

  /* ---- what is shown ---- */
  const [board, wires, curves] = ['board', 'wires', 'curves'].map(kind => make('canvas', {class: kind, role: 'img'}));
  const pictures = nnPictures(root, board, wires, curves);
  const status = make('p', {class: 'status'}), words = make('p', {class: 'words', role: 'status'});
  const aloud = make('p', {class: 'aloud', 'aria-live': 'polite'}), hint = make('p', {class: 'hint'}, told.hint);
  const bars = make('div', {class: 'bars'}), log = make('input', {type: 'checkbox', onchange: () => draw()});
  const speed = make('select', {autocomplete: 'off'}, ...options({slow: 'slow', normal: 'normal', fast: 'fast'}));
  speed.value = calm ? 'fast' : 'normal';
  /* Not a pre: of a pre the theme decides whether the keyboard reaches it. */
  const fold = (title, label, text) => make('details', {ontoggle: () => tell()}, make('summary', {}, title),
    make('div', {class: 'pre', tabindex: 0, role: 'region', 'aria-label': label}, text));
  const code = make('code'), codes = fold('Show the code', 'code of this experiment', code);
  const bits = () => {
    const answer = make('p', {class: 'bits', 'aria-live': 'polite'}), count = Object.keys(told.bits).length;
    const browser = nnBrowser(navigator.userAgent);
    const ask = async () => {
      answer.textContent = `Training ${count} small networks.`;
      try {
        const differ = await nnBits(told, kernels);
        answer.textContent = browser + (differ.length
          ? ` does not compute the book’s bits: ${differ.length} of ${count} small networks ended elsewhere `
            + `(${differ.join(', ')}). Please report it, with this sentence.`
          : ` computes the book’s bits: ${count} small networks, one for each optimizer, ended at the book’s `
            + 'parameters, the same in every bit.');
      } catch (error) {
        answer.textContent = `${browser} could not train them: ${error.message}.`;
      }
    };
    return make('details', {}, make('summary', {}, 'Does this browser compute the book’s bits?'),
      button(`Train ${count} small networks`, ask), answer);
  };
  const numbers = make('code'), weights = fold('Show the numbers', 'weights and biases', numbers);
  const sight = (title, ...inside) =>
    make('div', {class: 'sight'}, make('div', {class: 'title'}, ...title), ...inside);
  const key = (kind, words) => make('span', {class: `key ${kind}`}, words);
  const play = button('', () => playing ? pause() : start(), {class: 'go'});
  const bar = make('div', {class: 'bar', role: 'group', 'aria-label': 'training'}, play,
    button('Step one batch', () => {
      if (lacks()) return problem(lacks());
      pause();
      run.step();
      after();
    }),
    button('Reset', () => reset()), button('New seed', () => set({seed: (state.seed + 1) % told.knobs.seed.high})),
    make('label', {class: 'speed'}, 'speed ', speed));
  const classes = [key('zero', 'class 0'), key('one', 'class 1'), key('open', 'validation')];
  const lines = [key('fit', 'training'), key('check', 'validation'), make('label', {}, log, 'log')];
  const output = sight(['output', ...classes], board, pen), loss = sight(['loss', ...lines], curves);
  const network = sight(['network', key('plus', 'w > 0'), key('minus', 'w < 0')], wires, hint);
  const gradients = sight(['gradient ‖∂J/∂W‖, log scale'], bars);
  const view = make('div', {class: `app ${told.size}`}, bar, status, words, aloud, make('div', {class: 'desk'}, knobs,
    make('div', {class: 'sights'}, ...full ? [output, network, loss, gradients] : [output, loss],
      make('div', {class: 'folds'}, ...full ? [weights] : [], codes, ...told.bits ? [bits()] : []))));

  /* ---- words ---- */
  const problem = sentence => { words.textContent = sentence };
  const summary = () => {
    const n = run.losses.length, within = run.waiting() ? ` + ${run.waiting()} of ${run.train.n} samples` : '';
    return {epoch: n + within, loss: say(n ? run.losses[n - 1] : measured.J), 'validation loss': say(measured.valLoss),
      accuracy: percent(measured.accuracy), 'validation accuracy': percent(measured.valAccuracy)};
  };
  const sentence = () => Object.entries(summary()).map(([k, v]) => `${k} ${v}`).join(', ') + '.';
  const speak = text => { aloud.textContent = text; spokeAt = performance.now() };
  const table = ({W, b}, l) => {
    const line = v => Array.from(v, x => x.toFixed(4).replace('-', '−').padStart(9)).join(''), n = b.length;
    const rows = Array.from({length: W.length / n}, (_, i) => line(W.subarray(i * n, i * n + n)));
    return [`W${INDEX[l + 1]}`, ...rows, `b${INDEX[l + 1]}`, line(b)].join('\n');
  };
  const tell = () => {
    if (!run) return;
    code.textContent = nnCode(told, state, run.losses.length || state.epochs);
    if (weights.open) numbers.textContent = run.weights().map(table).join('\n\n');
    board.setAttribute('aria-label', `${told.knobs.data.choices[state.data]}: ${run.train.n} training and ${run.val.n}`
      + ` validation points of two classes, and the network's output over the plane. ${sentence()}`);
    curves.setAttribute('aria-label', `Loss against epochs. ${sentence()}`);
    wires.setAttribute('aria-label',
      `A network of ${run.sizes.join(', ')} units; “Show the numbers” lists its weights.`);
  };

  /* ---- drawing ---- */
  const drawBars = () => {
    const bar = l => row(`W${INDEX[l + 1]}`, make('div', {}, make('i')), make('b'));
    if (bars.children.length !== measured.norms.length) bars.replaceChildren(...measured.norms.map((_, l) => bar(l)));
    measured.norms.forEach((norm, l) => {
      const [, track, out] = bars.children[l].children, share = (Math.log10(norm || 1e-99) + 8) / 9;  // 10⁻⁸ … 10
      track.firstChild.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
      out.textContent = say(norm);
    });
  };
  const draw = () => {
    if (!run) return;
    measured = run.measure();
    drawnAt = performance.now();
    const told = Object.entries(summary()).flatMap(([k, v]) => [make('span', {}, `${k} `, make('b', {}, v)), ' ']);
    status.replaceChildren(...told);
    if (!board.clientWidth) return;  // folded away
    const color = pictures.colors(), outputs = run.look();
    pictures.drawBoard(run, outputs, color);
    pictures.drawCurves(run, measured.J, log.checked, color, say);
    if (full) pictures.drawWires(run, outputs, color), drawBars();
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
    const ones = state.points.filter(p => p[2]).length, enough = Math.min(ones, state.points.length - ones) >= 3;
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
  const paces = {slow: () => [1, 10, 100], normal: () => [Math.ceil(state.epochs / 240), 10, 0],
    fast: () => [Infinity, 30, 100]};
  /* A slice of training, then a picture; after a long slice it waits for the next frame: 50 ms at once are felt. */
  const frame = () => {
    if (!playing) return;
    if (!root.isConnected) return pause();
    const began = performance.now(), spent = () => performance.now() - began;
    const [most, slice, stay] = paces[speed.value]();
    const ended = () => run.stopped || run.losses.length >= goal, next = f => { asked = requestAnimationFrame(f) };
    const due = began - drawnAt >= (calm ? 1000 : stay);
    if (speed.value === 'slow' && !due) return next(frame);
    for (let k = 0; k < most && spent() < slice && !ended(); k++) run.epoch();
    const show = () => {
      if (ended()) return pause();
      if (due) draw();
      if (performance.now() - spokeAt > 10000) speak(sentence());
      next(frame);
    };
    if ((ended() || due) && spent() > 15) next(show); else show();
  };
  const reset = (said = '') => {
    const again = playing && !said;
    playing = false;
    cancelAnimationFrame(asked);
    refresh.forEach(f => f());
    pen.hidden = state.data !== 'drawn';
    run = begin(state);
    problem(`${said} ${lacks()}`.trim());
    after();
    if (again && !lacks()) start();
  };

  const point = e => { hint.textContent = pictures.under(e, run, say) || told.hint };
  wires.addEventListener('pointermove', point);
  wires.addEventListener('pointerdown', point);
  board.addEventListener('click', e => {
    if (state.data !== 'drawn') return;
    const {left, top, width} = board.getBoundingClientRect(), {x, y, size} = run.window;
    add(x + (e.clientX - left) / width * size, y - (e.clientY - top) / width * size);
  });
  still.replaceWith(view);
  load();
  if (onPage) addEventListener('hashchange', () => { if ([...hash().keys()].some(k => k.startsWith(prefix))) load() });
  new ResizeObserver(() => draw()).observe(view);
  for (const e of [document.documentElement, document.body]) new MutationObserver(() => draw())
    .observe(e, {attributes: true, attributeFilter: ['data-theme', 'class', 'data-jp-theme-light']});
  /* For tests, and for the curious: document.querySelector('.nn-play').playground.run */
  root.playground = {get run() { return run }, get state() { return state }, get playing() { return playing },
    set, reset, draw, code: () => code.textContent};
  root.dataset.ready = 1;
};

window.nnPlay = async root => {
  const still = root.querySelector('.still'), told = root.querySelector('script[type="application/json"]').textContent;
  const kernels = () => nnWasm(Uint8Array.from(atob(KERNELS), c => c.charCodeAt(0)));
  let nn;
  try {
    nn = await kernels();
  } catch (error) {
    still.querySelector('p').textContent = 'This browser may not run WebAssembly here, so the playground stays a '
      + 'picture: it shows where its training leads.';
    return;
  }
  nnPanel(JSON.parse(told), nn, root, still, kernels);
};

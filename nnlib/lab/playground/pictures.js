/* The playground's pictures: the plane with its points, the curves of the loss, the network. */

import { say, sub } from './words.js';

/**
 * What is drawn of an experiment, as experiment.js has it.
 * @typedef {[x: number, y: number, label: number]} Point
 * @typedef {{ points: Point[], n: number }} Part
 * @typedef {{ state: { activation: string }, sizes: number[], GRID: number, train: Part, val: Part, losses: number[],
 *   valLosses: number[], window: { x: number, y: number, size: number }, isRegression?: boolean, range?: number[],
 *   weights: () => { W: Float64Array, b: Float64Array }[] }} Run
 * @typedef {import('./units.js').Unit} Unit
 *
 * What colors the plane: a value for each point of the grid, what stands for paper and for full color, and where it has a
 * line: at the zeros of `edge`.
 * @typedef {{ values: ArrayLike<number>, middle: number, most: number, edge: ArrayLike<number> | null }} Plane
 *
 * The colors of the page: words, background, class 1 and positive, class 0 and negative, lines of a grid.
 * @typedef {{ ink: string, paper: string, one: string, zero: string, faint: string }} Colors
 */

const CIRCLE = 7; // more than 2 π: an arc that is a whole circle

/**
 * The least of 1, 2, 5, 10, 20, … that is at least x.
 * @param {number} x
 */
export const nice = (x) => {
  const power = 10 ** Math.floor(Math.log10(x));
  return /** @type {number} */ ([1, 2, 5, 10].find((digit) => digit * power >= 0.999 * x)) * power;
};

/**
 * A function that paints pixel k for a value: −1 is class 0's color, 0 the paper, 1 class 1's color.
 * @param {Colors} colors
 * @param {number} strength 1 for full colors
 */
export const painter = (colors, strength) => {
  const [paper, zero, one] = [colors.paper, colors.zero, colors.one].map((hex) =>
    [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)),
  );
  /**
   * @param {Uint8ClampedArray} pixels
   * @param {number} k
   * @param {number} value
   */
  const paint = (pixels, k, value) => {
    const end = value < 0 ? zero : one;
    const share = strength * Math.min(1, Math.abs(value) || 0);
    for (let i = 0; i < 3; i++) pixels[4 * k + i] = paper[i] + share * (end[i] - paper[i]);
    pixels[4 * k + 3] = 255;
  };
  return paint;
};

/**
 * Where values change their sign: lines through squares of four grid points, from edge to edge, as pairs of places on
 * the grid.
 * @param {ArrayLike<number>} values on a grid of `grid` × `grid` points
 * @param {number} grid
 */
export const boundary = (values, grid) => {
  /** @type {[number, number][][]} */
  const lines = [];
  for (let j = 0; j < grid - 1; j++) {
    for (let i = 0; i < grid - 1; i++) {
      const k = j * grid + i;
      const [p, q, r, s] = [k, k + 1, k + grid + 1, k + grid].map((corner) => values[corner]);
      /** @type {[number, number][]} */
      const cuts = [];
      if (p >= 0 !== q >= 0) cuts.push([i + p / (p - q), j]);
      if (q >= 0 !== r >= 0) cuts.push([i + 1, j + q / (q - r)]);
      if (r >= 0 !== s >= 0) cuts.push([i + s / (s - r), j + 1]);
      if (s >= 0 !== p >= 0) cuts.push([i, j + p / (p - s)]);
      for (let m = 0; m < cuts.length; m += 2) lines.push(cuts.slice(m, m + 2));
    }
  }
  return lines;
};

/**
 * Which value of a unit is paper, and how far from it the colors are full: at the ends of the scale for the output, and
 * else at the unit's own largest value on the plane.
 * @param {Run} run
 * @param {Float64Array[]} outputs of each layer on the grid
 * @param {number} layer
 * @param {number} index
 */
const shadeOf = (run, outputs, layer, index) => {
  const n = run.sizes[layer];
  let low = Infinity;
  let high = -Infinity;
  if (layer === run.sizes.length - 1) {
    [low, high] = run.isRegression ? (run.range ?? [-1, 1]) : [0, 1];
  } else {
    for (let k = index; k < outputs[layer].length; k += n) {
      low = Math.min(low, outputs[layer][k]);
      high = Math.max(high, outputs[layer][k]);
    }
    if (layer) {
      const middle = run.state.activation === 'sigmoid' ? 0.5 : 0;
      return { middle, most: Math.max(high - middle, middle - low) || 1e-9 };
    }
  }
  return { middle: (low + high) / 2, most: (high - low) / 2 || 1e-9 };
};

/**
 * What the plane shows: the output, or one unit. Its line is where the unit's sum z is 0, and where an output is ½.
 * @param {Run} run
 * @param {Float64Array[]} outputs of each layer on the grid
 * @param {Unit | null} unit
 * @returns {Plane}
 */
export const planeOf = (run, outputs, unit) => {
  const L = run.sizes.length - 1;
  const { layer, index } = unit ?? { layer: L, index: run.sizes[L] - 1 }; // of two outputs, the probability of class 1
  const n = run.sizes[layer];
  const values = outputs[layer].filter((_, k) => k % n === index);
  const shade = shadeOf(run, outputs, layer, index);
  if (layer === L) return { values, ...shade, edge: run.isRegression ? null : values.map((p) => p - 0.5) };
  if (!layer) return { values, ...shade, edge: null };
  const { W, b } = run.weights()[layer - 1];
  const before = run.sizes[layer - 1];
  const into = outputs[layer - 1];
  const edge = values.map((_, k) => {
    let z = b[index];
    for (let i = 0; i < before; i++) z += into[k * before + i] * W[i * n + index];
    return z;
  });
  return { values, ...shade, edge };
};

/**
 * @param {HTMLElement} root
 * @param {HTMLCanvasElement} board
 * @param {HTMLCanvasElement} wires
 * @param {HTMLCanvasElement} curves
 */
export const nnPictures = (root, board, wires, curves) => {
  const film = document.createElement('canvas'); // the plane, a pixel for each point of the grid
  const films = document.createElement('canvas'); // all units' planes beside each other
  /** @type {number[][][]} the middle of each unit, by layer */
  let places = [];
  /** @type {{ weight: number, layer: number, i: number, j: number, from: number[], to: number[] }[]} */
  let edges = [];

  let face = 'sans-serif';

  /** The colors of now: the page may turn dark at any time. And its face, which may have come since. */
  const colors = () => {
    const style = getComputedStyle(root);
    face = style.fontFamily || face;
    const [red, green, blue] = (style.color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    root.classList.toggle('dark', red + green + blue > 382);
    /** @param {string} name */
    const get = (name) => style.getPropertyValue(name).trim();
    return { ink: style.color, paper: get('--paper'), one: get('--one'), zero: get('--zero'), faint: get('--faint') };
  };

  /** @param {HTMLCanvasElement} canvas */
  const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

  /**
   * An empty canvas, sharp on this screen: its context, its width and its height in the page's pixels.
   * @param {HTMLCanvasElement} canvas
   * @returns {[CanvasRenderingContext2D, number, number]}
   */
  const emptied = (canvas) => {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const { clientWidth: width, clientHeight: height } = canvas;
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    const g = contextOf(canvas);
    if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    g.font = `12px ${face}`;
    return [g, width, height];
  };

  /* ---- the plane ---- */

  /**
   * Points of two classes: squares and circles. A training point is filled and has a rim of paper outside, a validation
   * point is open and has its color on its edge.
   * @param {CanvasRenderingContext2D} g
   * @param {Part} part
   * @param {boolean} solid
   * @param {number} radius
   * @param {(a: number, b: number) => [number, number]} spot
   * @param {Colors} color
   */
  const drawClasses = (g, part, solid, radius, spot, color) => {
    const half = 0.9 * radius;
    for (const kind of [0, 1]) {
      g.beginPath();
      for (const [a, b, label] of part.points) {
        if (label !== kind) continue;
        const [across, down] = spot(a, b);
        if (label) {
          g.moveTo(across + radius, down);
          g.arc(across, down, radius, 0, CIRCLE);
        } else {
          g.rect(across - half, down - half, 2 * half, 2 * half);
        }
      }
      const its = kind ? color.one : color.zero;
      g.fillStyle = solid ? its : color.paper;
      g.strokeStyle = solid ? color.paper : its;
      g.lineWidth = solid ? 2 : 1.8;
      if (solid) g.stroke();
      g.fill();
      if (!solid) g.stroke();
    }
  };

  /**
   * Points whose targets are numbers, filled by the plane's own colors: where the network is right, a point is hardly
   * seen. A training point is a circle, a validation point a diamond.
   * @param {CanvasRenderingContext2D} g
   * @param {Part} part
   * @param {boolean} solid
   * @param {number[]} range the least and the largest value in full color
   * @param {number} radius
   * @param {(a: number, b: number) => [number, number]} spot
   * @param {Colors} color
   */
  const drawTargets = (g, part, solid, [low, high], radius, spot, color) => {
    const shades = new Uint8ClampedArray(4);
    const paint = painter(color, 0.55);
    g.strokeStyle = color.ink;
    g.lineWidth = 1;
    for (const [a, b, target] of part.points) {
      const [across, down] = spot(a, b);
      paint(shades, 0, (2 * (target - low)) / (high - low || 1) - 1);
      g.fillStyle = `rgb(${shades[0]},${shades[1]},${shades[2]})`;
      g.beginPath();
      if (solid) {
        g.arc(across, down, radius, 0, CIRCLE);
      } else {
        g.moveTo(across, down - radius - 1);
        g.lineTo(across + radius + 1, down);
        g.lineTo(across, down + radius + 1);
        g.lineTo(across - radius - 1, down);
        g.closePath();
      }
      g.fill();
      g.stroke();
    }
  };

  /**
   * @param {Run} run
   * @param {Plane} plane
   * @param {Colors} color
   */
  const drawBoard = (run, plane, color) => {
    const [g, width] = emptied(board);
    const grid = run.GRID;
    const { x, y, size } = run.window;

    const paint = painter(color, 0.55);
    film.width = grid;
    film.height = grid;
    const pixels = contextOf(film).createImageData(grid, grid);
    for (let k = 0; k < grid * grid; k++) paint(pixels.data, k, (plane.values[k] - plane.middle) / plane.most);
    contextOf(film).putImageData(pixels, 0, 0);
    g.imageSmoothingQuality = 'high';
    g.drawImage(film, 0, 0, width, width);

    if (plane.edge) {
      g.beginPath();
      for (const line of boundary(plane.edge, grid)) {
        const [from, to] = line.map(([i, j]) => [((i + 0.5) * width) / grid, ((j + 0.5) * width) / grid]);
        g.moveTo(from[0], from[1]);
        if (to) g.lineTo(to[0], to[1]);
      }
      g.strokeStyle = color.ink;
      g.lineWidth = 2;
      g.stroke();
    }

    const radius = width > 300 ? 4 : 3.2;
    const parts = /** @type {[Part, boolean][]} */ ([
      [run.train, true],
      [run.val, false],
    ]);
    /** @type {(a: number, b: number) => [number, number]} */
    const spot = (a, b) => [((a - x) / size) * width, ((y - b) / size) * width];
    for (const [part, solid] of parts) {
      if (run.isRegression) drawTargets(g, part, solid, run.range ?? [-1, 1], radius, spot, color);
      else drawClasses(g, part, solid, radius, spot, color);
    }

    g.fillStyle = color.ink;
    const step = nice(size / 6);
    /** @param {number} v */
    const number = (v) => String(Number(v.toFixed(1))).replace('-', '−');
    for (let v = Math.ceil((x + 0.08 * size) / step) * step; v < x + size; v += step)
      g.fillText(number(v), ((v - x) / size) * width - 4, width - 4);
    for (let v = Math.ceil((y - 0.92 * size) / step) * step; v < y - 0.03 * size; v += step)
      g.fillText(number(v), 3, ((y - v) / size) * width + 4);
  };

  /* ---- the network ---- */

  /**
   * One path for each sign and thickness: hundreds of lines one by one would take longer than training.
   * @param {number} side of a unit's picture
   */
  const strokesOf = (side) => {
    /** @type {Record<string, Path2D>} */
    const strokes = {};
    for (const { weight, from, to } of edges) {
      const wide = Math.min(side / 3.5, Math.round((Math.abs(weight) * side) / 6.5) / 2 || 0.25);
      const middle = (from[0] + to[0]) / 2;
      const path = (strokes[`${weight < 0 ? 'zero' : 'one'} ${wide}`] ??= new Path2D());
      path.moveTo(from[0], from[1]);
      path.bezierCurveTo(middle, from[1], middle, to[1], to[0], to[1]);
    }
    return Object.entries(strokes);
  };

  /**
   * All units' pictures beside each other in one, S × S each, a unit's largest output in full color.
   * @param {Run} run
   * @param {Float64Array[]} outputs
   * @param {Colors} color
   * @param {number} S
   */
  const filmUnits = (run, outputs, color, S) => {
    const step = run.GRID / S;
    const wide = S * places.flat().length;
    const paint = painter(color, 0.9);
    films.width = wide;
    films.height = S;
    const pixels = contextOf(films).createImageData(wide, S);
    const points = Array.from({ length: S * S }, (_, k) => {
      const row = Math.floor((Math.floor(k / S) + 0.5) * step);
      return row * run.GRID + Math.floor(((k % S) + 0.5) * step);
    });
    let at = 0;
    run.sizes.forEach((n, layer) => {
      for (let index = 0; index < n; index++) {
        const { middle, most } = shadeOf(run, outputs, layer, index);
        points.forEach((point, k) =>
          paint(
            pixels.data,
            Math.floor(k / S) * wide + at * S + (k % S),
            (outputs[layer][point * n + index] - middle) / most,
          ),
        );
        at++;
      }
    });
    contextOf(films).putImageData(pixels, 0, 0);
  };

  /**
   * A unit shows its output over the same window; a weight its size, its sign by color and by dashes.
   * @param {Run} run
   * @param {Float64Array[]} outputs of each layer on the grid
   * @param {Colors} color
   * @param {string[]} inputs their names
   * @param {[layer: number, unit: number][]} dead units, which are crossed out
   * @param {Unit | null} shown the unit that the plane shows
   * @returns the middle of each unit, by layer
   */
  const drawWires = (run, outputs, color, inputs, dead, shown) => {
    const [g, width, height] = emptied(wires);
    const { sizes } = run;
    const L = sizes.length - 1;
    const side = Math.max(16, Math.min(28, (height - 24) / Math.max(...sizes) - 4));
    const left = 6 + Math.ceil(Math.max(...inputs.map((name) => g.measureText(name)?.width ?? 0)));
    const right = sizes[L] > 1 ? 22 : 16; // room for y
    places = sizes.map((n, l) =>
      Array.from({ length: n }, (_, i) => [
        left + side / 2 + (l * (width - left - right - side)) / L,
        4 + ((height - 24) * (i + 0.5)) / n,
      ]),
    );
    edges = run.weights().flatMap(({ W }, l) =>
      Array.from(W, (weight, k) => {
        const n = sizes[l + 1];
        const [i, j] = [Math.floor(k / n), k % n];
        return { weight, layer: l + 1, i, j, from: places[l][i], to: places[l + 1][j] };
      }),
    );

    for (const [kind, path] of strokesOf(side)) {
      const [sign, wide] = kind.split(' ');
      g.strokeStyle = color[/** @type {'one' | 'zero'} */ (sign)];
      g.lineWidth = Number(wide);
      g.globalAlpha = Math.min(0.9, 0.35 + Number(wide) / 6);
      g.setLineDash(sign === 'zero' && edges.length < 400 ? [5, 3] : []); // in a tangle dashes are slow, and not seen
      g.stroke(path);
    }
    g.setLineDash([]);
    g.globalAlpha = 1;

    const S = 16;
    filmUnits(run, outputs, color, S);
    g.strokeStyle = color.ink;
    g.lineWidth = 1;
    places.flat().forEach(([a, b], k) => {
      g.drawImage(films, k * S, 0, S, S, a - side / 2, b - side / 2, side, side);
      g.strokeRect(a - side / 2, b - side / 2, side, side);
    });
    g.lineWidth = 1.5;
    for (const [layer, index] of dead) {
      const [a, b] = places[layer][index];
      const half = side / 2;
      g.beginPath();
      g.moveTo(a - half, b - half);
      g.lineTo(a + half, b + half);
      g.moveTo(a + half, b - half);
      g.lineTo(a - half, b + half);
      g.stroke();
    }
    if (shown && places[shown.layer]?.[shown.index]) {
      const [a, b] = places[shown.layer][shown.index];
      g.lineWidth = 3;
      g.strokeRect(a - side / 2 - 1.5, b - side / 2 - 1.5, side + 3, side + 3);
    }
    g.fillStyle = color.ink;
    g.textAlign = 'right';
    places[0].forEach(([a, b], i) => g.fillText(inputs[i], a - side / 2 - 4, b + 4));
    g.textAlign = 'left';
    places[L].forEach(([a, b], i) => g.fillText(sizes[L] > 1 ? `y${sub(i + 1)}` : 'y', a + side / 2 + 5, b + 4));
    g.textAlign = 'center';
    for (let l = 1; l < L; l++) g.fillText(`layer ${l}`, places[l][0][0], height - 4);
    g.textAlign = 'start';
    return places;
  };

  /**
   * The weight of the line under the pointer, in words.
   * @param {{ clientX: number, clientY: number }} event
   * @param {(layer: number, index: number) => string} name of a unit
   */
  const under = (event, name) => {
    const { left, top } = wires.getBoundingClientRect();
    const x = event.clientX - left;
    const y = event.clientY - top;
    let nearest = 9;
    let said = '';
    for (const { from, to, layer, i, j, weight } of edges) {
      for (let t = 0.1; t < 0.95; t += 0.05) {
        const along = 1.5 * t * (1 - t) + t ** 3; // the curve of `strokesOf`
        const across = t * t * (3 - 2 * t);
        const dx = x - from[0] - along * (to[0] - from[0]);
        const dy = y - from[1] - across * (to[1] - from[1]);
        const distance = Math.hypot(dx, dy);
        if (distance >= nearest) continue;
        nearest = distance;
        said = `W${sub(layer)}[${i}, ${j}] = ${say(weight)}: from ${name(layer - 1, i)} to ${name(layer, j)}`;
      }
    }
    return said;
  };

  /* ---- the curves of the loss ---- */

  /**
   * @param {Run} run
   * @param {number} J the loss now, which is all there is before the first epoch
   * @param {boolean} log
   * @param {Colors} color
   */
  const drawCurves = (run, J, log, color) => {
    const [g, width, height] = emptied(curves);
    const n = run.losses.length;
    const left = 40;
    const right = width - 6;
    const bottom = height - 18;
    const every = Math.max(1, Math.floor(n / 400));
    const lists = /** @type {[number[], string, number[]][]} */ ([
      [run.valLosses, color.zero, [6, 4]],
      [run.losses, color.one, []],
    ]);
    /** @param {number[]} list */
    const kept = (list) =>
      [...list.entries()].filter(([i, v]) => Number.isFinite(v) && (i % every === 0 || i === n - 1));
    const seen = lists.flatMap(([list]) => kept(list).map(([, v]) => v)).concat(n ? [] : [J || 1]);
    /** @param {number} v */
    const scale = (v) => (log ? Math.log10(Math.max(v, 1e-12)) : v);
    const low = log ? Math.floor(scale(Math.min(...seen)) - 1e-9) : 0;
    const top = scale(Math.max(...seen));
    const high = log ? Math.max(Math.ceil(top), low + 1) : 1.05 * top || 1;
    /** @param {number} i */
    const across = (i) => left + ((right - left) * (i + 1)) / Math.max(n, 10);
    /** @param {number} s */
    const down = (s) => bottom - ((bottom - 6) * (s - low)) / (high - low);

    g.fillStyle = color.ink;
    g.strokeStyle = color.faint;
    g.lineWidth = 1;
    g.textAlign = 'right';
    const unit = log ? Math.ceil((high - low) / 5) : nice(high / 5);
    /** @param {number} v */
    const power = (v) => String(v).replace(/./g, (c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)] ?? '⁻');
    for (let k = 0; low + k * unit <= high; k++) {
      const v = low + k * unit;
      g.beginPath();
      g.moveTo(left, down(v));
      g.lineTo(right, down(v));
      g.stroke();
      g.fillText(log ? `10${power(v)}` : say(Number(v.toPrecision(3))), left - 5, down(v) + 4);
    }
    g.fillText(`epoch ${n}`, right, height - 4);
    g.textAlign = 'start';

    for (const [list, its, dash] of lists) {
      g.beginPath();
      g.strokeStyle = its;
      g.lineWidth = 2;
      g.setLineDash(dash);
      for (const [i, v] of kept(list)) g.lineTo(across(i), down(scale(v)));
      g.stroke();
    }
    g.setLineDash([]);
  };

  return { colors, drawBoard, drawWires, drawCurves, under };
};

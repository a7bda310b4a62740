/* What the playground draws of an experiment, by the calls that a canvas gets. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { boundary, nice, nnPictures, painter, planeOf } from '../../nnlib/lab/playground/pictures.js';

const COLORS = { ink: 'ink', paper: '#ffffff', one: '#0072b2', zero: '#d55e00', faint: 'faint' };

test('units on an axis are 1, 2 or 5', () => {
  assert.deepEqual(
    [0.9, 1, 1.1, 3, 7, 0.03, 40].map(nice).map((x) => Number(x.toPrecision(6))),
    [1, 1, 2, 5, 10, 0.05, 50],
  );
});

test('a value is painted between the paper and its class', () => {
  const pixels = new Uint8ClampedArray(16);
  const paint = painter(COLORS, 1);
  [0, 1, -1, 0.5].forEach((value, k) => paint(pixels, k, value));
  assert.deepEqual([...pixels.slice(0, 12)], [255, 255, 255, 255, 0, 0x72, 0xb2, 255, 0xd5, 0x5e, 0, 255]);
  assert.equal(pixels[12], 128);
  paint(pixels, 0, NaN);
  assert.deepEqual([...pixels.slice(0, 4)], [255, 255, 255, 255]);
});

test('the boundary runs where values change their sign', () => {
  const grid = 4;
  const slope = Array.from({ length: grid * grid }, (_, k) => (k % grid) / (grid - 1) - 0.5); // −½ to ½ from left to right
  const lines = boundary(slope, grid);
  assert.equal(lines.length, grid - 1);
  for (const line of lines)
    assert.deepEqual(
      line.map(([i]) => Number(i.toFixed(9))),
      [1.5, 1.5],
    );
  assert.deepEqual(
    boundary(
      slope.map(() => 0.4),
      grid,
    ),
    [],
  );
});

/* ---- on a canvas ---- */

/** A canvas that notes what is drawn on it: [call, what it was given, what was set before]. */
const canvas = (width = 300, height = 200) => {
  const calls = [];
  const settings = {};
  const drawn = new Proxy(settings, {
    get:
      (_, name) =>
      (...given) => {
        calls.push([name, given, { ...settings }]);
        if (name === 'createImageData') return { data: new Uint8ClampedArray(4 * given[0] * given[1]) };
      },
    set: (_, name, value) => Reflect.set(settings, name, value),
  });
  const rectangle = { left: 0, top: 0 };
  const shown = {
    clientWidth: width,
    clientHeight: height,
    getContext: () => drawn,
    getBoundingClientRect: () => rectangle,
  };
  return { ...shown, calls, of: (name) => calls.filter(([call]) => call === name) };
};

/** An experiment that has run for three epochs, with one hidden layer of two units. */
const experiment = (more = {}) => {
  const GRID = 16;
  const net = { sizes: [2, 2, 1], W1: [1, -2, 0.5, 0], W2: [3, -3] };
  return {
    state: { activation: 'tanh' },
    sizes: net.sizes,
    GRID,
    train: {
      points: [
        [0, 0, 0],
        [0.5, 0.5, 1],
        [-0.5, 0.5, 1],
      ],
      n: 3,
    },
    val: { points: [[0.25, 0, 0]], n: 1 },
    losses: [0.8, 0.4, 0.1],
    valLosses: [0.9, NaN, 0.3],
    window: { x: -1, y: 1, size: 2 },
    weights: () => [
      { W: Float64Array.from(net.W1), b: Float64Array.of(0.1, -0.2) },
      { W: Float64Array.from(net.W2), b: Float64Array.of(0.25) },
    ],
    outputs: net.sizes.map((n) => new Float64Array(GRID * GRID * n).map((_, k) => (k % 7) / 7)),
    ...more,
  };
};

/** The pictures of a panel, whose three canvases note what is drawn. */
const pictures = () => {
  const paths = [];
  globalThis.devicePixelRatio = 1;
  const made = [];
  globalThis.document = /** @type {any} */ ({ createElement: () => made[made.push(canvas()) - 1] });
  globalThis.Path2D = /** @type {any} */ (
    class {
      lines = 0;
      constructor() {
        paths.push(this);
      }
      moveTo() {}
      bezierCurveTo() {
        this.lines++;
      }
    }
  );
  const [board, wires, curves] = [canvas(300, 300), canvas(300, 300), canvas(300, 200)];
  return {
    ...nnPictures(/** @type {any} */ ({}), /** @type {any} */ (board), wires, curves),
    board,
    wires,
    curves,
    paths,
    made,
  };
};

test('the board has a square for each point of class 0 and a circle for each of class 1', () => {
  const { drawBoard, board } = pictures();
  const run = experiment();
  drawBoard(run, planeOf(run, run.outputs, null), COLORS);
  const [squares, circles] = [board.of('rect'), board.of('arc')];
  assert.deepEqual([squares.length, circles.length], [2, 2]);
  const [[, [left, top, side]]] = squares;
  assert.deepEqual([left + side / 2, top + side / 2].map(Math.round), [150, 150], 'the middle of the window');
  assert.deepEqual(
    circles.map(([, [x, y]]) => [x, y]),
    [
      [225, 75],
      [75, 75],
    ],
  );
  // Training points are filled with their color, validation points with paper.
  assert.deepEqual(
    board.of('fill').map(([, , { fillStyle }]) => fillStyle),
    ['#d55e00', '#0072b2', '#ffffff', '#ffffff'],
  );
});

test('of two outputs the board shows the probability of class 1', () => {
  const one = experiment();
  const p = Float64Array.from({ length: 256 }, (_, k) => (k % 16) / 15);
  const both = Float64Array.from([...p].flatMap((x) => [1 - x, x]));
  const runs = [
    { ...one, outputs: [p, p, p] },
    { ...one, sizes: [2, 2, 2], outputs: [p, p, both] },
  ];
  const drawn = runs.map((run) => {
    const { drawBoard, board, made } = pictures();
    drawBoard(run, planeOf(run, run.outputs, null), COLORS);
    const [pixels] = made[0].of('putImageData')[0][1];
    return [board.of('lineTo'), [...pixels.data]];
  });
  assert.ok(drawn[0][0].length > 5);
  assert.deepEqual(drawn[0], drawn[1]);
});

test('the curves have a point for each epoch that has a number', () => {
  const { drawCurves, curves } = pictures();
  const run = experiment();
  drawCurves(run, 0.05, false, COLORS);
  const points = (color) => curves.of('lineTo').filter(([, , { strokeStyle }]) => strokeStyle === color);
  assert.deepEqual([points(COLORS.one).length, points(COLORS.zero).length], [3, 2]);
  const heights = points(COLORS.one).map(([, [, y]]) => y);
  assert.ok(heights[0] < heights[1] && heights[1] < heights[2], 'a smaller loss lies lower');
  const words = curves.of('fillText').map(([, [text]]) => text);
  assert.ok(words.includes('epoch 3') && words.includes('0') && words.includes('0.2'), words.join());
});

test('on a logarithmic axis there are powers of ten', () => {
  const { drawCurves, curves } = pictures();
  drawCurves(experiment({ losses: [9, 0.002], valLosses: [1, 1] }), 0.05, true, COLORS);
  const words = curves.of('fillText').map(([, [text]]) => text);
  assert.deepEqual(words, ['10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹', 'epoch 2']);
});

test('before the first epoch the axis fits the loss that is', () => {
  const { drawCurves, curves } = pictures();
  drawCurves(experiment({ losses: [], valLosses: [] }), 0.7, false, COLORS);
  assert.deepEqual(
    curves.of('fillText').map(([, [text]]) => text),
    ['0', '0.2', '0.4', '0.6', 'epoch 0'],
  );
});

test('the network has a line for each weight, a picture for each unit and names', () => {
  const { drawWires, wires, paths } = pictures();
  const run = experiment();
  const places = drawWires(run, run.outputs, COLORS, ['x₁', 'x₂'], [], null);
  assert.deepEqual(
    places.map((layer) => layer.length),
    [2, 2, 1],
  );
  assert.equal(
    paths.reduce((lines, path) => lines + path.lines, 0),
    6,
  );
  assert.equal(wires.of('drawImage').length, 5);
  assert.deepEqual(
    wires.of('fillText').map(([, [text]]) => text),
    ['x₁', 'x₂', 'y', 'layer 1'],
  );
  const dashed = wires.of('setLineDash').filter(([, [dash]]) => dash.length);
  assert.ok(dashed.length > 0, 'negative weights are dashed');
  const colors = wires.of('stroke').map(([, , { strokeStyle }]) => strokeStyle);
  assert.equal(colors.length, paths.length);
  assert.equal(colors.filter((color) => color === COLORS.zero).length, 2, 'one for −2 and one for −3');
});

test('units are at least 24 pixels apart where the drawing has room for them, and inside it', () => {
  const { drawWires, wires } = pictures();
  const run = experiment({ sizes: [2, 16, 1], weights: () => [] });
  Object.assign(wires, { clientHeight: 16 * 24 + 28 });
  const places = drawWires({ ...run, outputs: [] }, manyOutputs([2, 16, 1], run.GRID), COLORS, ['x₁', 'x₂'], [], null);
  const heights = places[1].map(([, y]) => y);
  assert.ok(heights.slice(1).every((y, i) => y - heights[i] >= 24));
  for (const [x, y] of places.flat()) assert.ok(x > 8 && x < 292 && y > 8 && y < 16 * 24 + 20);
});

test('a dead unit is crossed out, and the unit that the plane shows has a thick frame', () => {
  const { drawWires, wires } = pictures();
  const run = experiment();
  const places = drawWires(run, run.outputs, COLORS, ['x₁', 'x₂'], [[1, 1]], { layer: 1, index: 0 });
  const [[x, y]] = [places[1][1]];
  const ends = wires.of('lineTo').map(([, [a, b]]) => [Math.sign(a - x), Math.sign(b - y)]);
  assert.deepEqual(ends, [
    [1, 1],
    [-1, 1],
  ]);
  const thick = wires.of('strokeRect').filter(([, , { lineWidth }]) => lineWidth === 3);
  assert.equal(thick.length, 1);
  const [left, top, side] = thick[0][1];
  assert.deepEqual([left + side / 2, top + side / 2], places[1][0]);
});

test('under the pointer lies a weight, or nothing', () => {
  const { drawWires, under } = pictures();
  const run = experiment();
  const places = drawWires(run, run.outputs, COLORS, ['x₁', 'x₂'], [], null);
  const at = ([x, y]) => under({ clientX: x, clientY: y }, (layer, index) => `${layer}.${index}`);
  const between = ([a, b], [c, d]) => [(a + c) / 2, (b + d) / 2];
  assert.equal(at(between(places[0][0], places[1][0])), 'W₁[0, 0] = 1: from 0.0 to 1.0');
  assert.equal(at(between(places[1][1], places[2][0])), 'W₂[1, 0] = −3: from 1.1 to 2.0');
  assert.equal(at([-50, -50]), '');
});

/* ---- what the plane shows ---- */

/** Outputs of each layer, all of them between 0 and 1. */
const manyOutputs = (sizes, GRID) => sizes.map((n) => new Float64Array(GRID * GRID * n).map((_, k) => (k % 11) / 11));

test('the plane shows the output from 0 to 1, with a line at ½', () => {
  const run = experiment();
  const { values, middle, most, edge } = planeOf(run, run.outputs, null);
  assert.deepEqual([middle, most, values.length], [0.5, 0.5, run.GRID ** 2]);
  assert.deepEqual([...values.slice(0, 9)], [...run.outputs[2].slice(0, 9)]);
  assert.equal(edge?.[3], values[3] - 0.5);
});

test('the plane shows a unit in colors up to its largest value, with a line where its sum is 0', () => {
  const run = experiment();
  const { values, middle, most, edge } = planeOf(run, run.outputs, { layer: 1, index: 1 });
  assert.deepEqual([middle, most], [0, Math.max(...values)]);
  assert.equal(values[5], run.outputs[1][11]);
  const [x, y] = run.outputs[0].slice(10, 12); // the sixth point
  assert.ok(Math.abs(Number(edge?.[5]) - (-2 * x + 0 * y - 0.2)) < 1e-12);
  const sigmoid = planeOf({ ...run, state: { activation: 'sigmoid' } }, run.outputs, { layer: 1, index: 0 });
  assert.equal(sigmoid.middle, 0.5);
  assert.equal(planeOf(run, run.outputs, { layer: 0, index: 0 }).edge, null, 'an input has no line');
});

test('of a regression the plane shows values from the least target to the largest, and points by their targets', () => {
  const { drawBoard, board } = pictures();
  const run = experiment({ isRegression: true, range: [-3, 1] });
  run.train.points[0][2] = -3;
  run.train.points[1][2] = 1;
  run.train.points[2][2] = -1;
  const plane = planeOf(run, run.outputs, null);
  assert.deepEqual([plane.middle, plane.most, plane.edge], [-1, 2, null]);
  drawBoard(run, plane, COLORS);
  const fills = board.of('fill').map(([, , { fillStyle }]) => fillStyle);
  assert.equal(fills.length, 4);
  assert.equal(fills[2], 'rgb(255,255,255)', 'a target in the middle is paper');
  const [low, high] = fills.slice(0, 2).map((fill) => fill.match(/\d+/g).map(Number));
  assert.ok(low[0] > low[2] && high[2] > high[0], 'the least is orange, the largest blue');
  assert.equal(board.of('closePath').length, 1, 'a validation point is a diamond');
});

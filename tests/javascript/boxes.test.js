/* Boxes as a network: its units, its output, least squares, and how far the boxes may be moved. */

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  boxInWords,
  formulaOf,
  leastSquares,
  meanSquare,
  moved,
  outputAt,
  said,
  settingOf,
  stateOf,
  three,
  unitsOf,
} from '../../nnlib/lab/builder/boxes.js';

const BOX = { left: -0.2, right: 0.2, height: 1 };
const near = (a, b, far = 1e-12) => assert.ok(Math.abs(a - b) <= far, `${a} is not ${b}`);

test('a box is two units: one climbs at its left edge, one falls at its right edge', () => {
  assert.deepEqual(unitsOf([BOX], 50), [
    { w: 50, b: 10, v: 1 },
    { w: 50, b: -10, v: -1 },
  ]);
  const units = unitsOf([BOX], 500);
  for (const [x, y] of [[-1, 0], [-0.2, 0.5], [0, 1], [0.2, 0.5], [1, 0]]) near(outputAt(units, x), y); // prettier-ignore
  near(outputAt(unitsOf([BOX], 5), 0), Math.tanh(0.5), 1e-15);
});

test('where boxes overlap their heights add', () => {
  const stack = [BOX, { left: -0.5, right: 0.5, height: 0.25 }];
  near(outputAt(unitsOf(stack, 500), 0), 1.25);
  near(outputAt(unitsOf(stack, 500), 0.4), 0.25);
});

test('far out nothing overflows', () => {
  assert.equal(outputAt([{ w: 500, b: 0, v: 1 }], 1e6), 1);
  assert.equal(outputAt([{ w: 500, b: 0, v: 1 }], -1e6), 0);
});

test('the score is a mean of squares', () => {
  near(meanSquare([1, 2, 3], [1, 1, 5]), 5 / 3);
});

test('least squares finds the heights that made a curve', () => {
  const xs = Array.from({ length: 41 }, (_, i) => -1 + i / 20);
  const boxes = [BOX, { left: -0.9, right: 0.1, height: -0.4 }, { left: 0.05, right: 0.8, height: 0.3 }];
  for (const w of [3, 50]) {
    const targets = xs.map((x) => outputAt(unitsOf(boxes, w), x));
    leastSquares(boxes, w, xs, targets).forEach((height, k) => near(height, boxes[k].height, 1e-8));
  }
});

test('of two boxes at one place least squares uses one', () => {
  const xs = [-0.5, -0.1, 0, 0.1, 0.5];
  const heights = leastSquares([BOX, BOX], 50, xs, [0, 2, 2, 2, 0]);
  assert.deepEqual([heights.includes(0), heights.some((h) => Math.abs(h - 2) < 0.05)], [true, true]);
});

test('a part moves as far as it may, in hundredths', () => {
  assert.deepEqual(moved(BOX, 'left', 0.9), { ...BOX, left: 0.18 });
  assert.deepEqual(moved(BOX, 'left', -9), { ...BOX, left: -1.2 });
  assert.deepEqual(moved(BOX, 'right', -0.9), { ...BOX, right: -0.18 });
  assert.deepEqual(moved(BOX, 'right', 0.3333), { ...BOX, right: 0.33 });
  assert.deepEqual(moved(BOX, 'height', -7), { ...BOX, height: -1.3 });
  assert.deepEqual(moved(BOX, 'whole', 0.5), { ...BOX, left: 0.5, right: 0.9 });
  assert.deepEqual(moved(BOX, 'whole', 3), { ...BOX, left: 0.8, right: 1.2 });
});

test('an address brings the state back', () => {
  const state = { curve: 1, place: 4, boxes: [BOX, { left: 0.3, right: 0.45, height: -0.07 }] };
  assert.equal(settingOf(state), '1.4.-20.20.100.30.45.-7');
  const start = { curve: 0, place: 9, boxes: [BOX, BOX] };
  assert.deepEqual(stateOf(settingOf(state), start, [3, 16]), state);
});

test('a broken address leaves what it does not say, and nothing goes too far', () => {
  const start = { curve: 0, place: 9, boxes: [BOX] };
  for (const broken of ['', 'x', '.', '..nonsense']) assert.deepEqual(stateOf(broken, start, [3, 16]), start);
  assert.deepEqual(stateOf('99.-3.500.-500.900', start, [3, 16]), {
    curve: 2,
    place: 0,
    boxes: [{ left: 1.18, right: 1.2, height: 1.3 }],
  });
});

test('numbers and units in words', () => {
  assert.deepEqual([said(-0.5), said(-0.001), said(1 / 3, 3), three(0.0402961), three(-2)], ['−0.5', '0', '0.333', '0.0403', '−2']); // prettier-ignore
  assert.deepEqual(unitsOf([BOX], 50).map(formulaOf), ['σ(50x + 10)', 'σ(50x − 10)']);
  assert.equal(formulaOf({ w: 50, b: 0, v: 1 }), 'σ(50x)');
  assert.equal(
    boxInWords(BOX, 2, 5),
    'Box 3, from −0.2 to 0.2: units σ(5x + 1) and σ(5x − 1) with the output weights 1 and −1. At its middle it is 0.462 high.',
  );
});

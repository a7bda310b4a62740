/* A drawn digit: a board of points, counted in blocks as the data set counts them; and the brightness of units. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { blank, BOARD, boardOf, fitted, graysOf, PEN, shifted, stroke } from '../../nnlib/lab/digit/bitmap.js';
import { brightness, samplePixels } from '../../nnlib/lab/digit/digit.js';

const drawn = (...points) => {
  const board = blank();
  points.slice(1).forEach((to, k) => stroke(board, points[k], to));
  return board;
};
const SLANT = drawn([12, 8], [20, 24]);
/** Rows and columns of the board with ink: first and last. */
const reach = (board) => {
  const black = [...board].flatMap((v, k) => (v ? [k] : []));
  const [xs, ys] = [black.map((k) => k % BOARD), black.map((k) => Math.floor(k / BOARD))];
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
};

test('pixels count the points of their blocks, and boards have the pixels they were made of', () => {
  const grays = Array.from({ length: 64 }, (_, k) => (7 * k) % 17);
  assert.deepEqual(graysOf(boardOf(grays)), grays);
  assert.deepEqual(graysOf(blank()), Array(64).fill(0));
  assert.equal(
    graysOf(SLANT).reduce((a, b) => a + b),
    SLANT.reduce((a, b) => a + b, 0),
  );
  const one = blank();
  one[BOARD * 5 + 13] = 1; // the second row of blocks, the fourth column
  assert.equal(graysOf(one)[8 + 3], 1);
});

test('a stroke has soft edges and the width of the pen', () => {
  const grays = graysOf(drawn([16, 2], [16, 30]));
  const row = grays.slice(24, 32);
  assert.deepEqual([row[3], row[4], row[0], row[7]], [row[4], row[3], 0, 0]);
  assert.ok(row.some((v) => v > 0 && v < 16));
  assert.ok(Math.abs(row.reduce((a, b) => a + b) / 4 - 2 * PEN) < 1, 'a row of blocks has four rows of points');
  const dab = blank();
  stroke(dab, [14, 14], [14, 14]);
  assert.ok(Math.abs(dab.reduce((a, b) => a + b, 0) - Math.PI * PEN ** 2) < 5);
  stroke(dab, [14, 14], [14, 14], 0);
  assert.deepEqual(dab, blank());
});

test('a shift moves by whole pixels and loses what leaves', () => {
  const grays = graysOf(SLANT);
  const right = graysOf(shifted(SLANT, 1, 0));
  const down = graysOf(shifted(SLANT, 0, 1));
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++) {
      assert.equal(right[8 * y + x], x ? grays[8 * y + x - 1] : 0);
      assert.equal(down[8 * y + x], y ? grays[8 * (y - 1) + x] : 0);
    }
  assert.deepEqual(shifted(shifted(SLANT, 1, -1), -1, 1), SLANT, 'nothing of it left');
  let gone = SLANT;
  for (let k = 0; k < 8; k++) gone = shifted(gone, -1, 0);
  assert.deepEqual(gone, blank());
});

test('a digit is centered and stretched from the first row to the last', () => {
  const small = drawn([5, 5], [9, 5], [7, 13]);
  const [left, right, top, bottom] = reach(fitted(small));
  assert.deepEqual([top, bottom], [0, BOARD - 1]);
  assert.ok(Math.abs(left + right - (BOARD - 1)) <= 1);
  const wide = reach(fitted(drawn([3, 15], [29, 15], [29, 20])));
  assert.ok(wide[1] - wide[0] < 24 && wide[0] > 3);
  assert.deepEqual(fitted(blank()), blank());
});

test('samples are a letter a pixel', () => {
  assert.deepEqual(samplePixels('09afg'), [0, 9, 10, 15, 16]);
});

test('units are as bright as their output, against 1 or against the brightest', () => {
  assert.deepEqual(brightness('sigmoid', [0.1, 0.9]), [0.1, 0.9]);
  assert.deepEqual(brightness('tanh', [-0.5, 1]), [-0.5, 1]);
  assert.deepEqual(brightness('relu', [0, 2, 4]), [0, 0.5, 1]);
  assert.deepEqual(brightness('relu', [0, 0]), [0, 0]);
});

/* Panels of a picture as windows on it. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { panelsOf, windowOn } from '../../nnlib/lab/picture.js';

test('panels are four numbers each', () => {
  assert.deepEqual(panelsOf('0 7 235 263;256 0 227 247'), [
    { x: 0, y: 7, width: 235, height: 263 },
    { x: 256, y: 0, width: 227, height: 247 },
  ]);
  assert.deepEqual(panelsOf(''), []);
  assert.deepEqual(panelsOf('1 2 3;4 5 6 seven'), []);
});

test('a picture stands behind its window so that the panel fills it', () => {
  const { panel, image } = windowOn({ x: 250, y: 50, width: 200, height: 100 }, 500);
  assert.deepEqual(panel, { '--width': '200', '--height': '100' });
  // two and a half times as wide as the window, and moved by the panel's place in units of the window's sides
  assert.deepEqual(image, { '--width': '250%', '--left': '-125%', '--top': '-50%' });
});

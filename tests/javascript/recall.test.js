/* What is said of a prediction when it is known what holds. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { recalled } from '../../nnlib/lab/questions/recall.js';

const choices = [
  { text: 'a', feedback: 'It tempts.' },
  { text: 'b', feedback: 'It holds.', correct: true },
];

test('the answer alone, if nothing was predicted', () => {
  assert.equal(recalled(choices, null, 'The answer: b.'), 'The answer: b.');
  assert.equal(recalled(choices, -1, 'The answer: b.'), 'The answer: b.');
});

test('what was predicted, why it tempts, and the answer', () => {
  assert.equal(recalled(choices, 0, 'The answer: b.'), 'You predicted: a.\nIt tempts.\nThe answer: b.');
  assert.equal(recalled(choices, 1, 'The answer: b.'), 'You predicted: b. That holds.\nIt holds.');
});

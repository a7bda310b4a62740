/* What people type and what they are told. tests/test_quizzes.py asks for every question of the book, in every spelling. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { nnJudge, nnNumbers } from '../../nnlib/lab/questions/number.js';

/** @param {string} text */
const values = (text) => nnNumbers(text).map(({ x }) => x);

test('a number is read in the spellings of many countries', () => {
  assert.deepEqual(values('−6,91'), [-6.91]);
  assert.deepEqual(values('12 289,5'), [12289.5]);
  assert.deepEqual(values('1,234,567'), [1234567]);
  assert.deepEqual(values('1.234.567,8'), [1234567.8]);
  assert.deepEqual(values('2.5 × 10⁻⁶'), [2.5e-6]);
  assert.deepEqual(values('25 %'), [0.25]);
  assert.deepEqual(values('−¾'), [-0.75]);
  assert.deepEqual(values('1/−4'), [-0.25]);
});

test('one mark before three digits is read in both ways', () => {
  assert.deepEqual(values('12,289'), [12.289, 12289]);
  assert.deepEqual(values('1,000/4'), [0.25, 250]);
});

test('nothing else is a number', () => {
  for (const text of ['', 'many', 'Infinity', '0x10', '1e999', '1 2', '1/0', '1/2/3', '1/4%', '--3'])
    assert.deepEqual(values(text), [], text);
});

const share = {
  kind: /** @type {const} */ ('number'),
  answer: -6.908,
  tolerance: 0.0006,
  right: 'yes',
  wrong: 'no',
  mistakes: [{ value: 6.908, feedback: 'The sign.' }],
};

test('a number is right, a known mistake, wrong, or none', () => {
  assert.deepEqual(nnJudge(share, '-6,9080'), [true, 'yes', true]);
  assert.deepEqual(nnJudge(share, '6.908'), [false, 'The sign.', true]);
  assert.deepEqual(nnJudge(share, '3'), [false, 'no', true]);
  assert.deepEqual(nnJudge(share, ' '), [null, 'Type a number first.']);
  assert.match(nnJudge(share, 'x')[1], /^“x” is not a number here/);
});

test('the right number rounded is right so far', () => {
  assert.deepEqual(nnJudge(share, '-6.9'), [null, 'Right so far: give three digits after the point.', true]);
  assert.deepEqual(nnJudge(share, '-7e0'), [null, 'Right so far: give four digits.', true]);
  assert.equal(nnJudge(share, '-6.8')[0], false);
});

const ends = {
  kind: /** @type {const} */ ('interval'),
  low: -1,
  high: 2.5,
  low_closed: true,
  high_closed: false,
  right: 'yes',
  wrong: 'no',
  mistakes: [{ low: 0, high: 1, feedback: 'Half of it.' }],
};

test('an interval has two numbers and two ends', () => {
  assert.deepEqual(nnJudge(ends, ['[', ')', '−1', '5/2']), [true, 'yes', true]);
  assert.match(nnJudge(ends, ['(', ')', '−1', '5/2'])[1], /^The numbers are right\. Look at the ends/);
  assert.match(nnJudge(ends, ['[', ']', '−1', '5/2'])[1], /^The numbers are right\. Look at the ends/);
  assert.deepEqual(nnJudge(ends, ['[', ')', '0', '1']), [false, 'Half of it.', true]);
  assert.deepEqual(nnJudge(ends, ['[', ')', '-1', '4']), [false, 'no', true]);
  assert.match(nnJudge(ends, ['[', ')', '-1', ''])[1], /^Type two numbers/);
});

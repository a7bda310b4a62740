/* The score of a test: what counts, what is told when, and what is to be read again. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { fresh, noted, result } from '../../nnlib/lab/questions/exam.js';

const ids = ['a', 'b', 'c'];
const sections = [['a'], ['b', 'c']];

/** @param {[string, boolean][]} answers */
const after = (...answers) => answers.reduce((progress, [id, right]) => noted(progress, id, right), fresh());

test('the first answer to a question counts', () => {
  assert.deepEqual(after(['a', false], ['a', true], ['b', true]).first, { a: false, b: true });
  assert.deepEqual(after(['toString', true]).first, { toString: true }, 'whatever the question is called');
});

test('nothing is told before it is asked for', () => {
  const { shown, given, count, score, missed, clear } = result(after(['a', false]), ids, sections);
  assert.deepEqual([shown, given, count, score, clear], [false, 1, '1 of 3 answered', '', false]);
  assert.deepEqual(missed, [false, false]);
});

test('asked for, it tells what is right, what is open and what to read', () => {
  const found = result({ ...after(['a', true], ['b', false]), shown: true }, ids, sections);
  assert.equal(found.score, '1 of 3 right at the first answer. 1 not answered. 1 section to read:');
  assert.deepEqual(found.missed, [false, true]);
  const none = result({ ...fresh(), shown: true }, ids, sections);
  assert.equal(none.score, '0 of 3 right at the first answer. 3 not answered.');
  assert.deepEqual(
    [none.missed, none.clear],
    [[false, false], false],
    'who answered nothing has nothing to read again',
  );
  const half = result({ ...after(['a', true], ['b', true]), shown: true }, ids, sections);
  assert.deepEqual([half.missed, half.clear], [[false, false], false], 'an open question is no miss, and not clear');
});

test('it is told when all is answered', () => {
  const all = result(after(['a', true], ['b', true], ['c', false]), ids, sections);
  assert.deepEqual([all.shown, all.clear], [true, false]);
  assert.equal(all.score, '2 of 3 right at the first answer. 1 section to read:');
  const clear = result(after(['a', true], ['b', true], ['c', true]), ids, sections);
  assert.deepEqual([clear.shown, clear.clear, clear.missed.includes(true)], [true, true, false]);
  assert.equal(clear.score, '3 of 3 right at the first answer.');
});

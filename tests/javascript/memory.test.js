/* What a page remembers, and that it goes on where it may not. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { forget, remember, remembered } from '../../nnlib/lab/memory.js';

/** @param {object} storage in place of the browser's */
const given = (storage) => Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true });

test('what is remembered lies under nn:<id>', () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  given({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  });
  assert.equal(remembered('04-q1'), null);
  remember('04-q1', [1, 2]);
  assert.deepEqual([...kept], [['nn:04-q1', '[1,2]']]);
  assert.deepEqual(remembered('04-q1'), [1, 2]);
  kept.set('nn:04-q1', '{');
  assert.equal(remembered('04-q1'), null);
  forget('04-q1');
  assert.equal(kept.size, 0);
});

test('without storage nothing is remembered and nothing fails', () => {
  const refuse = () => {
    throw new Error('no storage');
  };
  given({ getItem: refuse, setItem: refuse, removeItem: refuse });
  remember('04-q1', 1);
  forget('04-q1');
  assert.equal(remembered('04-q1'), null);
});

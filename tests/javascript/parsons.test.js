/* What is said to a program that was put together from lines: the first fault, with the lines named. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { above, judgeProgram, namesIn } from '../../nnlib/lab/questions/parsons.js';

/**
 * @param {[number, string][]} given
 * @param {number[][]} before
 */
const problem = (given, before) => ({
  id: '1',
  kind: /** @type {const} */ ('parsons'),
  lines: given.map(([indent, code]) => ({ code, indent })),
  before,
  decoys: [{ code: 'z = <y>', feedback: 'It is not y.' }],
  right: 'Yes.',
  wrong: 'Look at the loop.',
});

const loop = problem(
  [
    [0, 'def f(x, n):'],
    [1, 'total = 0'],
    [1, 'for k in range(n):'],
    [2, 'step = x[k] * 2'],
    [2, 'total += step'],
    [1, 'if total < 0:'],
    [2, 'total = 0'],
    [1, 'else:'],
    [2, 'total = 1 + total'],
    [1, 'return total'],
  ],
  [
    [1, 2],
    [2, 5],
    [3, 4],
    [5, 9],
  ],
);
/** @type {[number, number][]} */
const RIGHT = loop.lines.map(({ indent }, i) => [i, indent]);

/**
 * The right program with its lines in another order, and other indentation for some.
 * @param {number[]} order
 * @param {Record<number, number>} [indents]
 * @returns {[number, number][]}
 */
const like = (order, indents = {}) => order.map((i) => [i, indents[i] ?? loop.lines[i]?.indent ?? 1]);

/**
 * @param {[number, number][]} program
 * @param {RegExp} says
 */
const wrong = (program, says) => {
  const { right, reply, kept } = judgeProgram(loop, program);
  assert.equal(right, false);
  assert.equal(kept, true);
  assert.match(reply, says);
};

test('nothing is no program', () => {
  const said = { right: null, reply: 'Put lines into your program first.', kept: false };
  assert.deepEqual(judgeProgram(loop, []), said);
});

test('every order that keeps what depends on what is right', () => {
  assert.deepEqual(judgeProgram(loop, RIGHT), { right: true, reply: 'Yes.', kept: true });
  const free = { ...loop, before: loop.before.slice(1) };
  assert.equal(judgeProgram(free, like([0, 2, 3, 4, 1, 5, 6, 7, 8, 9])).right, true);
});

test('a wrong line is told first, with its own sentence', () => {
  wrong([[10, 3]], /^Line 1, <code>z = &lt;y&gt;<\/code>: It is not y.$/);
  wrong(like([0, 9, 10]), /^Line 3/);
});

test('then what is missing', () => {
  wrong(RIGHT.slice(1), /^One line is still missing; none/);
  wrong(RIGHT.slice(2), /^Two lines are still missing/);
});

test('then the indentation', () => {
  wrong(like([...RIGHT.keys()], { 0: 1 }), /^Line 1, .* stands too far to the right/);
  wrong(like([...RIGHT.keys()], { 1: 0 }), /^Line 1, <code>def f.*, opens a block, so line 2 has to stand one step/);
  wrong(like([...RIGHT.keys()], { 4: 3 }), /^Line 5, .* too far to the right/);
  wrong(like([...RIGHT.keys()], { 4: 1 }), /^Line 5, .* belongs in the block of line 3, .*: one step to the right\.$/);
  wrong(like([...RIGHT.keys()], { 9: 2 }), /^Line 10, .*of line 1, <code>def f.*: one step to the left\.$/);
  wrong(like([0, 1, 5, 6, 3, 7, 8, 2, 4, 9]), /^Line 5, .*belongs in the block of line 8, .*: below it\.$/);
  wrong(like([1, 0, 2, 3, 4, 5, 6, 7, 8, 9], { 1: 0 }), /^Line 1, .* belongs in the block of line 2/);
  wrong(like([0, 1, 9, 2, 3, 4, 5, 6, 8, 7]), /^Line 10, .* nothing is in it\.$/);
  const flat = problem(
    [...loop.lines.map(({ indent, code }) => /** @type {[number, string]} */ ([indent, code])), [0, 'g = 1']],
    [],
  );
  assert.match(judgeProgram(flat, [...RIGHT, [10, 1]]).reply, /^Line 11, .* outside of all blocks/);
});

test('then the order, by the names that lines set and read', () => {
  wrong(like([0, 1, 2, 4, 3, 5, 6, 7, 8, 9]), /^Line 4, .*, uses <code>step<\/code> before line 5 sets it. Look at/);
  wrong(like([0, 1, 5, 6, 7, 8, 2, 3, 4, 9]), /^Line 3, .*, uses <code>total<\/code> before line 9 sets it/);
  wrong(like([0, 1, 2, 3, 4, 5, 6, 9, 7, 8]), /^Line 9, <code>else:<\/code>, has to follow the block of line 6/);
  const swap = problem(
    [
      [0, 'def f(v):'],
      [1, 'old = 2 * v'],
      [1, 'v = 0'],
      [1, 'pass'],
      [1, 'return old'],
    ],
    [
      [1, 2],
      [3, 4],
    ],
  );
  const early = judgeProgram(swap, [
    [0, 0],
    [2, 1],
    [1, 1],
    [3, 1],
    [4, 1],
  ]).reply;
  assert.match(early, /^Line 2, <code>v = 0<\/code>, changes <code>v<\/code> before line 3 has used it\./);
  const last = judgeProgram(swap, [
    [0, 0],
    [1, 1],
    [2, 1],
    [4, 1],
    [3, 1],
  ]).reply;
  assert.match(last, /^Line 4, <code>return old<\/code>, comes too early: line 5 has to stand before it\./);
});

test('names that a line sets and reads', () => {
  for (const [code, sets, reads] of [
    ['w = w - lr * rows.T @ miss', 'w', 'w lr rows miss'],
    ['a, (b, c) = f(d), "e"', 'a b c', 'f d'],
    ['return f(x, axis=1)', '', 'return f x axis'],
    ['Z[i, j] += A[i, k]', 'Z', 'A i k i j Z'],
    ['for k, n in zip(sizes, rest):', 'k n', 'zip sizes rest'],
    ['if a == b:', '', 'if a b'],
    ['def f(x, y=1):', 'f', ''],
    ['return x', '', 'return x'],
  ]) {
    const found = namesIn(code);
    assert.deepEqual([found.sets.join(' '), found.reads.join(' ')], [sets, reads], code);
  }
});

test('a line is in the block that the nearest line with less indentation opens', () => {
  assert.deepEqual(above([0, 1, 2, 2, 1, 0]), [-1, 0, 1, 1, 0, -1]);
});

/* Formulas by a few examples. tests/test_formulas.py asks for random ones, and for every question of the book. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { valueOf } from '../../nnlib/lab/questions/evaluate.js';
import { treeOf, Unread } from '../../nnlib/lab/questions/grammar.js';
import { judgeFormula, pointOf } from '../../nnlib/lab/questions/judging.js';
import { sayFormula, setFormula } from '../../nnlib/lab/questions/typeset.js';

const question = {
  id: '1',
  kind: /** @type {const} */ ('formula'),
  symbols: { y: {}, h1: {}, H: { shape: ['m', 'n'] }, δ: { shape: ['m', 'S'] }, m: { size: true } },
  answer: 'H^T δ',
  right: 'yes',
  wrong: 'no',
  mistakes: [{ formula: 'δ', feedback: 'Only δ.' }],
};
const point = pointOf(question, 1);
const { y, h1 } = Object.fromEntries(Object.entries(point.values).map(([name, { data }]) => [name, data[0]]));

/** @param {string} text */
const worth = (text) => valueOf(treeOf(text, question.symbols), point).data[0];

test('a number is read as people write it', () => {
  for (const text of ['2h1(1-h_1)', '2·h₁·(1 − h₁)', '2*h1*[1-h1]', '∂E = 2h_{1}(1-h1)', '2 h1 - 2h1²'])
    assert.ok(Math.abs(worth(text) - 2 * h1 * (1 - h1)) < 1e-12, text);
  assert.equal(worth('-y^2'), -(y ** 2));
  assert.equal(worth('y/2h1'), (y / 2) * h1);
  assert.equal(worth('½y'), 0.5 * y);
  assert.equal(worth('max(0, 5) + 0,5'), 5.5);
});

test('what cannot be read has a place', () => {
  for (const [text, at] of /** @type {[string, number][]} */ ([
    ['y*(1-', 5],
    ['(y', 0],
    ['y ! 2', 2],
    ['y + q', 4],
  ]))
    assert.throws(
      () => treeOf(text, question.symbols),
      (error) => error instanceof Unread && error.from === at,
      text,
    );
});

test('a formula is right, wrong, a known mistake, or none', () => {
  assert.deepEqual(judgeFormula(question, '(δᵀ H)ᵀ'), { right: true, reply: 'yes', kept: true });
  assert.deepEqual(judgeFormula(question, '2 H^T δ'), { right: false, reply: 'no', kept: true });
  assert.deepEqual(judgeFormula(question, 'δ'), { right: false, reply: 'Only δ.', kept: true });
  assert.match(judgeFormula(question, 'δ^T H').reply, /they lie the other way: yours is \(S, n\)/);
  assert.equal(judgeFormula(question, ' ').kept, false);
  assert.equal(judgeFormula(question, 'H^').right, null);
});

test('a formula is set, and said', () => {
  const set = setFormula(treeOf('H*(1-H)/m', question.symbols), point);
  assert.match(set, /^<mfrac>.*<mo[^>]*>⊙<\/mo>.*<mi>m<\/mi><\/mrow><\/mfrac>$/);
  assert.equal(sayFormula('(H)^T δ/h1²', question.symbols, false), 'open H close transposed delta over h 1 squared');
});

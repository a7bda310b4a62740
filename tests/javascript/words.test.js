/* What the playground says: numbers, names of units, formulas, which units are dead. */

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  deathNotice,
  formulaOf,
  percent,
  say,
  sub,
  sumOf,
  tableOf,
  turnedNotice,
  unitName,
} from '../../nnlib/lab/playground/words.js';

test('numbers have three digits, a real minus, and words for what is none', () => {
  assert.deepEqual([0.12345, -2, 1e-5, 123456, NaN, Infinity, -Infinity, 0, null].map(say), [
    '0.123',
    '−2',
    '1.0e−5',
    '1.2e5',
    '–',
    '∞',
    '−∞',
    '0',
    'all',
  ]);
  assert.deepEqual([1, 0.98765, NaN].map(percent), ['100%', '98.8%', '–']);
  assert.equal(sub(16), '₁₆');
});

test('a sum is written with its signs', () => {
  assert.equal(sumOf([0.41, -1.2], ['x₁', 'x₂'], 0.3), '0.41 x₁ − 1.20 x₂ + 0.30');
  assert.equal(sumOf([-0.004, 0], ['x₁', 'x₂'], -12), '−0.0040 x₁ + 0 x₂ − 12.00');
  assert.equal(sumOf([1, 2, 3, 4], ['a', 'b', 'c', 'd'], 0), '1.00 a + 2.00 b + 3.00 c + 4.00 d + 0');
});

test('of a long sum the three largest terms are left, in their order', () => {
  const weights = Array.from({ length: 16 }, (_, i) => ({ 2: -3, 7: 5, 11: 4 })[i] ?? 0.1);
  const names = weights.map((_, i) => `h${sub(i + 1)}`);
  assert.equal(sumOf(weights, names, -1), '−3.00 h₃ + 5.00 h₈ + 4.00 h₁₂ + … (13 more) − 1.00');
  assert.match(sumOf(Array(16).fill(1), names, 0), /^1\.00 h₁ \+ 1\.00 h₂ \+ 1\.00 h₃ \+ … \(13 more\) \+ 0$/);
});

/** A run with these units: [name, activation] by layer. */
const run = (layers) => ({
  sizes: layers.map((layer) => layer.length),
  unit: (layer, index) => ({
    name: layers[layer][index][0],
    activation: layers[layer][index][1],
    weights: (layers[layer - 1] ?? []).map((_, i) => i + 1),
    bias: 0.5,
    inputs: (layers[layer - 1] ?? []).map(([name]) => name),
  }),
});
const h = (activation) => [
  ['h₁', activation],
  ['h₂', activation],
];

test('a unit is named with its layer and written as a formula', () => {
  const inputs = [['x₁'], ['x₂']];
  const deep = run([inputs, h('tanh'), h('leaky_relu'), [['y', 'sigmoid']]]);
  assert.deepEqual(
    [0, 1, 2, 3].map((layer) => unitName(deep, layer, 0)),
    ['x₁', 'h₁ of layer 1', 'h₁ of layer 2', 'y'],
  );
  assert.equal(formulaOf(deep, 0, 1), 'x₂, an input');
  assert.equal(formulaOf(deep, 1, 1), 'h₂ of layer 1 = tanh(1.00 x₁ + 2.00 x₂ + 0.50)');
  assert.equal(formulaOf(deep, 2, 0), 'h₁ of layer 2 = leaky relu(1.00 h₁ + 2.00 h₂ + 0.50), with h of layer 1');
  assert.equal(formulaOf(deep, 3, 0), 'y = sigmoid(1.00 h₁ + 2.00 h₂ + 0.50), with h of layer 2');
  const line = run([inputs, [['y', 'identity']]]);
  assert.equal(formulaOf(line, 1, 0), 'y = 1.00 x₁ + 2.00 x₂ + 0.50');
  const two = run([
    inputs,
    [
      ['y₁', 'softmax'],
      ['y₂', 'softmax'],
    ],
  ]);
  assert.equal(formulaOf(two, 1, 1), 'y₂ = softmax(z)₂, z₂ = 1.00 x₁ + 2.00 x₂ + 0.50');
});

test('dead units are counted for each layer', () => {
  const dead = /** @type {[number, number][]} */ ([
    [1, 0],
    [1, 5],
    [2, 0],
  ]);
  assert.equal(
    deathNotice(dead, [2, 8, 1, 1]),
    '2 of 8 units of layer 1 are dead: 0 for every training point. ' +
      '1 of 1 unit of layer 2 is dead: 0 for every training point.',
  );
  assert.equal(deathNotice([], [2, 8, 1]), '');
});

test('what was turned is said in a sentence', () => {
  const told = /** @type {any} */ ({
    knobs: { lr: { label: 'learning rate η' }, batch_size: { label: 'batch size' } },
  });
  const turned = turnedNotice(told, [
    [100, 'lr', 0.001],
    [150, 'batch_size', null],
  ]);
  assert.equal(turned, 'Turned during the run: η = 0.001 after epoch 100, batch size = all after epoch 150.');
  assert.equal(turnedNotice(told, []), '');
});

test('weights stand in rows', () => {
  const table = tableOf({ W: Float64Array.of(1, -2, 3, 4), b: Float64Array.of(0.5, 0) }, 0);
  assert.equal(table, 'W₁\n   1.0000  −2.0000\n   3.0000   4.0000\nb₁\n   0.5000   0.0000');
});

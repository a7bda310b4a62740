/* How rows are judged, and where keys and pointers lead them. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ledTo, pull } from '../../nnlib/lab/questions/moving.js';
import { judgeOrder } from '../../nnlib/lab/questions/order.js';

test('an order is right in one way', () => {
  const question = { id: '1', kind: /** @type {const} */ ('order'), items: ['x', 'y', 'z'], right: 'yes', wrong: 'no' };
  assert.deepEqual(judgeOrder(question, [0, 1, 2]), { right: true, reply: 'yes', kept: true });
  assert.deepEqual(judgeOrder(question, [0, 2, 1]), { right: false, reply: 'no', kept: true });
});

test('keys lead to the next row or the last one, and no farther', () => {
  assert.deepEqual(
    ['ArrowUp', 'ArrowDown', 'Home', 'End', 'a'].map((key) => ledTo(key, 1, 4)),
    [0, 2, 0, 3, null],
  );
  assert.equal(ledTo('ArrowUp', 0, 4), 0);
  assert.equal(ledTo('ArrowDown', 3, 4), 3);
});

test('a page is pulled at its edges, the more the nearer', () => {
  assert.equal(pull(300, 0, 600), 0);
  assert.ok(pull(10, 0, 600) < pull(50, 0, 600) && pull(50, 0, 600) < 0);
  assert.ok(pull(590, 0, 600) > pull(550, 0, 600) && pull(550, 0, 600) > 0);
  assert.equal(pull(-500, 0, 600), -pull(900, 0, 600));
});

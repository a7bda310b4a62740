/* What every kind of question says to an answer, and whether the answer is remembered. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { judge, spoken } from '../../nnlib/lab/questions/quiz.js';

const choices = [
  { text: 'a', feedback: 'Not a.' },
  { text: 'b', feedback: 'b it is.', correct: true },
  { text: 'c', feedback: 'Not c.' },
];

test('a choice is right or wrong, and says why', () => {
  const question = { id: '1', kind: /** @type {const} */ ('choice'), choices };
  assert.deepEqual(judge(question, 1), { right: true, reply: 'b it is.', kept: true });
  assert.deepEqual(judge(question, 0), { right: false, reply: 'Not a.', kept: true });
  assert.deepEqual(judge(question, null), { right: null, reply: 'Choose one first.', kept: false });
});

test('a prediction is noted and not judged', () => {
  const question = { id: '1', kind: /** @type {const} */ ('predict'), choices };
  for (const k of [0, 1]) {
    const reply = `Noted. You chose: ${choices[k].text}\nRead on, and see whether it holds.`;
    assert.deepEqual(judge(question, k), { right: null, reply, kept: true });
  }
  const shown = { right: null, reply: 'Shown without a prediction. Read on.', kept: true };
  assert.deepEqual(judge(question, -1), shown);
  assert.equal(judge(question, null).kept, false);
});

test('of many, every choice counts, chosen or not', () => {
  const question = {
    id: '1',
    kind: /** @type {const} */ ('many'),
    choices: [...choices, { ...choices[1], text: 'd' }],
  };
  const all = 'All of them right.\n• a: Not a.\n• b: b it is.\n• c: Not c.\n• d: b it is.';
  assert.deepEqual(judge(question, [3, 1]), { right: true, reply: all, kept: true });
  const missed = 'Not yet. About what you decided differently:\n• a: Not a.\n• d: b it is.';
  assert.deepEqual(judge(question, [0, 1]), { right: false, reply: missed, kept: true });
  assert.equal(judge(question, []).right, false);
});

test('what was a number is remembered, whatever it was worth', () => {
  const question = {
    id: '1',
    kind: /** @type {const} */ ('number'),
    answer: 2,
    tolerance: 0.1,
    right: 'yes',
    wrong: 'no',
  };
  assert.deepEqual(judge(question, '2,05'), { right: true, reply: 'yes', kept: true });
  assert.deepEqual(judge(question, '7'), { right: false, reply: 'no', kept: true });
  assert.equal(judge(question, 'seven').kept, false);
});

test('aloud a reply is a word and its first sentence', () => {
  assert.equal(spoken(true, 'Yes: h = 0.5. And more. And more.'), 'Right. Yes: h = 0.5.');
  assert.equal(spoken(false, 'Not yet. About what you decided'), 'Wrong. Not yet.');
  assert.equal(spoken(false, 'Why not 2.5? Think.'), 'Wrong. Why not 2.5?');
  assert.equal(spoken(null, 'Noted. You chose: a'), 'Noted.');
  assert.equal(spoken(true, 'no end'), 'Right. no end');
  assert.equal(spoken(null, ''), '');
});

/* What "Wrong?" says (book/_static/wrong.js), which is a script and no module: a page on a stick loads no modules. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';

const context = vm.createContext({ document: { currentScript: null }, addEventListener() {}, encodeURIComponent });
vm.runInContext(readFileSync(new URL('../../book/_static/wrong.js', import.meta.url), 'utf-8'), context);
const { nnReport, nnIssue } = vm.runInContext('({ nnReport, nnIssue })', context);

const about = {
  name: 'Explorer stepper, figure 9.2',
  page: 'notebooks/09_backprop_by_hand.html',
  address: 'https://a.org/09.html',
  place: 'x.stepper=3.0.1',
  setting: ['Setting: step 4, biases frozen', 'Shown: Step 4 of 18'],
  version: '1.2.3',
};

test('a report says what, where, at which setting, in which version', () => {
  const { title, body } = nnReport(about);
  assert.equal(title, 'Wrong? Explorer stepper, figure 9.2');
  assert.deepEqual(body.split('\n'), [
    'What is wrong, and what should it be?',
    '',
    '',
    '---',
    'Explorer stepper, figure 9.2',
    'Page: notebooks/09_backprop_by_hand.html',
    'Address: https://a.org/09.html#x.stepper=3.0.1',
    'Setting: step 4, biases frozen',
    'Shown: Step 4 of 18',
    'Version: 1.2.3',
  ]);
});

test('a page without an address that others can open is told by its place in the book', () => {
  const { body } = nnReport({ ...about, address: undefined, setting: [] });
  assert.match(body, /\nAddress: notebooks\/09_backprop_by_hand\.html#x\.stepper=3\.0\.1\nVersion: 1\.2\.3$/);
});

test('an issue has the whole report, whatever stands in it, and an address that is short enough', () => {
  const report = nnReport({ ...about, setting: ['Answer: a & b = c? #1 + 50% “∂J/∂w”\n…', 'é'.repeat(5000)] });
  const url = new URL(nnIssue('https://github.com/owner/name', report));
  assert.equal(url.origin + url.pathname, 'https://github.com/owner/name/issues/new');
  assert.equal(url.searchParams.get('title'), report.title);
  assert.equal(url.searchParams.get('body'), report.body);
  assert.match(report.body, /\nAnswer: a & b = c\? #1 \+ 50% “∂J\/∂w”\n…\né{500} …\nVersion/);
  assert.ok(url.href.length < 8000);
});

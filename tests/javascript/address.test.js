/* Settings in the address of a page: of explorers and of playgrounds, side by side. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { keepSettings, settingsOf } from '../../nnlib/lab/address.js';
import { nnAddress, nnChecked } from '../../nnlib/lab/playground/experiment.js';
import { frameAt, pictureOf, placesOf, unpacked } from '../../nnlib/lab/explore/explore.js';

/** @param {string} fragment */
const entries = (fragment) => Object.fromEntries(settingsOf(fragment));

test('a fragment has settings if it begins with x.', () => {
  assert.deepEqual(entries('#x.wave=3.0&x.play1.lr=0.5'), { 'x.wave': '3.0', 'x.play1.lr': '0.5' });
  for (const other of ['', '#', '#a-section', '#section=x.wave', '#xor=1', 'x.wave=3'])
    assert.deepEqual(entries(other), {});
});

test('settings are put into the address, and an address without any has no fragment', () => {
  const seen = [];
  const replaceState = (_state, _title, url) => seen.push(url);
  Object.assign(globalThis, { location: { pathname: '/page.html', search: '?a=1' }, history: { replaceState } });
  keepSettings(settingsOf('#x.wave=3.0&x.b=1'));
  keepSettings(settingsOf(''));
  assert.deepEqual(seen, ['#x.wave=3.0&x.b=1', '/page.html?a=1']);
  history.replaceState = () => {
    throw new Error('a frame that may not');
  };
  keepSettings(settingsOf('#x.wave=3.0'));
});

/* ---- explorers ---- */

test('the last knob turns fastest', () => {
  const frames = [0, 1].flatMap((a) => [0, 1, 2].map((b) => frameAt([a, b], [2, 3])));
  assert.deepEqual(frames, [0, 1, 2, 3, 4, 5]);
  assert.equal(frameAt([1, 2, 3], [4, 5, 6]), (1 * 5 + 2) * 6 + 3);
});

test('a setting moves the knobs that it has places for, and no further than they go', () => {
  const counts = [5, 3];
  assert.deepEqual(placesOf('3.0', [1, 1], counts), [3, 0]);
  assert.deepEqual(placesOf('3', [1, 1], counts), [3, 1]);
  assert.deepEqual(placesOf('35e-1.0', [1, 1], counts), [3, 0]);
  for (const wrong of ['abc', '', '.', 'NaN.NaN', 'a.b'])
    assert.deepEqual(placesOf(wrong, [1, 1], counts), [1, 1], wrong);
  for (const far of ['999.999', '5.3', 'Infinity.Infinity'])
    assert.deepEqual(placesOf(far, [1, 1], counts), [4, 2], far);
  assert.deepEqual(placesOf('-1.NaN', [1, 1], counts), [0, 1]);
  assert.deepEqual(placesOf('-Infinity.-7', [1, 1], counts), [0, 0]);
  assert.deepEqual(placesOf('2.1.7.7', [1, 1], counts), [2, 1]);
});

test('pictures are unpacked as explore.py packs them', async () => {
  const json = JSON.stringify({
    lines: ['<svg>', 'a', 'b', '</svg>'],
    frames: [
      [0, 1, 3],
      [0, 2, 1, 3],
    ],
  });
  const gzip = await new Response(new Blob([json]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
  const pictures = await unpacked(Buffer.from(gzip).toString('base64'));
  assert.equal(await pictureOf(pictures, 0).text(), '<svg>\na\n</svg>');
  assert.equal(await pictureOf(pictures, 1).text(), '<svg>\nb\na\n</svg>');
  assert.equal(pictureOf(pictures, 0).type, 'image/svg+xml');
  const png = pictureOf({ png: ['', btoa('PNG')] }, 1);
  assert.deepEqual([png.type, await png.text()], ['image/png', 'PNG']);
});

/* ---- playgrounds ---- */

const told = {
  start: {
    ...{ data: 'moons', n: 200, hidden: [8, 8], loss: 'bce', optimizer: 'adam', lr: 0.01, batch_size: 32 },
    ...{ features: ['x1', 'x2'], points: [], changes: [] },
  },
  regression: { data: ['wave'], losses: ['l2', 'mae'] },
  optimizers: { adam: { beta: 'beta1' } },
  knobs: {
    data: { choices: { moons: 'moons', xor: 'XOR', drawn: 'drawn' } },
    n: { low: 10, high: 1000, whole: true },
    lr: { low: 1e-6, high: 1000 },
    batch_size: { low: 1, high: 1000, whole: true },
    depth: { high: 4 },
    width: { high: 16 },
    points: { high: 150 },
    changes: { high: 20, names: ['lr', 'batch_size'], last: 1e6 },
  },
};

/** @param {object} state */
const written = (state) => Object.fromEntries(nnAddress(told, { ...told.start, ...state }));

test('what is as the page began is not written', () => {
  assert.deepEqual(written({}), {});
  assert.deepEqual(written({ lr: 0.3, hidden: [8, 8] }), { lr: '0.3' });
});

test('what is written is read as it was', () => {
  for (const state of [
    { data: 'xor', n: 50, hidden: [], lr: 0.5, batch_size: null },
    { hidden: [1, 16, 3, 2], batch_size: 1 },
    {
      features: ['x1', 'x1^2'],
      changes: [
        [10, 'lr', 0.5],
        [20, 'batch_size', null],
      ],
    },
    {
      data: 'drawn',
      points: [
        [-2, 2, 1],
        [0, 0, 0],
        [0.57, -1.13, 1],
      ],
    },
  ]) {
    const [read, said] = nnChecked(told, told.start, written(state));
    assert.deepEqual(read, { ...told.start, ...state });
    assert.deepEqual(said, []);
  }
  assert.deepEqual(written({ hidden: [], batch_size: null, points: [[-2, 0.5, 1]] }), {
    hidden: '',
    batch_size: 'all',
    points: '0.250.1',
  });
});

test('what cannot be read is answered with a sentence', () => {
  const [read, said] = nnChecked(told, told.start, { n: '5', hidden: '99', data: 'cats', color: 'red' });
  assert.deepEqual(read, { ...told.start, n: 10, hidden: [16] });
  assert.equal(said.length, 4);
  assert.match(said[0], /^n: 5 is not a whole number from 10 to 1000; 10 is taken\.$/);
});

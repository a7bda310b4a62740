/* The playground's pace: epochs a second, whatever the screen does. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { nnPace, PACES } from '../../nnlib/lab/playground/pace.js';

/** The epochs that are trained at these times, in milliseconds. */
const trained = (times, rate, most = Infinity) => {
  const pace = nnPace();
  pace.begin(0);
  return times.reduce((sum, now) => {
    const epochs = Math.min(most, pace.due(now, rate));
    pace.paid(epochs);
    return sum + epochs;
  }, 0);
};
const frames = (hertz, seconds = 3) => Array.from({ length: hertz * seconds }, (_, i) => ((i + 1) * 1000) / hertz);

test('it is the same at 30, 60 and 120 frames a second, and where frames are skipped', () => {
  for (const rate of [PACES.slow, PACES.normal]) {
    for (const hertz of [30, 60, 120, 144]) assert.equal(trained(frames(hertz), rate), 3 * rate, `${hertz} Hz`);
    const skipped = frames(60).filter((_, i) => i % 7 < 2 || i > 170);
    assert.equal(trained(skipped, rate), 3 * rate);
  }
});

test('who was away for a minute meets a second of it, and a machine too slow for the pace has no debt', () => {
  assert.equal(trained([60_000], PACES.normal), PACES.normal);
  assert.ok(trained(frames(60), PACES.normal, 1) === 180);
  const pace = nnPace();
  pace.begin(0);
  for (const now of frames(60)) pace.due(now, PACES.normal); // nothing is paid
  assert.equal(pace.due(3000, PACES.normal), PACES.normal);
});

test('as fast as it goes has no number, and after it nothing is owed', () => {
  const pace = nnPace();
  pace.begin(0);
  assert.equal(pace.due(16, PACES.fast), Infinity);
  pace.paid(500);
  assert.equal(pace.due(32, PACES.normal), 1);
});

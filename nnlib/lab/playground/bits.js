/* Does this browser compute the book's bits? A small network for each optimizer, and a digest of the θ it ends at.

   await nnBits(told, () => nnWasm(bytes));              // the optimizers whose θ differs in a bit from the book's
   nnDigest(run.theta()); nnBrowser(navigator.userAgent) */

import { nnExperiments } from './experiment.js';

/**
 * FNV-1a of an array's bytes, 64 bits (Fowler, Noll and Vo), as `digest` in playground.py makes it. What browsers have
 * for that, crypto.subtle, is not everywhere on a page that lies in a file.
 * @param {Float64Array} array
 */
export const nnDigest = ({ buffer, byteOffset, byteLength }) => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
};

/**
 * The optimizers whose network ends elsewhere than the book's.
 * @param {import('./experiment.js').Told} told
 * @param {() => Promise<import('./wasm.js').Kernels>} load kernels with a memory that no other experiment has
 */
export const nnBits = async (told, load) => {
  const begin = nnExperiments(await load(), told);
  const differ = [];
  for (const [optimizer, { state, digest }] of Object.entries(told.bits ?? {})) {
    await new Promise((next) => setTimeout(next)); // the page may draw between two networks
    const run = begin(state);
    for (let e = 0; e < state.epochs; e++) run.epoch();
    if (nnDigest(run.theta()) !== digest) differ.push(optimizer);
  }
  return differ;
};

/* Browsers name others beside themselves, so who comes first here counts. */
const NAMES = ['Edg', 'OPR', 'SamsungBrowser', 'FxiOS', 'CriOS', 'Firefox', 'HeadlessChrome', 'Chrome', 'Version'];
const CALLED = { Edg: 'Edge', OPR: 'Opera', FxiOS: 'Firefox', CriOS: 'Chrome', Version: 'Safari' };

/**
 * A browser's short name, such as Firefox 128 (Windows NT 10.0).
 * @param {string} agent navigator.userAgent
 */
export const nnBrowser = (agent) => {
  const found = NAMES.map((name) => agent.match(`\\b(${name})/(\\d+)`)).find(Boolean);
  if (!found) return agent.slice(0, 80);
  const [, name, version] = found;
  const [, where = ''] = agent.match(/\((?:X11; |Linux; )?([^;)]*)/) ?? [];
  return `${CALLED[name] ?? name} ${version}${where && ` (${where})`}`;
};

/* Does this browser compute the book's bits? A small network for each optimizer, and a digest of the θ it ends at.

   await nnBits(told, () => nnWasm(bytes));              // the optimizers whose θ differs in a bit from the book's
   nnDigest(run.theta()); nnBrowser(navigator.userAgent) */

/* FNV-1a of an array's bytes, 64 bits (Fowler, Noll and Vo), as `digest` in playground.py makes it. What browsers have
   for that, crypto.subtle, is not everywhere on a page that lies in a file. */
const nnDigest = ({buffer, byteOffset, byteLength}) => {
  let h = 0xcbf29ce484222325n;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
    h = BigInt.asUintN(64, (h ^ BigInt(byte)) * 0x100000001b3n);
  return h.toString(16).padStart(16, '0');
};

/* The kernels are loaded anew: an experiment has their memory for itself. The page may draw between two networks. */
const nnBits = async (told, load) => {
  const begin = nnExperiments(await load(), told), differ = [];
  for (const [optimizer, {state, digest}] of Object.entries(told.bits)) {
    await new Promise(next => setTimeout(next));
    const run = begin(state);
    for (let e = 0; e < state.epochs; e++) run.epoch();
    if (nnDigest(run.theta()) !== digest) differ.push(optimizer);
  }
  return differ;
};

/* "Firefox 128 (Windows NT 10.0)": browsers name others beside themselves, so who comes first here counts. */
const nnBrowser = agent => {
  const names = ['Edg', 'OPR', 'SamsungBrowser', 'FxiOS', 'CriOS', 'Firefox', 'HeadlessChrome', 'Chrome', 'Version'];
  const found = names.map(name => agent.match(`\\b(${name})/(\\d+)`)).find(Boolean);
  const [, where = ''] = agent.match(/\((?:X11; |Linux; )?([^;)]*)/) ?? [];
  const called = {Edg: 'Edge', OPR: 'Opera', FxiOS: 'Firefox', CriOS: 'Chrome', Version: 'Safari'};
  return found ? `${called[found[1]] ?? found[1]} ${found[2]}${where && ` (${where})`}` : agent.slice(0, 80);
};

if (typeof module !== 'undefined') module.exports = {nnDigest, nnBits, nnBrowser};

/* The settings of a page in its own address, #x.<id>=<setting>&…: explorers and playgrounds keep theirs side by side. */

/**
 * The settings that an address's fragment has. Any other fragment names a place on the page and has none.
 * @param {string} fragment such as location.hash
 */
export const settingsOf = (fragment) => new URLSearchParams(fragment.startsWith('#x.') ? fragment.slice(1) : '');

/**
 * Put settings into the page's address.
 * @param {URLSearchParams} settings
 */
export const keepSettings = (settings) => {
  const address = String(settings) ? `#${settings}` : location.pathname + location.search;
  try {
    history.replaceState(null, '', address);
  } catch {
    // A frame that may not: the page goes on with the address it has.
  }
};

/**
 * What an address with settings is about: the explorer or the playground that it says something of last.
 * @param {string} fragment
 * @returns {Element | null}
 */
export const aimOf = (fragment) => {
  for (const key of [...settingsOf(fragment).keys()].reverse()) {
    const name = key.slice(2);
    const [, number] = name.match(/^play(\d+)\./) ?? [];
    const found = number
      ? document.querySelectorAll('.nn-play')[Number(number) - 1]
      : document.getElementById(`x-${name}`);
    if (found) return found;
  }
  return null;
};

/** When nothing moves any more of what a page loads: its pictures, its faces, its formulas. */
const allThere = async () => {
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve));
  await /** @type {any} */ (window).MathJax?.startup?.promise;
  await document.fonts.ready;
};

/**
 * Bring what an address is about to the top, out of the folds it lies in, and keep it there while the page still grows
 * above it; until the reader moves.
 * @param {Element} root
 */
export const arrive = (root) => {
  for (let e = root.parentElement; e; e = e.parentElement) if (e instanceof HTMLDetailsElement) e.open = true;
  const ended = new AbortController();
  const grown = new ResizeObserver(() => root.scrollIntoView({ behavior: 'instant' }));
  const end = () => {
    grown.disconnect();
    ended.abort();
  };
  grown.observe(document.body); // which it tells of once, too, when nothing has grown
  for (const move of ['wheel', 'touchstart', 'pointerdown', 'keydown', 'hashchange'])
    addEventListener(move, end, { signal: ended.signal, passive: true });
  allThere().then(() => setTimeout(end, 500));
};

/**
 * Call `show` with the settings of the page's address, now and whenever another address is followed, and go to the
 * element if the address is about it. Who loads a page once more, or comes back to it, stays where the browser puts them.
 * @param {Element} root
 * @param {(settings: URLSearchParams) => void} show
 */
export const followAddress = (root, show) => {
  const follow = () => {
    show(settingsOf(location.hash));
    if (aimOf(location.hash) === root) arrive(root);
  };
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
  if (visit && visit.type !== 'navigate') show(settingsOf(location.hash));
  else follow();
  addEventListener('hashchange', follow);
};

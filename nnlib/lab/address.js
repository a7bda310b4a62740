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

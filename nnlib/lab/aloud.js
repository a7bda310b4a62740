/* A sentence that is heard and not seen: for those who listen to a page and do not see what changed on it. */

const UNSEEN =
  'position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap';

/**
 * A function that says words, once they differ from those said last.
 * @param {HTMLElement} parent where the element is put, as its last child
 * @returns {(words: string) => void}
 */
export const aloudIn = (parent) => {
  const element = document.createElement('span');
  element.className = 'aloud';
  element.style.cssText = UNSEEN;
  element.setAttribute('role', 'status');
  parent.append(element);
  return (words) => {
    element.textContent = words;
  };
};

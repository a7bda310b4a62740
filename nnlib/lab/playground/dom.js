/* Elements, made in one line. */

/**
 * @param {string} tag
 * @param {Record<string, any>} attributes those that begin with on are functions
 * @param {...(Node | string)} children
 * @returns {any}
 */
export const make = (tag, attributes = {}, ...children) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes))
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else e.setAttribute(k, v);
  e.append(...children);
  return e;
};

/** @param {Record<string, string> | string[]} choices what each option reads */
export const options = (choices) => Object.entries(choices).map(([value, words]) => make('option', { value }, words));

/**
 * A button by its words.
 * @param {string} words
 * @param {() => void} onclick
 * @param {Record<string, any>} more
 */
export const button = (words, onclick, more = {}) => make('button', { type: 'button', onclick, ...more }, words);

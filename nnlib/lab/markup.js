/* Texts of the course come as HTML, with their symbols set. What a reader typed is a text, and is made harmless. */

const HARMLESS = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/**
 * A text as HTML that shows it.
 * @param {string} text
 */
export const escaped = (text) => text.replace(/[&<>]/g, (letter) => HARMLESS.get(letter) ?? letter);

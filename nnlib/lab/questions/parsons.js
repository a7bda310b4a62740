/* Puts a program together from its lines. */

/** @param {HTMLElement} root */
export const nnParsons = (root) => root.classList.add('read');

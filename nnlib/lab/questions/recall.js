/* Comes back to a prediction, below it on the page: what the reader chose, and what holds. */

import { remembered } from '../memory.js';

/**
 * What to say when it is known what holds, as HTML.
 * @param {import('./quiz.js').Choice[]} choices
 * @param {number | null} chosen the number of a choice; negative if the reader only wanted to be shown; null so far
 * @param {string} answer the answer with its reason, for readers who did not choose it
 */
export const recalled = (choices, chosen, answer) => {
  if (chosen === null || chosen < 0) return answer;
  const { text, feedback, correct } = choices[chosen];
  return correct
    ? `You predicted: ${text}. That holds.\n${feedback}`
    : `You predicted: ${text}.\n${feedback}\n${answer}`;
};

/** @param {HTMLElement} root an element with the answer in a div, and the question as JSON */
export const nnRecall = (root) => {
  const { id, choices } = JSON.parse(root.querySelector('script')?.textContent ?? '');
  const shown = /** @type {HTMLElement} */ (root.querySelector('div'));
  const answer = shown.innerHTML;
  const tell = () => {
    shown.innerHTML = recalled(choices, remembered(id), answer);
  };
  addEventListener('nn-answer', (event) => {
    if (/** @type {CustomEvent} */ (event).detail === id) tell();
  });
  tell();
};

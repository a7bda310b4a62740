/* Questions that are answered by a formula: nnFormula(element), once a page has nnQuiz. */

import { exampleFor, judgeFormula, pointOf, readFormula } from './judging.js';
import { sayFormula, setFormula } from './typeset.js';

// Milliseconds after the last key, until something is said.
const PAUSE = 500;

/**
 * The line to type in, the formula as mathematics below it, and keys for what a keyboard lacks.
 * @param {HTMLElement} root
 * @param {import('./judging.js').Formula} question
 * @param {(words: string) => void} speak
 * @returns {import('./quiz.js').Controls}
 */
const line = (root, question, speak) => {
  const input = /** @type {HTMLInputElement} */ (root.querySelector('.nn-typed'));
  const set = /** @type {HTMLElement} */ (root.querySelector('.nn-set'));
  const form = /** @type {HTMLFormElement} */ (input.form);
  const point = pointOf(question, 1);
  let waits = 0;

  /** Whoever types is in the middle of something: a formula is shown at once, what is missing when the keys rest. */
  const draw = (isTyped = true) => {
    clearTimeout(waits);
    const { found, words, shown } = readFormula(question, input.value);
    const isEmpty = !input.value.trim();
    set.classList.toggle('nn-late', !found && !isEmpty);
    const said = found ? sayFormula(input.value, question.symbols, Boolean(question.form)) : '';
    if (isEmpty) set.textContent = '';
    else if (found && 'MathMLElement' in globalThis)
      set.innerHTML = `<math displaystyle="true">${setFormula(found, point)}</math>`;
    else if (found) set.textContent = said;
    if (!isTyped || isEmpty) return;
    waits = setTimeout(() => {
      if (!found) set.innerHTML = `${shown} ${words}`;
      set.classList.remove('nn-late');
      speak(said || (set.textContent ?? ''));
    }, PAUSE);
  };
  input.addEventListener('input', () => draw());
  form.addEventListener('submit', () => clearTimeout(waits));

  for (const key of /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll('.nn-keys button'))) {
    key.addEventListener('mousedown', (event) => {
      // The line keeps the focus, and a phone its keyboard.
      event.preventDefault();
      input.focus();
    });
    key.addEventListener('click', () => {
      const [from, to] = [input.selectionStart ?? 0, input.selectionEnd ?? 0];
      input.setRangeText(key.value, from, to, 'end');
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }
  input.placeholder = exampleFor(question);
  /** @param {string} text */
  const show = (text) => {
    input.value = text;
    draw(false);
  };
  return { read: () => input.value, show, reset: () => show('') };
};

/** @param {HTMLElement} root */
export const nnFormula = (root) => nnQuiz(root, { formula: { judge: judgeFormula, controls: line } });

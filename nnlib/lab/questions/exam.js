/* Counts what is right in a test, and lists what to reread: nnExam(element), once its questions are awake. */

import { forget, remember, remembered } from '../memory.js';

/**
 * What a test remembers. `first`: was the first answer to each question right? Later answers are for learning, not for
 * the score. `shown`: was the result asked for, or is every question answered?
 * @typedef {{ first: Record<string, boolean>, shown: boolean }} Progress
 */

/** @returns {Progress} */
export const fresh = () => ({ first: {}, shown: false });

/**
 * The progress after an answer: only the first one to a question counts.
 * @param {Progress} progress
 * @param {string} id
 * @param {boolean} right
 * @returns {Progress}
 */
export const noted = (progress, id, right) =>
  Object.hasOwn(progress.first, id) ? progress : { ...progress, first: { ...progress.first, [id]: right } };

/**
 * What a test says.
 * @param {Progress} progress
 * @param {string[]} ids of its questions
 * @param {string[][]} sections for each section to reread the ids of the questions that it explains; one is listed for
 *   a wrong answer, not for none
 */
export const result = ({ first, shown }, ids, sections) => {
  const given = ids.filter((id) => Object.hasOwn(first, id)).length;
  const right = ids.filter((id) => first[id]).length;
  const open = ids.length - given;
  const told = shown || open === 0;
  const missed = sections.map((of) => told && of.some((id) => first[id] === false));
  const misses = missed.filter(Boolean).length;
  const words = [`${right} of ${ids.length} right at the first answer.`];
  if (open) words.push(`${open} not answered.`);
  if (misses) words.push(`${misses} ${misses > 1 ? 'sections' : 'section'} to read:`);
  return {
    shown: told,
    given,
    missed,
    clear: told && misses === 0 && open === 0,
    count: `${given} of ${ids.length} answered`,
    score: told ? words.join(' ') : '',
  };
};

/** @param {HTMLElement} root */
export const nnExam = (root) => {
  /** @param {string} selector */
  const all = (selector) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  const questions = all('.nn-quiz');
  const [score, count, clear, show, again] = ['.nn-score', '.nn-count', '.nn-clear', '[data-show]', '[data-again]'].map(
    (selector) => all(selector)[0],
  );
  const misses = all('.nn-misses li');
  const sections = misses.map((li) => (li.dataset.of ?? '').split(' '));
  /** @param {HTMLElement} element of a question or of a test, whose name on the page has two letters before its id */
  const idOf = (element) => element.id.slice(2);

  const stored = remembered(idOf(root));
  /** @type {Progress} */
  let progress = stored?.first ? stored : fresh();

  /** @param {HTMLElement} question */
  const isSaid = (question) => ['right', 'wrong'].includes(question.dataset.state ?? '');
  /** @param {HTMLElement} question */
  const note = (question) => {
    if (isSaid(question)) progress = noted(progress, idOf(question), question.dataset.state === 'right');
  };
  const draw = () => {
    const found = result(progress, questions.map(idOf), sections);
    progress = { ...progress, shown: found.shown };
    count.textContent = found.count;
    misses.forEach((li, i) => (li.hidden = !found.missed[i]));
    clear.hidden = !found.clear;
    if (document.activeElement !== show) show.hidden = found.shown; // a focus is not taken away
    again.hidden = found.given === 0;
    if (score.textContent !== found.score) score.textContent = found.score; // said aloud whenever it is set
  };
  const beginAgain = () => {
    progress = fresh();
    for (const question of questions) question.querySelector('form')?.reset();
    forget(idOf(root));
    draw();
  };

  questions.forEach(note);
  draw();
  root.addEventListener('nn-said', (event) => {
    const question = /** @type {HTMLElement} */ (event.target);
    if (!isSaid(question)) return;
    note(question);
    draw();
    remember(idOf(root), progress);
  });
  show.onclick = () => {
    progress = { ...progress, shown: true };
    remember(idOf(root), progress);
    draw();
  };
  again.onclick = () => {
    beginAgain();
    questions[0].scrollIntoView();
    const first = questions[0].querySelector('input,select,button:not(:disabled)');
    /** @type {HTMLElement} */ (first).focus({ preventScroll: true });
  };
  addEventListener('nn-forget', beginAgain);
  for (const button of [show, again]) /** @type {HTMLButtonElement} */ (button).disabled = false;
};

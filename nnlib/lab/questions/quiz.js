/* Makes a question answer back, and remember the answer: nnQuiz(element) for an element as quiz.py writes it. */

import { forget, remember, remembered } from '../memory.js';
import { nnJudge } from './number.js';

/**
 * @typedef {{ text: string, feedback: string, correct?: boolean }} Choice
 *
 * @typedef {{ id: string, kind: 'predict' | 'choice' | 'many', choices: Choice[], then?: string }} WithChoices
 * @typedef {{ id: string, kind: 'order', items: string[], right: string, wrong: string }} Ordering
 * @typedef {import('./number.js').Typed & { id: string }} Typed
 * @typedef {WithChoices | Ordering | Typed} Question
 *
 * What is said to an answer: `right` is null where that is open, and `kept` tells whether the answer is remembered.
 * @typedef {{ right: boolean | null, reply: string, kept: boolean }} Verdict
 */

/* ---- judging ---- */

/**
 * A prediction is never right or wrong: what holds is told further down the page.
 * @param {WithChoices} question
 * @param {number | null} chosen the number of a choice; negative if the reader only wants to be shown
 * @returns {Verdict}
 */
const judgePrediction = ({ choices, then }, chosen) => {
  if (chosen === null) return { right: null, reply: 'Choose one first, or let yourself be shown.', kept: false };
  if (chosen < 0) return { right: null, reply: 'Shown without a prediction. Read on.', kept: true };
  const noted = `Noted. You chose: ${choices[chosen].text}\nRead on, and see whether it holds.`;
  return { right: null, reply: then ? `${noted}\n${then}` : noted, kept: true };
};

/**
 * @param {WithChoices} question
 * @param {number | null} chosen the number of a choice
 * @returns {Verdict}
 */
const judgeChoice = ({ choices }, chosen) => {
  if (chosen === null) return { right: null, reply: 'Choose one first.', kept: false };
  const { correct, feedback } = choices[chosen];
  return { right: Boolean(correct), reply: feedback, kept: true };
};

/**
 * Right if each choice was decided rightly; else the reply is about those that were not.
 * @param {WithChoices} question
 * @param {number[]} chosen the numbers of choices
 * @returns {Verdict}
 */
const judgeMany = ({ choices }, chosen) => {
  const missed = choices.filter((choice, i) => Boolean(choice.correct) !== chosen.includes(i));
  const right = missed.length === 0;
  const head = right ? 'All of them right.' : 'Not yet. About what you decided differently:';
  const told = (right ? choices : missed).map(({ text, feedback }) => `\n• ${text}: ${feedback}`);
  return { right, reply: head + told.join(''), kept: true };
};

/**
 * @param {Ordering} question whose items stand in their right order
 * @param {number[]} order the numbers of the items as the reader has put them
 * @returns {Verdict}
 */
const judgeOrder = (question, order) => {
  const right = order.every((item, place) => item === place);
  return { right, reply: right ? question.right : question.wrong, kept: true };
};

/**
 * What to say to an answer.
 * @param {Question} question
 * @param {any} answer in the form in which the question's kind has it
 * @returns {Verdict}
 */
export const judge = (question, answer) => {
  switch (question.kind) {
    case 'predict':
      return judgePrediction(question, answer);
    case 'choice':
      return judgeChoice(question, answer);
    case 'many':
      return judgeMany(question, answer);
    case 'order':
      return judgeOrder(question, answer);
    default: {
      const [right, reply, isNumber = false] = nnJudge(question, answer);
      return { right, reply, kept: isNumber };
    }
  }
};

/* ---- the form ---- */

/**
 * The controls of a question: `read` gives the answer that they show, `show` makes them show one.
 * @param {HTMLElement} root
 * @param {Question['kind']} kind
 */
const controls = (root, kind) => {
  const inputs = [...root.querySelectorAll('input')];
  const selects = [...root.querySelectorAll('select')];
  /** The rows of an order question, as they stand now. */
  const rows = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll('.o')]);
  /** @param {HTMLElement} row */
  const itemOf = (row) => Number(row.dataset.i);
  const begun = rows();

  /** Number the rows; the first cannot go up, the last cannot go down. */
  const label = () =>
    rows().forEach((row, place, all) => {
      /** @type {HTMLElement} */ (row.querySelector('b')).textContent = `${place + 1}.`;
      for (const button of row.querySelectorAll('button'))
        button.disabled = place === (button.value === '-1' ? 0 : all.length - 1);
    });

  /** @param {HTMLButtonElement} button */
  const move = (button) => {
    const row = /** @type {HTMLElement} */ (button.closest('.o'));
    if (button.value === '-1') row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    label();
    const other = row.querySelector('button:not(:disabled)');
    /** @type {HTMLElement} */ (button.disabled ? other : button).focus();
  };

  const read = () => {
    switch (kind) {
      case 'predict':
      case 'choice': {
        const checked = inputs.find((input) => input.checked);
        return checked ? Number(checked.value) : null;
      }
      case 'many':
        return inputs.filter((input) => input.checked).map((input) => Number(input.value));
      case 'order':
        return rows().map(itemOf);
      case 'interval':
        return [...selects, ...inputs].map((control) => control.value);
      default:
        return inputs[0].value;
    }
  };

  /** @param {any} answer */
  const show = (answer) => {
    switch (kind) {
      case 'predict':
      case 'choice':
        for (const input of inputs) input.checked = Number(input.value) === answer;
        break;
      case 'many':
        for (const input of inputs) input.checked = answer.includes(Number(input.value));
        break;
      case 'order':
        for (const item of answer) {
          const row = /** @type {HTMLElement} */ (rows().find((one) => itemOf(one) === item));
          row.parentElement?.append(row);
        }
        label();
        break;
      case 'interval':
        [...selects, ...inputs].forEach((control, i) => (control.value = answer[i]));
        break;
      default:
        inputs[0].value = answer;
    }
  };

  /** Put the rows where they were; the form itself resets everything else. */
  const reset = () => {
    if (kind !== 'order') return;
    for (const row of begun) row.parentElement?.append(row);
    label();
  };

  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll('.o button')))
    button.onclick = () => move(button);
  for (const control of [...root.querySelectorAll('button'), ...inputs, ...selects]) control.disabled = false;
  if (kind === 'order') label();
  return { read, show, reset };
};

/**
 * What follows a prediction on the built page unfolds when it is made; it is never hidden from print or a search.
 * @param {HTMLElement} root
 * @param {string} id
 */
const curtain = (root, id) => {
  const following = () => {
    const found = [];
    if (!root.closest('article')) return found; // in a notebook nothing is hidden
    let cell = (root.closest('.cell') ?? root).nextElementSibling;
    for (; cell; cell = cell.nextElementSibling) found.push(cell);
    return found;
  };
  const open = () => {
    for (const cell of following()) {
      cell.classList.remove('nn-locked');
      cell.removeAttribute('hidden');
    }
    dispatchEvent(new CustomEvent('nn-answer', { detail: id }));
  };
  const close = () => {
    for (const cell of following()) {
      cell.classList.add('nn-locked');
      cell.setAttribute('hidden', 'until-found');
      cell.addEventListener('beforematch', open);
    }
  };
  /** Whoever follows a link to a place behind it has arrived. */
  const openIfAimedAt = () => {
    if (document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest('.nn-locked')) open();
  };
  const begin = () => {
    close();
    openIfAimedAt();
    addEventListener('hashchange', openIfAimedAt);
  };
  return { open, begin };
};

/** @param {HTMLElement} root */
export const nnQuiz = (root) => {
  const data = root.querySelector('script[type="application/json"]');
  const question = /** @type {Question} */ (JSON.parse(data?.textContent ?? ''));
  const form = /** @type {HTMLFormElement} */ (root.querySelector('form'));
  const output = /** @type {HTMLOutputElement} */ (root.querySelector('output'));
  const reread = /** @type {HTMLElement | null} */ (root.querySelector('.nn-reread'));
  const { read, show, reset } = controls(root, question.kind);
  const { open, begin } = curtain(root, question.id);

  /**
   * A test listens to what is said; a link to reread waits beside the reply and joins it when the answer is wrong.
   * @param {boolean | null} right
   * @param {string} reply
   */
  const say = (right, reply) => {
    if (reread) output.after(reread); // out of the reply, which is about to change
    output.textContent = (right === null ? '' : right ? '✓ ' : '✗ ') + reply;
    if (reread) {
      reread.hidden = right !== false;
      if (!reread.hidden) output.append(reread);
    }
    root.dataset.state = right === null ? 'open' : right ? 'right' : 'wrong';
    root.dispatchEvent(new CustomEvent('nn-said', { bubbles: true }));
  };

  /** @param {any} answer */
  const respond = (answer) => {
    const { right, reply, kept } = judge(question, answer);
    if (kept) remember(question.id, answer);
    if (kept && question.kind === 'predict') open();
    say(right, reply);
  };

  root.classList.add('js');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    respond(read());
  });
  form.addEventListener('reset', () => {
    forget(question.id);
    reset();
    say(null, '');
  });
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-skip]')))
    button.onclick = () => respond(-1);

  const before = remembered(question.id);
  if (before !== null) {
    try {
      show(before);
      respond(before);
    } catch {
      remember(question.id, null); // an answer to another question, which once had this id
    }
  } else if (question.kind === 'predict') {
    // What follows on the page is not there yet while the page is read.
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', begin);
    else begin();
  }
};

/* Makes a question answer back, and remember the answer: nnQuiz(element) for an element as quiz.py writes it. */

import { aimOf } from '../address.js';
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
 * What is said aloud of a verdict: whether it is right, and the reply's first sentence; all of it is there to be read.
 * @param {boolean | null} right
 * @param {string} reply
 */
export const spoken = (right, reply) => {
  const [first] = reply.match(/^.*?[.!?](?=\s|$)/s) ?? [reply];
  return `${right === null ? '' : right ? 'Right. ' : 'Wrong. '}${first}`;
};

/**
 * The controls of a question: `read` gives the answer that they show, `show` makes them show one.
 * @param {HTMLElement} root
 * @param {Question['kind']} kind
 * @param {(words: string) => void} speak
 */
const controls = (root, kind, speak) => {
  const inputs = [...root.querySelectorAll('input')];
  const selects = [...root.querySelectorAll('select')];
  /** The rows of an order question, as they stand now. */
  const rows = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll('.o')]);
  /** @param {HTMLElement} row */
  const itemOf = (row) => Number(row.dataset.i);
  const begun = rows();

  /** @param {HTMLButtonElement} button */
  const isAtEnd = (button) => button.getAttribute('aria-disabled') === 'true';
  /** Number the rows; the first cannot go up, the last cannot go down, and whoever tries keeps the focus. */
  const label = () =>
    rows().forEach((row, place, all) => {
      /** @type {HTMLElement} */ (row.querySelector('b')).textContent = `${place + 1}.`;
      for (const button of row.querySelectorAll('button'))
        button.setAttribute('aria-disabled', String(place === (button.value === '-1' ? 0 : all.length - 1)));
    });

  /** @param {HTMLButtonElement} button */
  const move = (button) => {
    const row = /** @type {HTMLElement} */ (button.closest('.o'));
    const stays = isAtEnd(button);
    if (!stays && button.value === '-1') row.previousElementSibling?.before(row);
    else if (!stays) row.nextElementSibling?.after(row);
    label();
    button.focus();
    const all = rows();
    speak(`${stays ? 'still' : 'now'} ${all.indexOf(row) + 1} of ${all.length}`);
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
 * The id that a fragment names, if it names one.
 * @param {string} fragment
 */
const named = (fragment) => {
  try {
    return decodeURIComponent(fragment.slice(1));
  } catch {
    return '';
  }
};

/**
 * What follows a prediction on the built page unfolds when it is made; it is never hidden from print or a search.
 * @param {HTMLElement} root
 * @param {string} id
 * @param {() => void} arrived called when it unfolds for a link
 */
const curtain = (root, id, arrived) => {
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
  /** Whoever follows a link to a place behind it, or to a setting of what stands there, has arrived. */
  const openIfAimedAt = () => {
    const target = aimOf(location.hash) ?? document.getElementById(named(location.hash));
    if (!target?.closest('.nn-locked') || !following().some((cell) => cell.contains(target))) return;
    open();
    arrived();
  };
  const begin = () => {
    close();
    openIfAimedAt();
    addEventListener('hashchange', openIfAimedAt);
  };
  return { open, begin };
};

/**
 * ✓ or ✗, named with a word.
 * @param {boolean} right
 */
const mark = (right) => {
  const sign = document.createElement('span');
  sign.setAttribute('role', 'img');
  sign.setAttribute('aria-label', right ? 'Right.' : 'Wrong.');
  sign.textContent = right ? '✓' : '✗';
  return sign;
};

/** @param {HTMLElement} root */
export const nnQuiz = (root) => {
  const data = root.querySelector('script[type="application/json"]');
  const question = /** @type {Question} */ (JSON.parse(data?.textContent ?? ''));
  const form = /** @type {HTMLFormElement} */ (root.querySelector('form'));
  const output = /** @type {HTMLOutputElement} */ (root.querySelector('output'));
  const reread = /** @type {HTMLElement | null} */ (root.querySelector('.nn-reread'));
  const aloud = document.createElement('span');
  aloud.className = 'aloud';
  aloud.setAttribute('role', 'status');
  form.append(aloud);
  /** @param {string} words */
  const speak = (words) => (aloud.textContent = words);
  const { read, show, reset } = controls(root, question.kind, speak);

  /**
   * A test listens to what is said; a link to reread waits beside the reply and joins it when the answer is wrong.
   * @param {boolean | null} right
   * @param {string} reply
   */
  const say = (right, reply) => {
    if (reread) output.after(reread); // out of the reply, which is about to change
    output.textContent = right === null ? reply : ` ${reply}`;
    if (right !== null) output.prepend(mark(right));
    if (reread) {
      reread.hidden = right !== false;
      if (!reread.hidden) output.append(reread);
    }
    root.dataset.state = right === null ? 'open' : right ? 'right' : 'wrong';
    root.dispatchEvent(new CustomEvent('nn-said', { bubbles: true }));
  };

  const opened = 'A link has opened what follows. You can still predict first.';
  const { open, begin } = curtain(root, question.id, () => say(null, opened));

  /**
   * @param {any} answer
   * @param {boolean} [now] given by the reader now, and not a remembered one
   */
  const respond = (answer, now) => {
    const { right, reply, kept } = judge(question, answer);
    if (kept) remember(question.id, answer);
    if (kept && question.kind === 'predict') open();
    say(right, reply);
    if (now) speak(spoken(right, reply));
  };

  root.classList.add('js');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    respond(read(), true);
  });
  form.addEventListener('reset', () => {
    forget(question.id);
    reset();
    say(null, '');
    speak('');
  });
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-skip]')))
    button.onclick = () => respond(-1, true);

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

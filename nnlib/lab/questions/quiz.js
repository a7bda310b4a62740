/* Makes a question answer back, and remember the answer: nnQuiz(element) for an element as quiz.py writes it. */

import { aimOf } from '../address.js';
import { aloudIn } from '../aloud.js';
import { forget, remember, remembered } from '../memory.js';
import { nnJudge } from './number.js';

/**
 * What is said to an answer, as HTML: `right` is null where that is open, and `kept` tells whether the answer is
 * remembered.
 * @typedef {{ right: boolean | null, reply: string, kept: boolean }} Verdict
 *
 * The controls of a question: `read` gives the answer that they show, `show` makes them show one. A form resets what it
 * can by itself, `reset` the rest.
 * @typedef {{ read: () => any, show: (answer: any) => void, reset?: () => void }} Controls
 *
 * A kind of question: how an answer is judged, and how it is given.
 * @typedef {{ judge: (question: any, answer: any) => Verdict,
 *   controls: (root: HTMLElement, question: any, speak: (words: string) => void) => Controls }} Kind
 *
 * @typedef {{ text: string, feedback: string, correct?: boolean }} Choice
 * @typedef {{ id: string, kind: 'predict' | 'choice' | 'many', choices: Choice[] }} WithChoices
 */

/** @param {HTMLElement} root */
const inputsOf = (root) => [...root.querySelectorAll('input')];

/* ---- choices ---- */

/**
 * A prediction is never right or wrong, and nothing is said of what holds: what follows on the page decides.
 * @param {WithChoices} question
 * @param {number | null} chosen the number of a choice; negative if the reader only wants to be shown
 * @returns {Verdict}
 */
const judgePrediction = ({ choices }, chosen) => {
  if (chosen === null) return { right: null, reply: 'Choose one first, or let yourself be shown.', kept: false };
  if (chosen < 0) return { right: null, reply: 'Shown without a prediction. Read on.', kept: true };
  const reply = `Noted. You chose: ${choices[chosen].text}\nRead on, and see whether it holds.`;
  return { right: null, reply, kept: true };
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

/** @param {HTMLElement} root */
const oneOf = (root) => ({
  read: () => {
    const checked = inputsOf(root).find((input) => input.checked);
    return checked ? Number(checked.value) : null;
  },
  /** @param {number} answer */
  show: (answer) => {
    for (const input of inputsOf(root)) input.checked = Number(input.value) === answer;
  },
});

/** @param {HTMLElement} root */
const someOf = (root) => ({
  read: () =>
    inputsOf(root)
      .filter((input) => input.checked)
      .map((input) => Number(input.value)),
  /** @param {number[]} answer */
  show: (answer) => {
    for (const input of inputsOf(root)) input.checked = answer.includes(Number(input.value));
  },
});

/* ---- what is typed ---- */

/**
 * @param {import('./number.js').Typed} question
 * @param {any} typed
 * @returns {Verdict}
 */
const judgeTyped = (question, typed) => {
  const [right, reply, isNumber = false] = nnJudge(question, typed);
  return { right, reply, kept: isNumber };
};

/** @param {HTMLElement} root */
const line = (root) => ({
  read: () => inputsOf(root)[0].value,
  /** @param {string} answer */
  show: (answer) => {
    inputsOf(root)[0].value = answer;
  },
});

/** @param {HTMLElement} root */
const twoEnds = (root) => {
  const all = [...root.querySelectorAll('select'), ...inputsOf(root)];
  return {
    read: () => all.map((control) => control.value),
    /** @param {string[]} answer */
    show: (answer) => all.forEach((control, i) => (control.value = answer[i])),
  };
};

/** @type {Record<string, Kind>} */
const KINDS = {
  predict: { judge: judgePrediction, controls: oneOf },
  choice: { judge: judgeChoice, controls: oneOf },
  many: { judge: judgeMany, controls: someOf },
  number: { judge: judgeTyped, controls: line },
  interval: { judge: judgeTyped, controls: twoEnds },
};

/**
 * What to say to an answer to a question of one of these kinds.
 * @param {{ id: string, kind: string } & Record<string, any>} question
 * @param {any} answer in the form in which the question's kind has it
 * @returns {Verdict}
 */
export const judge = (question, answer) => KINDS[question.kind].judge(question, answer);

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

/**
 * @param {HTMLElement} root
 * @param {Record<string, Kind>} [kinds] those that may be asked here
 */
export const nnQuiz = (root, kinds = KINDS) => {
  const question = JSON.parse(root.querySelector('script[type="application/json"]')?.textContent ?? '');
  const form = /** @type {HTMLFormElement} */ (root.querySelector('form'));
  const output = /** @type {HTMLOutputElement} */ (root.querySelector('output'));
  const reread = /** @type {HTMLElement | null} */ (root.querySelector('.nn-reread'));
  const speak = aloudIn(form);
  const kind = kinds[question.kind];
  const { read, show, reset } = kind.controls(root, question, speak);
  for (const control of form.querySelectorAll(':disabled')) control.removeAttribute('disabled');

  /**
   * A test listens to what is said; a link to reread waits beside the reply and joins it when the answer is wrong.
   * @param {boolean | null} right
   * @param {string} reply
   * @returns {string} the reply as a text
   */
  const say = (right, reply) => {
    if (reread) output.after(reread); // out of the reply, which is about to change
    output.innerHTML = reply;
    const text = output.textContent ?? '';
    if (right !== null) output.prepend(mark(right), ' ');
    if (reread) {
      reread.hidden = right !== false;
      if (!reread.hidden) output.append(reread);
    }
    root.dataset.state = right === null ? 'open' : right ? 'right' : 'wrong';
    root.dispatchEvent(new CustomEvent('nn-said', { bubbles: true }));
    return text;
  };

  const opened = 'A link has opened what follows. You can still predict first.';
  const { open, begin } = curtain(root, question.id, () => say(null, opened));

  /**
   * @param {any} answer
   * @param {boolean} [now] given by the reader now, and not a remembered one
   */
  const respond = (answer, now) => {
    const { right, reply, kept } = kind.judge(question, answer);
    if (kept) remember(question.id, answer);
    if (kept && question.kind === 'predict') open();
    const text = say(right, reply);
    if (now) speak(spoken(right, text));
  };

  root.classList.add('js');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    respond(read(), true);
  });
  form.addEventListener('keydown', (event) => {
    const isLine = /** @type {HTMLElement} */ (event.target).matches('input[type=text]');
    if (event.key !== 'Enter' || !isLine) return;
    event.preventDefault();
    form.requestSubmit(); // in JupyterLab a line does not send its form by itself
  });
  form.addEventListener('reset', () => {
    forget(question.id);
    reset?.();
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

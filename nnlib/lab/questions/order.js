/* Rows that are put in order: by buttons at each row, and with what is said aloud of every move. */

/**
 * @typedef {{ id: string, kind: 'order', items: string[], right: string, wrong: string }} Ordering
 */

/**
 * @param {Ordering} question whose items stand in their right order
 * @param {number[]} order the numbers of the items as the reader has put them
 * @returns {import('./quiz.js').Verdict}
 */
const judgeOrder = (question, order) => {
  const right = order.every((item, place) => item === place);
  return { right, reply: right ? question.right : question.wrong, kept: true };
};

/**
 * @param {HTMLElement} root
 * @param {Ordering} question
 * @param {(words: string) => void} speak
 * @returns {import('./quiz.js').Controls}
 */
const sortable = (root, question, speak) => {
  /** The rows, as they stand now. */
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

  /** @param {HTMLElement[]} order */
  const put = (order) => {
    for (const row of order) row.parentElement?.append(row);
    label();
  };

  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll('.o button')))
    button.onclick = () => move(button);
  label();
  return {
    read: () => rows().map(itemOf),
    /** @param {number[]} answer */
    show: (answer) =>
      put(answer.map((item) => /** @type {HTMLElement} */ (rows().find((row) => itemOf(row) === item)))),
    reset: () => put(begun),
  };
};

/** @type {import('./quiz.js').Kind} */
export const order = { judge: judgeOrder, controls: sortable };

/* Rows that are put in order: dragged, or by the keys or buttons of each row, with what is said aloud of every move. */

import { arrange, draggable, keyed, placeAt, rove } from './moving.js';
import { nnQuiz } from './quiz.js';

/**
 * @typedef {{ id: string, kind: 'order', items: string[], right: string, wrong: string }} Ordering
 */

/**
 * @param {Ordering} question whose items stand in their right order
 * @param {number[]} order the numbers of the items as the reader has put them
 * @returns {import('./quiz.js').Verdict}
 */
export const judgeOrder = (question, order) => {
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
  const list = /** @type {HTMLElement} */ (root.querySelector('.items'));
  /** The rows, as they stand now. */
  const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);
  /** @param {HTMLElement} row */
  const itemOf = (row) => Number(row.dataset.i);
  /** @param {HTMLElement} row */
  const where = (row) => `${rows().indexOf(row) + 1} of ${rows().length}`;
  const begun = rows();

  /** Number the rows; the first cannot go up, the last cannot go down, and whoever tries keeps the focus. */
  const label = () =>
    rows().forEach((row, place, all) => {
      /** @type {HTMLElement} */ (row.querySelector('b')).textContent = `${place + 1}.`;
      for (const button of row.querySelectorAll('button'))
        if (button.value)
          button.setAttribute('aria-disabled', String(place === (button.value < '0' ? 0 : all.length - 1)));
    });

  /**
   * @param {HTMLElement[]} order
   * @param {HTMLElement} [kept]
   */
  const put = (order, kept) => {
    arrange(list, order, kept);
    label();
  };

  /**
   * @param {HTMLElement} row
   * @param {number} place
   * @returns {boolean} whether it was elsewhere
   */
  const moved = (row, place) => {
    const others = rows().filter((other) => other !== row);
    if (place < 0 || place > others.length || rows().indexOf(row) === place) return false;
    others.splice(place, 0, row);
    put(others, row);
    return true;
  };

  const line = document.createElement('div'); // where a dragged row would fall
  line.className = 'falls';
  draggable(list, '.o', '.grip', {
    over: (row, x, y) => {
      const others = rows().filter((other) => other !== row);
      const place = placeAt(others, y);
      line.dataset.place = String(place);
      const next = others[place]?.offsetTop ?? others[place - 1].offsetTop + others[place - 1].offsetHeight;
      line.style.top = `${next}px`;
      root.querySelector('fieldset')?.append(line);
    },
    drop: (row) => {
      moved(row, Number(line.dataset.place));
      speak(`now ${where(row)}`);
    },
    end: () => line.remove(),
  });
  keyed(list, '.grip', { rows, moved, kept: rows, restored: put, where, say: speak });
  list.addEventListener('focusin', (event) =>
    rove(
      rows(),
      rows().find((row) => row.contains(/** @type {Node} */ (event.target))),
    ),
  );
  list.addEventListener('click', (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest('button');
    const row = /** @type {HTMLElement | null | undefined} */ (button?.closest('.o'));
    if (!button?.value || !row) return;
    button.focus();
    speak(`${moved(row, rows().indexOf(row) + Number(button.value)) ? 'now' : 'still'} ${where(row)}`);
  });
  label();
  rove(rows(), rows()[0]);
  return {
    read: () => rows().map(itemOf),
    /** @param {number[]} answer */
    show: (answer) => {
      const found = answer.map((item) => rows().find((row) => itemOf(row) === item));
      if (found.some((row) => !row) || new Set(found).size < rows().length) throw Error('these are other items');
      put(/** @type {HTMLElement[]} */ (found));
    },
    reset: () => put(begun),
  };
};

/** @type {import('./quiz.js').Kind} */
const order = { judge: judgeOrder, controls: sortable };

/** @param {HTMLElement} root */
export const nnOrder = (root) => nnQuiz(root, { order });

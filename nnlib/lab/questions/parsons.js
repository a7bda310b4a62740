/* Puts a program together from its lines: two lists, the lines to use and the program.

   Two lists rather than one with lines switched off, since then the program is what one sees, a touch on a line is
   enough to use it, and touched in their order the lines are the program. */

import { escaped } from '../markup.js';
import { arrange, draggable, keyed, placeAt, rove } from './moving.js';
import { nnQuiz } from './quiz.js';

/**
 * A problem: its lines in one right order, the pairs of them that may not be exchanged, and the wrong lines, which have
 * the numbers after them.
 * @typedef {{ code: string, indent: number }} Code
 * @typedef {{ id: string, kind: 'parsons', lines: Code[], before: number[][],
 *   decoys: { code: string, feedback: string }[], right: string, wrong: string }} Problem
 *
 * A program: for each of its lines the number and the indentation.
 * @typedef {[number, number][]} Program
 */

/* ---- what is said to a program ---- */

const CLAUSE = /^(else|elif|except|finally)\b/;
const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** @param {string} code */
const opens = (code) => code.endsWith(':');

/**
 * For each line the place of the line whose block it is in, −1 outside.
 * @param {number[]} indents
 */
export const above = (indents) =>
  indents.map((indent, n) => {
    for (let k = n - 1; k >= 0; k--) if (indents[k] < indent) return k;
    return -1;
  });

/** Names that Python or NumPy gives, and words after a point, are no values of a program. */
const NAME = /(?<![\w.])[A-Za-z_]\w*/g;

/**
 * The names that a line sets, and those that it reads.
 * @param {string} code
 */
export const namesIn = (code) => {
  const bare = code.replace(/f?(["']).*?\1/g, ' ');
  /** @type {(text: string) => string[]} */
  const all = (text) => text.match(NAME) ?? [];
  const loop = bare.match(/^for (.*?) in (.*)$/s);
  const given = bare.match(/^([^=!<>]*?)([-+*/@%]|\*\*|\/\/)?=(?!=)(.*)$/s);
  const isCall = given && given[1].split('(').length > given[1].split(')').length; // f(x, axis=1)
  const [target, sign, value] = loop ? [loop[1], '', loop[2]] : given && !isCall ? given.slice(1) : ['', '', bare];
  if (bare.startsWith('def ')) return { sets: all(bare.slice(4)).slice(0, 1), reads: [] };
  const into = all(target.replace(/\[.*?\]/g, ' '));
  const within = all(target).filter((name) => !into.includes(name));
  return { sets: into, reads: [...all(value), ...within, ...(sign ? into : [])] };
};

/**
 * Judge a program by what depends on what; the first fault is told.
 * @param {Problem} problem
 * @param {Program} program
 * @returns {import('./quiz.js').Verdict}
 */
export const judgeProgram = (problem, program) => {
  const { lines, decoys, before } = problem;
  if (!program.length) return { right: null, reply: 'Put lines into your program first.', kept: false };
  const entries = [...lines, ...decoys];
  /** @param {number} place */
  const codeAt = (place) => entries[program[place][0]].code;
  /** @param {number} place */
  const quoted = (place) => `line ${place + 1}, <code>${escaped(codeAt(place))}</code>`;
  /** @param {string} text */
  const wrong = (text) => ({ right: false, reply: text[0].toUpperCase() + text.slice(1), kept: true });

  const tempted = program.findIndex(([i]) => i >= lines.length);
  if (tempted >= 0) {
    const { feedback } = decoys[program[tempted][0] - lines.length];
    return wrong(`${quoted(tempted)}: ${feedback}`);
  }
  const left = lines.length - program.length;
  if (left) {
    const count = WORDS[left] ?? String(left);
    return wrong(`${count} ${left === 1 ? 'line is' : 'lines are'} still missing; none that is in use is a wrong one.`);
  }

  const indents = program.map(([, indent]) => indent);
  for (let k = 0; k < program.length; k++) {
    const most = k ? indents[k - 1] + Number(opens(codeAt(k - 1))) : 0;
    if (k && opens(codeAt(k - 1)) && indents[k] <= indents[k - 1])
      return wrong(`${quoted(k - 1)}, opens a block, so line ${k + 1} has to stand one step to the right of it.`);
    if (indents[k] > most)
      return wrong(`${quoted(k)}, stands too far to the right: the line above it opens no block for it.`);
  }
  if (opens(codeAt(program.length - 1)))
    return wrong(`${quoted(program.length - 1)}, opens a block, and nothing is in it.`);

  /** @type {number[]} */
  const places = [];
  program.forEach(([i], place) => (places[i] = place));
  const parents = above(lines.map(({ indent }) => indent));
  const given = above(indents).map((place) => (place < 0 ? -1 : program[place][0]));
  for (let k = 0; k < program.length; k++) {
    const [i, indent] = program[k];
    if (given[k] === parents[i]) continue;
    if (parents[i] < 0) return wrong(`${quoted(k)}, belongs outside of all blocks: at the left edge.`);
    const head = places[parents[i]];
    const step = indent - lines[i].indent;
    if (head > k) return wrong(`${quoted(k)}, belongs in the block of ${quoted(head)}: below it.`);
    const way = step
      ? `: ${WORDS[Math.abs(step)]} ${step > 1 || step < -1 ? 'steps' : 'step'} to the ${step > 0 ? 'left' : 'right'}`
      : '';
    return wrong(`${quoted(k)}, belongs in the block of ${quoted(head)}${way}.`);
  }

  // A clause follows the statement that it belongs to at once.
  const listed = lines.map((_, i) =>
    lines.slice(0, i).reduce((last, __, j) => (parents[j] === parents[i] ? j : last), -1),
  );
  for (let k = 0; k < program.length; k++) {
    const [i] = program[k];
    if (!CLAUSE.test(lines[i].code)) continue;
    const last = program.slice(0, k).reduce((found, [j]) => (parents[j] === parents[i] ? j : found), -1);
    if (last !== listed[i]) {
      const owner = places[listed[i]];
      return wrong(`${quoted(k)}, has to follow the block of ${quoted(owner)}, at once.`);
    }
  }

  /** @param {number} i */
  const whole = (i) =>
    lines
      .map((_, j) => j)
      .filter((j) => {
        let k = j;
        while (k >= 0 && k !== i) k = parents[k];
        return k === i;
      });
  /**
   * A line among some that sets what a line among others reads: the two, and the name.
   * @param {number[]} setting
   * @param {number[]} reading
   */
  const link = (setting, reading) => {
    for (const j of reading)
      for (const name of namesIn(lines[j].code).reads) {
        const i = setting.find((one) => namesIn(lines[one].code).sets.includes(name));
        if (i !== undefined) return { i, j, name };
      }
    return null;
  };
  const turned = before.filter(([i, j]) => places[i] > places[j]).sort((a, b) => places[a[1]] - places[b[1]]);
  if (turned.length) {
    const [[i, j]] = turned;
    const [first, second] = [whole(i), whole(j)];
    const used = link(first, second);
    const changed = used ? null : link(second, first);
    const name = `<code>${used?.name ?? changed?.name}</code>`;
    if (used)
      return wrong(
        `${quoted(places[used.j])}, uses ${name} before line ${places[used.i] + 1} sets it. ${problem.wrong}`,
      );
    if (changed)
      return wrong(
        `${quoted(places[changed.i])}, changes ${name} before line ${places[changed.j] + 1} has used it. ${problem.wrong}`,
      );
    return wrong(
      `${quoted(places[j])}, comes too early: line ${places[i] + 1} has to stand before it. ${problem.wrong}`,
    );
  }
  return { right: true, reply: problem.right, kept: true };
};

/* ---- the two lists ---- */

/**
 * @param {string} name
 * @param {string} [style]
 * @param {string} [text]
 */
const made = (name, style = '', text = '') => {
  const element = document.createElement(name);
  element.className = style;
  element.textContent = text;
  return element;
};

const TOOLS = /** @type {const} */ ([
  ['left', '←', 'less'],
  ['right', '→', 'more'],
  ['up', '↑', 'up'],
  ['down', '↓', 'down'],
  ['back', '✕', 'back'],
]);

/**
 * @param {HTMLElement} root
 * @param {Problem} problem
 * @param {(words: string) => void} speak
 * @returns {import('./quiz.js').Controls}
 */
const workshop = (root, problem, speak) => {
  const entries = [...problem.lines, ...problem.decoys];
  const deepest = 1 + Math.max(...problem.lines.map(({ indent }) => indent));
  const [pool, list] = ['.pool', '.program'].map((name) => /** @type {HTMLElement} */ (root.querySelector(name)));
  const both = /** @type {HTMLElement} */ (root.querySelector('.both'));
  const all = /** @type {HTMLElement[]} */ ([...pool.children]);
  /** @param {number} i */
  const rowOf = (i) => /** @type {HTMLElement} */ (all.find((row) => Number(row.dataset.i) === i));
  /** @param {HTMLElement | undefined} row */
  const buttonOf = (row) => /** @type {HTMLButtonElement} */ (row?.querySelector('.line'));
  /** @param {HTMLElement} row */
  const numberOf = (row) => Number(row.dataset.i);
  /** @param {HTMLElement} row */
  const codeOf = (row) => entries[numberOf(row)].code;

  /** @type {Program} */
  let program = [];
  /** @type {number | null} the line that has the buttons, and below which the next one goes */
  let chosen = null;

  /** @param {HTMLElement} row */
  const placeOf = (row) => program.findIndex(([i]) => i === numberOf(row));
  const inProgram = () => program.map(([i]) => rowOf(i));
  const inPool = () => all.filter((row) => placeOf(row) < 0);

  const tools = made('span', 'tools');
  tools.setAttribute('role', 'group');
  const buttons = new Map(
    TOOLS.map(([name, sign]) => {
      const button = /** @type {HTMLButtonElement} */ (made('button', '', sign));
      button.type = 'button';
      button.value = name;
      tools.append(button);
      return [name, button];
    }),
  );
  for (const row of all) buttonOf(row).prepend(made('span', 'dots', '⋮⋮'), made('b'), made('span', 'guides'));
  for (const sign of root.querySelectorAll('.dots')) sign.setAttribute('aria-hidden', 'true');
  const form = /** @type {HTMLFormElement} */ (root.querySelector('form'));
  const empty = made('p', 'k empty', 'No lines yet.');
  const again = /** @type {HTMLButtonElement} */ (made('button', '', 'Start again'));
  again.type = 'reset';
  form.querySelector('[type="submit"]')?.after(again);
  /** @type {HTMLElement} */ (list.parentElement).hidden = false;
  list.after(empty);

  /** @param {number} indent */
  const stepsIn = (indent) => (indent ? `, ${indent} ${indent === 1 ? 'step' : 'steps'} in` : '');
  /** @param {HTMLElement} row */
  const where = (row) => {
    const place = placeOf(row);
    return `line ${place + 1} of ${program.length}${stepsIn(program[place][1])}`;
  };

  /** @param {HTMLElement} row */
  const label = (row) => {
    const button = buttonOf(row);
    const place = placeOf(row);
    const indent = place < 0 ? 0 : program[place][1];
    /** @type {HTMLElement} */ (button.querySelector('b')).textContent = place < 0 ? '' : `${place + 1} `;
    /** @type {HTMLElement} */ (button.querySelector('.guides')).replaceChildren(
      ...Array.from({ length: indent }, () => made('i')),
    );
    if (place < 0) {
      button.removeAttribute('aria-label');
      button.removeAttribute('aria-pressed');
    } else {
      button.setAttribute('aria-label', `line ${place + 1} ${codeOf(row)}${stepsIn(indent)}`);
      if (!button.hasAttribute('aria-pressed')) button.setAttribute('aria-pressed', 'false');
    }
    row.classList.toggle('chosen', numberOf(row) === chosen);
  };

  /** The buttons of the chosen line: what cannot be done is said, and does nothing. */
  const equip = () => {
    if (chosen === null) return tools.remove();
    const row = rowOf(chosen);
    const place = placeOf(row);
    const indent = program[place][1];
    if (tools.parentElement !== row) row.append(tools);
    tools.setAttribute('aria-label', `line ${place + 1}`);
    const ends = { left: indent === 0, right: indent === deepest, up: place === 0, down: place === program.length - 1 };
    for (const [name, , word] of TOOLS) {
      const verb = { left: 'indent', right: 'indent', up: 'move', down: 'move', back: 'put' }[name];
      const button = /** @type {HTMLButtonElement} */ (buttons.get(name));
      button.setAttribute('aria-label', `${verb} ‘${codeOf(row)}’ ${word}`);
      button.setAttribute('aria-disabled', String(Boolean(Object(ends)[name])));
    }
  };

  /**
   * Show the state.
   * @param {HTMLElement} [kept] a row that stays where it is in the page
   */
  const draw = (kept) => {
    if (chosen !== null && placeOf(rowOf(chosen)) < 0) chosen = null;
    if (chosen === null && program.length) [chosen] = program[program.length - 1];
    arrange(pool, inPool());
    arrange(list, inProgram(), kept);
    all.forEach(label);
    equip();
    empty.hidden = program.length > 0;
    pool.classList.toggle('none', program.length === all.length);
    rove(inPool(), inPool().find((row) => buttonOf(row).tabIndex === 0) ?? inPool()[0]);
    rove(inProgram(), chosen === null ? undefined : rowOf(chosen));
  };

  /**
   * The indentation that an editor would give a line at this place.
   * @param {Program} lines those of the program without it
   * @param {number} place
   */
  const natural = (lines, place) => {
    if (!place) return 0;
    const [i, indent] = lines[place - 1];
    return Math.min(deepest, indent + Number(opens(entries[i].code)));
  };

  /**
   * Put a line at a place of the program, from the pool or from elsewhere in it.
   * @param {HTMLElement} row
   * @param {number} place among the others
   * @param {number} [indent]
   * @returns {boolean} whether anything changed
   */
  const put = (row, place, indent) => {
    const was = JSON.stringify(program);
    const now = placeOf(row);
    const others = program.filter(([i]) => i !== numberOf(row));
    const at = Math.max(0, Math.min(others.length, place));
    const deep = indent ?? (now < 0 ? natural(others, at) : program[now][1]);
    others.splice(at, 0, [numberOf(row), Math.max(0, Math.min(deepest, deep))]);
    program = others;
    chosen = numberOf(row);
    draw(row);
    return JSON.stringify(program) !== was;
  };

  /** @param {HTMLElement} row */
  const use = (row) => {
    const next = inPool()[inPool().indexOf(row) + 1] ?? inPool()[inPool().indexOf(row) - 1];
    put(row, chosen === null ? 0 : placeOf(rowOf(chosen)) + 1);
    if (next) rove(inPool(), next);
    buttonOf(next ?? row).focus({ preventScroll: true });
    speak(`${where(row)}; ${inPool().length} left`);
  };

  /** @param {HTMLElement} row */
  const putBack = (row) => {
    const place = placeOf(row);
    program.splice(place, 1);
    [chosen] = program[Math.max(0, place - 1)] ?? [null];
    draw();
    buttonOf(chosen === null ? row : rowOf(chosen)).focus({ preventScroll: true });
    speak(`back among the lines to use; ${program.length} in your program`);
  };

  /**
   * @param {HTMLElement} row
   * @param {number} step
   */
  const aside = (row, step) => put(row, placeOf(row), program[placeOf(row)][1] + step);

  /** @param {HTMLElement} row */
  const choose = (row) => {
    if (chosen === numberOf(row)) return;
    chosen = numberOf(row);
    all.forEach(label);
    equip();
    rove(inProgram(), row);
  };

  pool.addEventListener('click', (event) => {
    const row = inPool().find((one) => one.contains(/** @type {Node} */ (event.target)));
    if (row) use(row);
  });
  pool.addEventListener('keydown', (event) => {
    const rows = inPool();
    const place = rows.findIndex((row) => row.contains(/** @type {Node} */ (event.target)));
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
    if (place < 0 || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = rows[Math.max(0, Math.min(rows.length - 1, place + step))];
    rove(rows, next);
    buttonOf(next).focus();
    event.preventDefault();
  });

  list.addEventListener('focusin', (event) => {
    const row = inProgram().find((one) => one.contains(/** @type {Node} */ (event.target)));
    if (row && !row.matches(':active')) choose(row); // a press may be the beginning of a drag: nothing moves under it
  });
  list.addEventListener('click', (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest('button');
    const row = inProgram().find((one) => one.contains(button));
    if (!button || !row) return;
    button.focus({ preventScroll: true }); // which some browsers do not do
    choose(row);
    const place = placeOf(row);
    const done = {
      left: () => aside(row, -1),
      right: () => aside(row, 1),
      up: () => place > 0 && put(row, place - 1),
      down: () => put(row, place + 1),
    }[button.value];
    if (button.value === 'back') putBack(row);
    else if (done) speak(`${done() ? 'now' : 'still'} ${where(row)}`);
  });
  keyed(list, '.line', {
    rows: inProgram,
    moved: put,
    aside,
    kept: () => program,
    restored: (before, row) => {
      program = before;
      draw(row);
    },
    where,
    say: speak,
  });
  list.addEventListener('keydown', (event) => {
    const row = inProgram().find((one) => one.contains(/** @type {Node} */ (event.target)));
    if (!row || (event.key !== 'Delete' && event.key !== 'Backspace')) return;
    putBack(row);
    event.preventDefault();
  });

  const line = made('div', 'falls');
  /** @type {{ place: number, indent: number } | null} where a dragged line would fall; null is the pool */
  let target = null;
  draggable(both, 'li', '.dots', {
    over: (row, x, y, dx) => {
      const others = inProgram().filter((one) => one !== row);
      const { left, top } = /** @type {HTMLElement} */ (list.parentElement).getBoundingClientRect();
      target = null;
      if (x < left || y < top) return line.remove();
      const place = placeAt(others.map(buttonOf), y);
      const now = placeOf(row);
      const lines = program.filter(([i]) => i !== numberOf(row));
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const step = rem * parseFloat(getComputedStyle(list).getPropertyValue('--step'));
      const deep = now < 0 ? natural(lines, place) : program[now][1] + Math.round(dx / step);
      target = { place, indent: Math.max(0, Math.min(deepest, deep)) };
      const box = both.getBoundingClientRect();
      const next = others[place]?.getBoundingClientRect().top ?? others[place - 1]?.getBoundingClientRect().bottom;
      line.style.top = `${(next ?? list.getBoundingClientRect().top) - box.top}px`;
      line.style.left = `${left - box.left + 48 + target.indent * step}px`;
      both.append(line);
    },
    drop: (row) => {
      if (!target) {
        if (placeOf(row) >= 0) putBack(row);
        return;
      }
      put(row, target.place, target.indent);
      buttonOf(row).focus({ preventScroll: true });
      speak(`now ${where(row)}`);
    },
    end: () => line.remove(),
  });

  draw();
  return {
    read: () => program,
    /** @param {Program} answer */
    show: (answer) => {
      const numbers = answer.map(([i]) => i);
      if (new Set(numbers).size < numbers.length || numbers.some((i) => !entries[i]))
        throw Error('these are other lines');
      program = answer.map(([i, indent]) => [i, Math.max(0, Math.min(deepest, indent))]);
      draw();
    },
    reset: () => {
      program = [];
      draw();
    },
  };
};

/** @type {import('./quiz.js').Kind} */
const parsons = { judge: judgeProgram, controls: workshop };

/** @param {HTMLElement} root */
export const nnParsons = (root) => nnQuiz(root, { parsons });

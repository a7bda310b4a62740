/* The playground's knobs: what can be turned of an experiment, in groups, and which of it begins the experiment anew. */

import { make, options } from './dom.js';
import { nnChecked } from './experiment.js';
import { say } from './words.js';

/**
 * What knobs ask of the panel, and tell it.
 * @typedef {{ told: import('./experiment.js').Told, state: () => any,
 *   value: (name: string) => any, set: (change: object, words?: string) => void,
 *   turn: (name: string, value: any) => void, turns: (name: string) => boolean,
 *   problem: (sentence: string) => void }} Panel
 */

/* The groups of a full playground. What changes while it runs stands first. */
const GROUPS = /** @type {[title: string, names: string[]][]} */ ([
  ['Change while it runs', ['lr', 'batch_size', 'beta', 'l2', 'l1']],
  ['Data', ['data', 'n', 'noise', 'train_share', 'seed']],
  ['Network', ['features', 'hidden', 'activation', 'scheme']],
  ['Training', ['loss', 'optimizer', 'epochs']],
]);

/**
 * The element with the knobs, and what brings them up to date.
 * @param {Panel} panel
 * @param {string[]} controls the settings that may be turned
 * @param {boolean} grouped with titles that say what begins anew; else a sentence says it
 * @param {boolean} open whether the groups that begin anew are unfolded
 */
export const nnKnobs = ({ told, state, value, set, turn, turns, problem }, controls, grouped, open) => {
  /** @type {(() => void)[]} */
  const refresh = [];

  const row = (label, ...more) => make('div', { class: 'r' }, make('span', {}, label), ...more);
  const menu = (k, get, put, /** @type {(value: string) => boolean} */ unfit = () => false) => {
    const longest = Math.max(...Object.values(k.choices).map((words) => words.length));
    const select = make('select', { 'aria-label': k.label, autocomplete: 'off' }, ...options(k.choices));
    select.addEventListener('change', () => put(select.value));
    refresh.push(() => {
      select.value = get();
      for (const option of select.options) option.hidden = option.disabled = unfit(option.value);
    });
    const made = row(k.label, select);
    if (longest > 16) made.classList.add('tall');
    return made;
  };
  /* A slider that is not used for now can still be reached, and says so. */
  const slider = (k, get, put, unused = () => false) => {
    const grid = k.grid ?? Array.from({ length: k.high - k.low + 1 }, (_, i) => k.low + i);
    const out = make('b');
    const input = make('input', { type: 'range', max: grid.length - 1, 'aria-label': k.label, autocomplete: 'off' });
    const show = () => {
      const now = get();
      const far = grid.map((g) => Math.abs((g ?? 1e9) - (now ?? 1e9)));
      const idle = unused();
      input.value = far.indexOf(Math.min(...far));
      input.setAttribute('aria-disabled', String(idle));
      out.textContent = idle ? '–' : say(now);
      input.setAttribute('aria-valuetext', idle ? 'not used' : say(now));
    };
    input.addEventListener('input', () => (unused() ? show() : put(grid[+input.value])));
    refresh.push(show);
    return row(k.label, input, out);
  };

  /* Hidden layers: how many, and how many units each has. */
  const { depth, width } = told.knobs;
  let lastWidth = Math.max(4, ...state().hidden);
  const widthOf = (l) => state().hidden[l] ?? state().hidden.at(-1) ?? lastWidth;
  const layers = () => {
    const count = slider(
      depth,
      () => state().hidden.length,
      (n) => set({ hidden: Array.from({ length: n }, (_, l) => widthOf(l)) }),
    );
    const each = Array.from({ length: depth.high }, (_, l) => {
      const made = slider(
        { ...width, label: `units of layer ${l + 1}` },
        () => widthOf(l),
        (units) => {
          lastWidth = units;
          set({ hidden: state().hidden.with(l, units) });
        },
      );
      refresh.push(() => {
        made.hidden = l >= state().hidden.length;
      });
      return made;
    });
    return [count, ...each];
  };

  /* Inputs: each on or off, and one of them on. */
  const inputs = (k) => {
    const names = Object.keys(k.choices);
    const boxes = names.map((name) => {
      const box = make('input', { type: 'checkbox', autocomplete: 'off' });
      box.addEventListener('change', () => {
        const on = names.filter((other) => (other === name ? box.checked : state().features.includes(other)));
        if (on.length) return set({ features: on });
        box.checked = true;
        problem('One input must stay.');
      });
      refresh.push(() => {
        box.checked = state().features.includes(name);
      });
      return make('label', {}, box, k.choices[name]);
    });
    return make(
      'div',
      { class: 'r inputs', role: 'group', 'aria-label': k.label },
      make('span', {}, k.label),
      ...boxes,
    );
  };

  const seed = (k) => {
    const input = make('input', { type: 'number', min: 0, max: k.high, step: 1, 'aria-label': k.label });
    input.addEventListener('change', () => {
      const [next, said] = nnChecked(told, state(), { seed: input.value });
      set(next, said.join(' '));
    });
    refresh.push(() => {
      input.value = state().seed;
    });
    return row(k.label, input);
  };

  const { data: surfaces, losses } = told.regression;
  const fitting = (data) => {
    const change = { data, noise: told.noise[data] ?? state().noise };
    if (surfaces.includes(data) === surfaces.includes(state().data)) return change;
    return { ...change, loss: surfaces.includes(data) ? losses[0] : 'bce' };
  };
  const unfit = (loss) => surfaces.includes(state().data) && !losses.includes(loss);
  const idle = {
    n: () => state().data === 'drawn',
    noise: () => state().data === 'drawn',
    beta: () => !told.optimizers[state().optimizer].beta,
  };
  const knobs = (name) => {
    if (name === 'hidden') return layers();
    const k = told.knobs[name];
    if (!k) return [];
    const put = turns(name) ? (v) => turn(name, v) : (v) => set({ [name]: v });
    const get = () => value(name);
    if (name === 'features') return [inputs(k)];
    if (name === 'seed') return [seed(k)];
    if (name === 'data') return [menu(k, get, (data) => set(fitting(data)))];
    if (name === 'loss') return [menu(k, get, put, unfit)];
    return [k.choices ? menu(k, get, put) : slider(k, get, put, idle[name])];
  };

  const group = ([title, names], at) => {
    const inside = names.filter((name) => controls.includes(name)).flatMap(knobs);
    if (!inside.length) return [];
    const mark = at ? [make('small', {}, 'begins anew')] : [];
    const made = make('details', { class: 'group' }, make('summary', {}, make('span', {}, title), ...mark), ...inside);
    made.open = open || !at;
    return [made];
  };
  /* A few knobs need no groups; a sentence says which of them may be turned while it runs. */
  const few = () => {
    const live = controls.filter(turns).map((name) => told.knobs[name].label);
    const others = controls.length - live.length;
    const list = live.join(' and ').replace(/ and (?=.* and )/g, ', ');
    const sentence = live.length ? `${list[0].toUpperCase()}${list.slice(1)} may be turned while it runs.` : '';
    const rest = others ? ` Any other change begins anew.` : '';
    return [...controls.flatMap(knobs), ...(sentence ? [make('p', { class: 'which' }, sentence + rest)] : [])];
  };
  const element = make('div', { class: 'knobs' }, ...(grouped ? GROUPS.flatMap(group) : few()));
  return { element, refresh: () => refresh.forEach((f) => f()) };
};

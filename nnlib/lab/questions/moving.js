/* Rows of lists, moved by mouse, finger or keys. Who moves one by the keys or by buttons keeps the focus on it. */

/**
 * Put the rows of a list into an order. One may be kept where it is, while the others go around it: an element that is
 * taken out of a page loses the focus.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} rows
 * @param {HTMLElement} [kept]
 */
export const arrange = (list, rows, kept) => {
  const place = kept?.parentElement === list ? rows.indexOf(kept) : -1;
  for (const row of rows.slice(0, Math.max(place, 0))) kept?.before(row);
  list.append(...rows.slice(place + 1));
};

/**
 * Where a row goes that is let fall at a height of the window: behind the rows whose middles lie above.
 * @param {HTMLElement[]} rows the others
 * @param {number} y
 */
export const placeAt = (rows, y) =>
  rows.filter((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return (top + bottom) / 2 < y;
  }).length;

/* ---- mouse and finger ---- */

const FIRM = 5; // pixels that a pointer moves before a press is a drag
const EDGE = 70; // pixels at a window's edge, of which the upper ones may lie below a page's header
const PACE = 14; // pixels that a page moves in a frame there, at most

/**
 * What scrolls an element: a panel of JupyterLab, or the page.
 * @param {HTMLElement} element
 */
const scrollerOf = (element) => {
  for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
    if (e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY)) return e;
  return document.scrollingElement ?? document.documentElement;
};

/**
 * How far to scroll in a frame while a pointer is held at this height.
 * @param {number} y
 * @param {number} top
 * @param {number} bottom
 */
export const pull = (y, top, bottom) => {
  const depth = Math.max(top + EDGE - y, 0) - Math.max(y - (bottom - EDGE), 0);
  return Math.round((-PACE * Math.max(-EDGE, Math.min(EDGE, depth))) / EDGE) || 0;
};

/**
 * A drag: `over` shows where the row would fall, `drop` lets it, `end` takes away what `over` has shown.
 * @typedef {{ over: (row: HTMLElement, x: number, y: number, aside: number) => void, drop: (row: HTMLElement) => void,
 *   end: () => void }} Drag
 */

/**
 * Let rows be dragged: with a mouse by all of them but their buttons, with a finger by their handles, so that it scrolls
 * the page elsewhere.
 * @param {HTMLElement} root
 * @param {string} row a selector
 * @param {string} handle a selector, too
 * @param {Drag} drag
 */
export const draggable = (root, row, handle, drag) => {
  /** @type {{ row: HTMLElement, id: number, x: number, y: number, at: { x: number, y: number } } | null} */
  let held = null;
  let begun = false;
  let shift = { x: 0, y: 0 };

  const follow = () => {
    if (!held) return;
    const { top, left } = held.row.getBoundingClientRect();
    shift = { x: held.at.x - held.x - (left - shift.x), y: held.at.y - held.y - (top - shift.y) };
    held.row.style.transform = `translate(${shift.x}px, ${shift.y}px)`;
    drag.over(held.row, held.at.x, held.at.y, shift.x);
  };

  const scroll = () => {
    if (!held || !begun) return;
    const scroller = scrollerOf(root);
    const page = scroller === document.scrollingElement;
    const { top, bottom } = page ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect();
    const by = pull(held.at.y, Math.max(top, 0), Math.min(bottom, innerHeight));
    if (by) {
      scroller.scrollBy({ top: by, behavior: 'instant' });
      follow();
    }
    requestAnimationFrame(scroll);
  };

  const begin = () => {
    if (!held) return;
    begun = true;
    getSelection()?.removeAllRanges();
    root.classList.add('dragging');
    held.row.classList.add('dragged');
    root.setPointerCapture(held.id);
    addEventListener('keydown', cancelled, true);
    requestAnimationFrame(scroll);
  };

  /** @param {boolean} falls */
  const end = (falls) => {
    const { row: moved } = held ?? {};
    held = null;
    if (!moved || !begun) return;
    begun = false;
    shift = { x: 0, y: 0 };
    moved.style.transform = '';
    moved.classList.remove('dragged');
    root.classList.remove('dragging');
    removeEventListener('keydown', cancelled, true);
    if (falls) drag.drop(moved);
    drag.end();
    // The click that a browser makes of a press and a release is none here.
    addEventListener('click', swallow, true);
    setTimeout(() => removeEventListener('click', swallow, true));
  };

  /** @param {Event} event */
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };

  /** @param {KeyboardEvent} event */
  const cancelled = (event) => {
    if (event.key !== 'Escape') return;
    swallow(event);
    end(false);
  };

  root.addEventListener('pointerdown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const found = /** @type {HTMLElement | null} */ (target.closest(row));
    const grip = target.closest(handle);
    const button = target.closest('button');
    if (!found || !event.isPrimary || event.button !== 0) return;
    if (!grip && (event.pointerType !== 'mouse' || (button && !button.matches('.line')))) return;
    const { top, left } = found.getBoundingClientRect();
    const at = { x: event.clientX, y: event.clientY };
    held = { row: found, id: event.pointerId, x: at.x - left, y: at.y - top, at };
  });
  root.addEventListener('pointermove', (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { x, y } = held.at;
    if (!begun && Math.hypot(event.clientX - x, event.clientY - y) < FIRM) return;
    held.at = { x: event.clientX, y: event.clientY };
    if (!begun) begin();
    follow();
  });
  root.addEventListener('pointerup', () => end(true));
  root.addEventListener('pointercancel', () => end(false));
};

/* ---- keys ---- */

/**
 * What keys can do with the rows of a list. `moved` tells whether a row could be moved, to a place or sideways; `kept`
 * gives what `restored` puts back; `where` says in words where a row is.
 * @typedef {{ rows: () => HTMLElement[], moved: (row: HTMLElement, place: number) => boolean,
 *   aside?: (row: HTMLElement, step: number) => boolean, kept: () => any, restored: (kept: any, row: HTMLElement) => void,
 *   where: (row: HTMLElement) => string, say: (words: string) => void }} Rows
 */

const STEPS = new Map([
  ['ArrowUp', -1],
  ['ArrowDown', 1],
  ['Home', -Infinity],
  ['End', Infinity],
]);

/**
 * The place where a key leads from another one, or null.
 * @param {string} key
 * @param {number} place
 * @param {number} count
 */
export const ledTo = (key, place, count) => {
  const step = STEPS.get(key);
  return step === undefined ? null : Math.max(0, Math.min(count - 1, place + step));
};

/**
 * Let the keys go from row to row and move rows. ↑ and ↓, Home and End go; with Alt they move the row. Enter or Space
 * on its handle, a button, grabs a row: then all of them move it without Alt, Enter or Space lets it go, and Escape puts
 * it back. Where rows can be moved sideways, ← and → do.
 * @param {HTMLElement} list
 * @param {string} handle a selector
 * @param {Rows} rows
 */
export const keyed = (list, handle, rows) => {
  /** @type {{ row: HTMLElement, before: any } | null} */
  let grabbed = null;

  /** @param {Element} row */
  const grip = (row) => /** @type {HTMLElement} */ (row.querySelector(handle));
  /** @param {EventTarget | null} target */
  const rowOf = (target) => rows.rows().find((row) => row.contains(/** @type {Node} */ (target)));

  /** @param {string} words */
  const letGo = (words) => {
    if (!grabbed) return;
    grip(grabbed.row).setAttribute('aria-pressed', 'false');
    grabbed.row.classList.remove('grabbed');
    rows.say(`${words}, ${rows.where(grabbed.row)}`);
    grabbed = null;
  };

  list.addEventListener('click', (event) => {
    const row = rowOf(event.target);
    if (!row || event.detail || !grip(row).contains(/** @type {Node} */ (event.target))) return; // a mouse drags
    if (grabbed) return letGo('dropped');
    grabbed = { row, before: rows.kept() };
    grip(row).setAttribute('aria-pressed', 'true');
    row.classList.add('grabbed');
    rows.say(`grabbed, ${rows.where(row)}; arrows move it, Space drops it, Escape puts it back`);
  });

  list.addEventListener('focusout', () => letGo('dropped'));

  list.addEventListener('keydown', (event) => {
    const row = rowOf(event.target);
    if (!row || event.ctrlKey || event.metaKey) return;
    const all = rows.rows();
    const place = all.indexOf(row);
    const target = ledTo(event.key, place, all.length);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape' && grabbed) {
      rows.restored(grabbed.before, row);
      letGo('put back');
    } else if (target !== null && (grabbed || event.altKey)) {
      const word = rows.moved(row, target) ? 'now' : 'still';
      rows.say(`${word} ${rows.where(row)}`);
    } else if (target !== null) {
      grip(all[target]).focus();
    } else if (step && rows.aside && !event.altKey) {
      const word = rows.aside(row, step) ? 'now' : 'still';
      rows.say(`${word} ${rows.where(row)}`);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
};

/**
 * One row of a list is on the way of the Tab key: that of the focus, or the one chosen here.
 * @param {HTMLElement[]} rows
 * @param {HTMLElement | undefined} chosen
 */
export const rove = (rows, chosen) => {
  for (const row of rows)
    for (const button of row.querySelectorAll('button')) button.tabIndex = row === chosen ? 0 : -1;
};

/* The units of the drawn network as buttons over their pictures, one of which is shown large on the plane: that under
   the pointer, that with the focus, or the one that was tapped. */

import { make } from './dom.js';

/**
 * @typedef {{ layer: number, index: number }} Unit
 * @param {HTMLElement} holder of the drawing
 * @param {() => void} show when another unit, or none, is shown
 */
export const nnUnits = (holder, show) => {
  const group = make('div', {
    class: 'units',
    role: 'group',
    'aria-label': 'units of the network: arrow keys go from one to the next, Escape leaves',
  });
  holder.append(group);
  /** @type {any[][]} a button for each unit, by layer */
  const buttons = [];
  /** @type {Unit} the one that Tab reaches */
  let roving = { layer: 1, index: 0 };
  /** @type {Record<'pointed' | 'focused' | 'held', Unit | null>} */
  const at = { pointed: null, focused: null, held: null };
  const same = (a, b) => !!a && !!b && a.layer === b.layer && a.index === b.index;
  const there = (unit) => !!unit && !!buttons[unit.layer]?.[unit.index];
  const shown = () => [at.pointed, at.focused, at.held].find(there) ?? null;

  /** @param {Partial<typeof at>} change */
  const put = (change) => {
    const before = shown();
    Object.assign(at, change);
    mark();
    if (!same(before, shown()) && (before || shown())) show();
  };
  const mark = () => {
    const now = shown();
    buttons.forEach((layer, l) =>
      layer.forEach((b, i) => {
        const unit = { layer: l, index: i };
        b.tabIndex = same(unit, roving) ? 0 : -1;
        b.setAttribute('aria-pressed', String(same(unit, at.held)));
        b.classList.toggle('shown', same(unit, now));
      }),
    );
  };
  const go = (layer, index) => {
    const l = Math.min(buttons.length - 1, Math.max(0, layer));
    roving = { layer: l, index: Math.min(buttons[l].length - 1, Math.max(0, index)) };
    mark();
    buttons[roving.layer][roving.index].focus({ preventScroll: true });
    put({ focused: roving });
  };
  /* To the unit of another layer that stands at the same height. */
  const across = (from, to) => {
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, to))].length;
    return Math.floor(((from.index + 0.5) / buttons[from.layer].length) * next);
  };
  const keys = {
    ArrowUp: (u) => go(u.layer, u.index - 1),
    ArrowDown: (u) => go(u.layer, u.index + 1),
    ArrowLeft: (u) => u.layer && go(u.layer - 1, across(u, u.layer - 1)),
    ArrowRight: (u) => u.layer < buttons.length - 1 && go(u.layer + 1, across(u, u.layer + 1)),
    Home: (u) => go(u.layer, 0),
    End: (u) => go(u.layer, Infinity),
    Escape: () => put({ pointed: null, focused: null, held: null }),
  };
  const made = (layer, index) => {
    const unit = { layer, index };
    const b = make('button', { type: 'button', tabindex: -1 });
    b.addEventListener('keydown', (e) => {
      if (!keys[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      e.stopPropagation();
      keys[e.key](unit);
    });
    b.addEventListener('pointerenter', (e) => e.pointerType === 'mouse' && put({ pointed: unit }));
    b.addEventListener('pointerleave', () => put({ pointed: null }));
    b.addEventListener('focus', () => {
      roving = unit;
      if (b.matches(':focus-visible')) put({ focused: unit });
      else mark();
    });
    b.addEventListener('blur', () => put({ focused: null }));
    b.addEventListener('click', () => put({ held: same(at.held, unit) ? null : unit }));
    return b;
  };

  return {
    shown,
    leave: () => put({ pointed: null, focused: null, held: null }),
    /**
     * Buttons where the units are drawn; one that stays is the same element, so it keeps the focus.
     * @param {number[][][]} places the middle of each unit, by layer
     * @param {(layer: number, index: number) => string} name
     */
    layout: (places, name) => {
      const lost = buttons.flat().find((b) => b === document.activeElement);
      buttons.splice(places.length).forEach((layer) => layer.forEach((b) => b.remove()));
      places.forEach((layer, l) => {
        const those = (buttons[l] ??= []);
        those.splice(layer.length).forEach((b) => b.remove());
        layer.forEach(([x, y], i) => {
          const b = (those[i] ??= made(l, i));
          if (!b.isConnected) group.append(b);
          b.style.translate = `${x}px ${y}px`;
          const label = name(l, i);
          if (b.getAttribute('aria-label') !== label) b.setAttribute('aria-label', label);
        });
      });
      if (lost && !lost.isConnected) go(roving.layer, roving.index);
      if (!there(roving)) {
        const l = Math.min(roving.layer, places.length - 1);
        roving = { layer: l, index: Math.min(roving.index, places[l].length - 1) };
      }
      for (const kind of /** @type {const} */ (['pointed', 'focused', 'held'])) if (!there(at[kind])) at[kind] = null;
      mark();
    },
  };
};

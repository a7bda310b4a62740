/* Makes an explorer's knobs turn its picture: nnExplore(element) for an element as explore.py writes it.

   The page has every picture of the grid, packed; the last knob turns fastest. */

import { followAddress, keepSettings, settingsOf } from '../address.js';
import { aloudIn } from '../aloud.js';

/**
 * The number of a picture.
 * @param {number[]} places where each knob stands
 * @param {number[]} counts how many places each knob has
 */
export const frameAt = (places, counts) => places.reduce((frame, place, i) => frame * counts[i] + place, 0);

/**
 * Where the knobs stand for a setting in an address, such as 3.0: a place that is beyond the last one is the last one;
 * what is no place stays.
 * @param {string} setting
 * @param {number[]} places where the knobs stand
 * @param {number[]} counts
 */
export const placesOf = (setting, places, counts) => {
  const wanted = setting.split('.').map((text) => (text.trim() ? Number(text) : NaN));
  return places.map((place, i) =>
    Number.isNaN(wanted[i] ?? NaN) ? place : Math.floor(Math.min(Math.max(wanted[i], 0), counts[i] - 1)),
  );
};

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * The pictures as explore.py packs them: pixels, or the distinct lines of all drawings and which of them each has.
 * @typedef {{ png: string[] } | { png?: undefined, lines: string[], frames: number[][] }} Pictures
 *
 * @param {Pictures} pictures
 * @param {number} frame
 */
export const pictureOf = (pictures, frame) =>
  pictures.png
    ? new Blob([bytesOf(pictures.png[frame])], { type: 'image/png' })
    : new Blob([pictures.frames[frame].map((line) => pictures.lines[line]).join('\n')], { type: 'image/svg+xml' });

/**
 * @param {string} packed base64 of gzip of JSON
 * @returns {Promise<Pictures>}
 */
export const unpacked = (packed) => {
  const stream = new Blob([bytesOf(packed)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
};

/** How long after the last move the new picture is put into words: while a knob turns nobody wants to hear them all. */
const SPOKEN_AFTER = 300;

/**
 * A button that copies the address of the setting. Where a browser lets no page copy, it offers the address to be copied.
 * @param {() => string} address
 */
const linkButton = (address) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy link';
  button.setAttribute('aria-label', 'Copy link to this setting');
  const said = document.createElement('span');
  said.setAttribute('role', 'status');
  const field = document.createElement('input');
  field.type = 'text';
  field.readOnly = true;
  field.setAttribute('aria-label', 'Link to this setting');
  button.onclick = async () => {
    said.textContent = '';
    try {
      await navigator.clipboard.writeText(address());
      field.remove();
      said.textContent = 'Link copied';
    } catch {
      button.before(field);
      field.value = address();
      field.select();
      said.textContent = 'Copy the selected link';
    }
  };
  return [said, button];
};

/** @param {HTMLElement} root */
export const nnExplore = async (root) => {
  const data = root.querySelector('script[type="application/json"]');
  /** @type {{ labels: string[][], alts: string[], packed: string }} */
  const { labels, alts, packed } = JSON.parse(data?.textContent ?? '');
  const image = /** @type {HTMLImageElement} */ (root.querySelector('img'));
  const knobs = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...root.querySelectorAll('input,select')]);
  const counts = labels.map((texts) => texts.length);
  const entry = `x.${root.id.slice(2)}`;
  const places = () => knobs.map((knob) => Number(knob.value));
  const pictures = await unpacked(packed);
  const speak = aloudIn(root);
  let url = '';

  const turn = () => {
    const frame = frameAt(places(), counts);
    knobs.forEach((knob, i) => {
      if (knob.type !== 'range') return;
      const text = labels[i][Number(knob.value)];
      knob.setAttribute('aria-valuetext', text);
      const output = knob.parentElement?.querySelector('output');
      if (output) output.textContent = text;
    });
    image.alt = alts[frame];
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(pictureOf(pictures, frame));
    image.src = url;
    root.dataset.frame = String(frame);
  };
  let waiting = 0;
  /* A move by the reader. */
  const draw = () => {
    turn();
    clearTimeout(waiting);
    waiting = window.setTimeout(() => speak(image.alt), SPOKEN_AFTER);
  };
  /* Once a move has ended: an address at each step slows a browser down, and Safari refuses the hundredth. */
  const keep = () => {
    const settings = settingsOf(location.hash);
    settings.delete(entry); // and so it is the last one there, which the address is about
    settings.set(entry, places().join('.'));
    keepSettings(settings);
  };

  for (const knob of knobs) {
    knob.disabled = false;
    knob.addEventListener('input', draw);
    knob.addEventListener('change', keep);
  }
  for (const button of root.querySelectorAll('button')) {
    const slider = /** @type {HTMLInputElement} */ (button.parentElement?.querySelector('input'));
    button.disabled = false;
    button.onclick = () => {
      slider.value = String(Number(slider.value) + Number(button.value));
      draw();
      keep();
    };
  }
  const line = document.createElement('div');
  line.className = 'link';
  root.append(line);
  const address = () => `${location.href.split('#')[0]}#${new URLSearchParams([[entry, places().join('.')]])}`;
  line.append(...linkButton(address));
  followAddress(root, (settings) => {
    const given = settings.get(entry);
    if (given === null) return;
    placesOf(given, places(), counts).forEach((place, i) => (knobs[i].value = String(place)));
    turn();
  });
  root.dataset.ready = '1';
};

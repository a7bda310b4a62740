/* A digit as its data set has it: black points on a board of 32 × 32, counted in blocks of 4 × 4. So the pixels of a
   stroke have soft edges, as they have in the data. */

export const SIDE = 8;
export const BLOCK = 4;
export const BOARD = SIDE * BLOCK;
/** A pen of this radius, in points of the board, draws digits with as much ink as those of the data. */
export const PEN = 2.6;
/** The part of the board that a digit of the data fills: all rows, and at most this width around the middle. */
const WIDEST = 23;

/** @typedef {Uint8Array} Board a 1 for each black point, row by row */

/** @returns {Board} */
export const blank = () => new Uint8Array(BOARD * BOARD);

/**
 * The 64 pixels, from 0 to 16.
 * @param {Board} board
 */
export const graysOf = (board) => {
  const grays = Array(SIDE * SIDE).fill(0);
  board.forEach((black, k) => {
    const row = Math.floor(k / BOARD / BLOCK);
    const column = Math.floor((k % BOARD) / BLOCK);
    grays[row * SIDE + column] += black;
  });
  return grays;
};

/** In which order the points of a block turn black: spread, so that a block looks gray. */
const SPREAD = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/**
 * A board with these pixels. The data set does not say which points of a block are black; how many is enough.
 * @param {number[]} grays from 0 to 16
 */
export const boardOf = (grays) => {
  const board = blank();
  for (let y = 0; y < BOARD; y++)
    for (let x = 0; x < BOARD; x++) {
      const gray = grays[Math.floor(y / BLOCK) * SIDE + Math.floor(x / BLOCK)];
      board[y * BOARD + x] = SPREAD[(y % BLOCK) * BLOCK + (x % BLOCK)] < gray ? 1 : 0;
    }
  return board;
};

/**
 * Ink (or, with 0, paper) around a segment, whose ends are in points of the board.
 * @param {Board} board
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} ink
 */
export const stroke = (board, [x0, y0], [x1, y1], ink = 1, radius = PEN) => {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const long = dx * dx + dy * dy;
  for (let y = 0; y < BOARD; y++)
    for (let x = 0; x < BOARD; x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const t = long ? Math.min(1, Math.max(0, (px * dx + py * dy) / long)) : 0;
      if (Math.hypot(px - t * dx, py - t * dy) <= radius) board[y * BOARD + x] = ink;
    }
};

/**
 * The board moved by whole pixels; what leaves it is lost.
 * @param {Board} board
 * @param {number} right
 * @param {number} down
 */
export const shifted = (board, right, down) => {
  const moved = blank();
  for (let y = 0; y < BOARD; y++)
    for (let x = 0; x < BOARD; x++) {
      const [i, j] = [y - BLOCK * down, x - BLOCK * right];
      if (i >= 0 && i < BOARD && j >= 0 && j < BOARD) moved[y * BOARD + x] = board[i * BOARD + j];
    }
  return moved;
};

/**
 * Centered and stretched as the digits of the data are: from the first row to the last, at most WIDEST wide.
 * @param {Board} board
 */
export const fitted = (board) => {
  const xs = [];
  const ys = [];
  board.forEach((black, k) => {
    if (!black) return;
    xs.push(k % BOARD);
    ys.push(Math.floor(k / BOARD));
  });
  if (!xs.length) return blank();
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) + 1 - left, Math.max(...ys) + 1 - top];
  const wide = Math.max(1, Math.min(WIDEST, Math.round((width * BOARD) / height)));
  const start = Math.round((BOARD - wide) / 2);
  const made = blank();
  for (let y = 0; y < BOARD; y++)
    for (let x = 0; x < wide; x++) {
      const i = top + Math.floor(((y + 0.5) * height) / BOARD);
      const j = left + Math.floor(((x + 0.5) * width) / wide);
      made[y * BOARD + start + x] = board[i * BOARD + j];
    }
  return made;
};

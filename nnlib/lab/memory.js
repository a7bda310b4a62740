/* What a page remembers of its reader: an entry nn:<id> for each question and each test. A browser may forbid storage,
   and then nothing is remembered and nothing fails. */

/**
 * What was stored for an id, or null.
 * @param {string} id
 * @returns {any}
 */
export const remembered = (id) => {
  try {
    return JSON.parse(localStorage.getItem(`nn:${id}`) ?? 'null');
  } catch {
    return null;
  }
};

/**
 * @param {string} id
 * @param {unknown} value
 */
export const remember = (id, value) => {
  try {
    localStorage.setItem(`nn:${id}`, JSON.stringify(value));
  } catch {
    // The page goes on without a memory.
  }
};

/** @param {string} id */
export const forget = (id) => {
  try {
    localStorage.removeItem(`nn:${id}`);
  } catch {
    // There was nothing to forget.
  }
};

/* How fast the playground trains: a number of epochs a second, however often and however evenly the screen is drawn. */

/** Epochs a second, by the names that the menu has. */
export const PACES = { slow: 10, normal: 100, fast: Infinity };

/** How the menu says them. */
export const PACE_WORDS = { slow: '10 epochs/s', normal: '100 epochs/s', fast: 'fastest' };

/** Counts the epochs that are due. A second's worth is the most that it remembers: who was away meets no burst. */
export const nnPace = () => {
  let owed = 0;
  let last = 0;
  return {
    /** @param {number} now in milliseconds */
    begin: (now) => {
      owed = 0;
      last = now;
    },
    /**
     * The epochs that are due now.
     * @param {number} now
     * @param {number} rate epochs a second
     */
    due: (now, rate) => {
      const passed = Math.max(0, now - last) / 1000;
      last = now;
      if (rate === Infinity) return Infinity;
      owed = Math.min(owed + rate * passed, rate);
      return Math.floor(owed + 1e-9);
    },
    /** @param {number} epochs that were trained */
    paid: (epochs) => {
      owed = Math.max(0, owed - epochs);
    },
  };
};

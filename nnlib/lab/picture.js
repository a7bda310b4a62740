/* On a narrow screen, the panels of a picture stand below each other: nnPicture(holder) for a picture as picture.py
   writes it. Each panel is the whole picture behind a window on its part. */

/** @typedef {{ x: number, y: number, width: number, height: number }} Panel */

/**
 * What data-panels says: four numbers for each panel, in the units of the picture.
 * @param {string} text
 * @returns {Panel[]}
 */
export const panelsOf = (text) =>
  text
    .split(';')
    .map((part) => part.trim().split(' ').map(Number))
    .filter((numbers) => numbers.length === 4 && numbers.every(Number.isFinite))
    .map(([x, y, width, height]) => ({ x, y, width, height }));

/**
 * How a picture of this width stands behind the window of a panel, as styles of the two.
 * @param {Panel} panel
 * @param {number} width
 */
export const windowOn = (panel, width) => ({
  panel: { '--width': String(panel.width), '--height': String(panel.height) },
  image: {
    '--width': `${(100 * width) / panel.width}%`,
    '--left': `${(-100 * panel.x) / panel.width}%`,
    '--top': `${(-100 * panel.y) / panel.height}%`,
  },
});

/** @param {HTMLElement} holder */
export const nnPicture = (holder) => {
  const panels = panelsOf(holder.dataset.panels ?? '');
  const image = /** @type {HTMLImageElement} */ (holder.querySelector('img'));
  if (panels.length < 2) return;
  const narrow = matchMedia('(max-width: 600px)');
  const images = panels.map((panel, i) => {
    const box = document.createElement('div');
    const part = i ? new Image() : image;
    const style = windowOn(panel, Number(holder.dataset.width));
    box.className = 'nn-panel';
    for (const [name, value] of Object.entries(style.panel)) box.style.setProperty(name, value);
    for (const [name, value] of Object.entries(style.image)) part.style.setProperty(name, value);
    if (i) part.alt = ''; // the first one speaks for all
    holder.append(box);
    box.append(part);
    return part;
  });
  const copy = () => {
    if (!narrow.matches) return;
    for (const part of images.slice(1)) part.src = image.src;
  };
  new MutationObserver(copy).observe(image, { attributes: true, attributeFilter: ['src'] });
  narrow.addEventListener('change', copy);
  holder.classList.add('nn-stack');
  copy();
};

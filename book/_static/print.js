/* Before a page is printed: what print.css cannot do. Afterwards everything is as it was. */

/** @type {(() => void)[]} what puts it back */
let undo = [];

addEventListener('beforeprint', () => {
  // What waits behind a prediction has no margins there.
  for (const cell of document.querySelectorAll('.nn-locked')) {
    const hidden = cell.getAttribute('hidden') ?? '';
    cell.classList.remove('nn-locked');
    cell.removeAttribute('hidden');
    undo.push(() => {
      cell.classList.add('nn-locked');
      cell.setAttribute('hidden', hidden);
    });
  }
  // The words under an explorer are of the picture that is shown.
  for (const said of document.querySelectorAll('.nn-said'))
    said.textContent = said.parentElement?.querySelector('img')?.alt ?? '';
  // A browser that does not know ::details-content shows what is open.
  for (const fold of document.querySelectorAll('details:not([open])')) {
    fold.toggleAttribute('open', true);
    undo.push(() => fold.toggleAttribute('open', false));
  }
});

addEventListener('afterprint', () => {
  for (const back of undo) back();
  undo = [];
});

/* Repairs of the theme for readers with a keyboard or a screen reader, and of what a visit long ago has left. */

/* MathJax's menu is off (_config.yml), because it asks for parts that this book does not ship, and then no formula is
   typeset. What was chosen while it was on would still be asked for, on every page, for good. */
try {
  localStorage.removeItem('MathJax-Menu-Settings');
} catch {
  // Where a browser stores nothing, nothing was left.
}

addEventListener('DOMContentLoaded', () => {
  const wide = matchMedia('(min-width: 992px)');
  for (const which of ['primary', 'secondary']) {
    const toggle = /** @type {HTMLElement | null} */ (document.querySelector(`.${which}-toggle`));
    const sidebar = document.getElementById(`pst-${which}-sidebar`);
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(`pst-${which}-sidebar-modal`));
    if (!toggle || !sidebar || !dialog) continue;

    /* On a phone a sidebar opens as a dialog. Beside the page the first one is there until it is hidden. */
    const tell = () => {
      const beside = which === 'primary' && wide.matches && !sidebar.classList.contains('pst-sidebar-hidden');
      toggle.setAttribute('aria-expanded', String(dialog.open || beside));
    };
    for (const element of [dialog, sidebar]) new MutationObserver(tell).observe(element, { attributes: true });
    wide.addEventListener('change', tell);
    tell();

    /* The theme takes the focus away from a button that is pressed, so that a closed dialog cannot give it back. */
    dialog.addEventListener('close', () => toggle.focus());
    document.addEventListener(
      'click',
      (event) => {
        if (event.detail || !toggle.contains(/** @type {Node} */ (event.target))) return; // pressed with a pointer
        setTimeout(() => document.activeElement === document.body && toggle.focus());
      },
      true,
    );
  }
});

/* "Wrong?" beside every question, numbered equation and explorer of a page. Where the book has a repository it leads to a
   new issue, which says what was meant, where, at which setting and in which version; elsewhere it copies the same text.
   The book's extension gives both to this script's own element (book/_ext/course.py). */

/**
 * What a report is about: its name; the page in the book, and its address if it has one that others can open; the place
 * on it; what the reader had set; the version.
 * @typedef {{ name: string, page: string, address?: string, place: string, setting: string[], version: string }} About
 */

/** The longest setting that a report tells: an address has to hold it, three times as long where it is no ASCII. */
const NN_MOST = 500;

/**
 * @param {About} about
 * @returns {{ title: string, body: string }}
 */
const nnReport = ({ name, page, address, place, setting, version }) => ({
  title: `Wrong? ${name}`,
  body: [
    'What is wrong, and what should it be?',
    '',
    '',
    '---',
    name,
    `Page: ${page}`,
    `Address: ${address ?? page}#${place}`,
    ...setting.map((line) => (line.length > NN_MOST ? `${line.slice(0, NN_MOST)} …` : line)),
    `Version: ${version}`,
  ].join('\n'),
});

/**
 * Where a new issue is written.
 * @param {string} repository such as https://github.com/owner/name
 * @param {{ title: string, body: string }} report
 */
const nnIssue = (repository, { title, body }) =>
  `${repository}/issues/new?title=${encodeURIComponent(title)}&body=${encodeURIComponent(body)}`;

{
  const { repository = '', version = '' } = /** @type {HTMLElement | null} */ (document.currentScript)?.dataset ?? {};

  /**
   * @param {string} name
   * @param {string} place
   * @param {string[]} setting
   */
  const reportOf = (name, place, setting) => {
    const root = new URL(document.documentElement.dataset.content_root ?? './', location.href).pathname;
    const page = location.pathname.startsWith(root) ? location.pathname.slice(root.length) : location.pathname;
    // A folder of the reader's is nobody's business.
    const address = location.protocol === 'file:' ? undefined : location.origin + location.pathname;
    return nnReport({ name, page: page || 'index.html', address, place, setting, version });
  };

  /** @param {() => ReturnType<typeof nnReport>} report */
  const linkTo = (report) => {
    const link = document.createElement('a');
    link.target = '_blank';
    link.rel = 'noopener';
    const aim = () => (link.href = nnIssue(repository, report()));
    aim();
    // What is set by then, whichever way the link is followed or copied.
    for (const way of ['pointerenter', 'pointerdown', 'focus', 'click']) link.addEventListener(way, aim);
    return [link];
  };

  /** @param {() => ReturnType<typeof nnReport>} report */
  const buttonFor = (report) => {
    const button = document.createElement('button');
    button.type = 'button';
    const said = document.createElement('span');
    said.setAttribute('role', 'status');
    const field = document.createElement('textarea');
    field.readOnly = true;
    field.rows = 4;
    field.setAttribute('aria-label', 'Report');
    const clear = () => {
      said.textContent = '';
      field.remove();
    };
    button.onclick = async () => {
      clear();
      const { title, body } = report();
      const text = `${title}\n\n${body}`;
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = 'Copied: what this is, and where. Paste it into a message to the authors.';
      } catch {
        said.textContent = 'Copy the selected text into a message to the authors.';
        field.value = text;
        said.after(field);
        field.select();
      }
    };
    const line = [button, said];
    for (const part of /** @type {HTMLElement[]} */ ([button, field])) {
      part.addEventListener('blur', (event) => {
        if (event.relatedTarget !== button && event.relatedTarget !== field) clear();
      });
      part.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape' || !said.textContent) return;
        button.focus();
        clear();
      });
    }
    return line;
  };

  /**
   * @param {string} name as an aid says it
   * @param {() => ReturnType<typeof nnReport>} report
   */
  const wrong = (name, report) => {
    const box = document.createElement('span');
    box.className = 'nn-wrong';
    box.append(...(repository ? linkTo(report) : buttonFor(report)));
    const [pressed] = box.children;
    pressed.className = 'nn-report';
    pressed.textContent = 'Wrong?';
    pressed.setAttribute('aria-label', `Wrong? ${repository ? 'Report' : 'Copy a report on'} ${name}`);
    return box;
  };

  /**
   * What a reader has chosen, typed or put in order.
   * @param {Element} root
   */
  const answerOf = (root) => {
    const given = [...root.querySelectorAll('form :is(input, select, .items > li)')].map((field) => {
      if (field instanceof HTMLSelectElement) return field.value;
      if (!(field instanceof HTMLInputElement)) return field.querySelector('span')?.textContent;
      if (field.type === 'text') return field.value;
      return field.checked ? field.closest('label')?.textContent : '';
    });
    const said = given.filter(Boolean);
    return said.length ? [`Answer: ${said.join(' | ')}`] : [];
  };

  /** @param {HTMLElement} root */
  const besideQuestion = (root) => {
    const id = root.id.replace(/^q-/, '');
    root.append(wrong(`question ${id}`, () => reportOf(`Question ${id}`, root.id, answerOf(root))));
  };

  /** @param {HTMLElement} root */
  const besideEquation = (root) => {
    const [number] = root.querySelector('.eqno')?.textContent?.match(/\([^)]*\)/) ?? [];
    if (!number) return;
    const label = root.id.replace(/^equation-/, '');
    let line = root.nextElementSibling;
    if (!line?.matches('.nn-sources')) {
      line = document.createElement('p');
      line.className = 'nn-sources';
      root.after(line);
    }
    line.append(wrong(`equation ${number}`, () => reportOf(`Equation ${number}, ${label}`, root.id, [])));
  };

  /** @param {HTMLElement} root */
  const besideExplorer = (root) => {
    const id = root.id.replace(/^x-/, '');
    const figure = root.closest('.cell_output')?.querySelector('.nn-figure-no')?.textContent?.toLowerCase();
    const name = `explorer ${id}${figure ? `, ${figure}` : ''}`;
    const knobs = () =>
      /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([
        ...root.querySelectorAll('.nn-knobs :is(input, select)'),
      ]);
    const report = () => {
      const place = new URLSearchParams([
        [
          `x.${id}`,
          knobs()
            .map(({ value }) => value)
            .join('.'),
        ],
      ]);
      const set = knobs().map((knob) => {
        const label = knob.closest('.r')?.querySelector('span')?.textContent;
        return `${label} ${knob instanceof HTMLSelectElement ? knob.selectedOptions[0]?.textContent : knob.ariaValueText}`;
      });
      const shown = root.querySelector('img')?.alt;
      return reportOf(`E${name.slice(1)}`, String(place), [`Setting: ${set.join(', ')}`, `Shown: ${shown}`]);
    };
    /* Beside the button that copies the address, as soon as there is one. */
    const join = () => {
      const line = root.querySelector(':scope > .link');
      line?.append(wrong(name, report));
      return Boolean(line);
    };
    if (join()) return;
    const made = new MutationObserver(() => join() && made.disconnect());
    made.observe(root, { childList: true });
  };

  addEventListener('DOMContentLoaded', () => {
    const all = (selector) => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`article ${selector}`));
    all('.nn-quiz').forEach(besideQuestion);
    all('div.math[id^="equation-"]').forEach(besideEquation);
    all('.nn-explore').forEach(besideExplorer);
  });
}

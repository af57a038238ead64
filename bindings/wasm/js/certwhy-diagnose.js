/**
 * `<certwhy-diagnose>`: drop a log, read what failed and what to do now. Works on any page; nothing leaves it.
 *
 *     <script type="module" src="certwhy/certwhy-diagnose.js"></script>
 *     <certwhy-diagnose facts="dcv.method=dns-01"></certwhy-diagnose>
 *
 * Attributes: `facts` (what is known beforehand, as `path=value`, separated by commas), `src` (a log of this site that is
 * diagnosed at once), `wasm` (where the engine stands, if not beside this file).
 * Event: `certwhy-answer`, whose `detail` is the answer.
 * Colours follow the reader's system, or the `color-scheme` of the page; `--certwhy-accent` sets the accent.
 */

import { open } from './certwhy.js';

const STYLE = `
:host { display: block; color-scheme: inherit; container-type: inline-size;
  --ink: light-dark(#1c2330, #e6e9ef); --soft: light-dark(#59616f, #a3acbb); --line: light-dark(#d5dae2, #3a4352);
  --ground: light-dark(#ffffff, #171b22); --raised: light-dark(#f5f7fa, #1f252e); --quote: light-dark(#eef1f6, #12161c);
  --accent: var(--certwhy-accent, light-dark(#0b57b7, #7db4ff)); --on-accent: light-dark(#ffffff, #0c1420);
  --bad: light-dark(#b3261e, #ff9b93); --good: light-dark(#18703a, #7ddc9c);
  --mark: light-dark(#ffe9a8, #5a4a12);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
section { background: var(--ground); border: 1px solid var(--line); border-radius: 12px; padding: clamp(14px, 4cqi, 24px); }
h2, h3, h4, p, ol, ul, dl, pre, figure, blockquote { margin: 0; }
h2 { font-size: 1.15rem; line-height: 1.3; text-wrap: balance; }
h3 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--soft); margin-top: 20px; }
.drop { display: grid; gap: 10px; justify-items: center; text-align: center; border: 2px dashed var(--line);
  border-radius: 10px; padding: 22px 14px; background: var(--raised); }
.drop.over { border-color: var(--accent); }
.soft { color: var(--soft); font-size: .9rem; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; justify-content: center; }
button { font: inherit; min-height: 44px; padding: 8px 18px; border-radius: 8px; border: 1px solid var(--line);
  background: var(--ground); color: inherit; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button:focus-visible, textarea:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.paste { display: grid; gap: 8px; margin-top: 12px; }
textarea { font: 13px/1.45 ui-monospace, monospace; width: 100%; min-height: 9em; padding: 10px; color: inherit;
  background: var(--quote); border: 1px solid var(--line); border-radius: 8px; resize: vertical; }
.paste .row { justify-content: flex-end; }
progress { width: 100%; height: 8px; accent-color: var(--accent); }
.busy { margin-top: 14px; display: grid; gap: 8px; }
.answer { margin-top: 10px; display: grid; gap: 14px; outline: none; }
[role=status]:not(:empty) { margin-top: 14px; }
.problem { color: var(--bad); margin-top: 14px; }
.cause { border: 1px solid var(--line); border-radius: 10px; padding: clamp(12px, 3.5cqi, 20px); overflow-wrap: anywhere; }
.cause > summary { cursor: pointer; font-weight: 600; }
.cause[open] > summary { margin-bottom: 10px; }
.sure { display: inline-block; font-size: .85rem; border-radius: 99px; padding: 1px 10px; background: var(--raised);
  border: 1px solid var(--line); font-weight: 400; margin-inline-start: 6px; white-space: nowrap; }
blockquote { margin-top: 8px; padding: 10px 12px; background: var(--quote); border-inline-start: 3px solid var(--accent);
  border-radius: 0 8px 8px 0; }
blockquote code, pre { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; border-radius: 2px; }
cite { display: block; margin-top: 6px; font-style: normal; font-size: .8rem; color: var(--soft); }
.steps { padding-inline-start: 1.5em; display: grid; gap: 12px; margin-top: 8px; }
.steps li::marker { color: var(--soft); font-weight: 600; }
.meta { color: var(--soft); font-size: .85rem; white-space: nowrap; }
.platform { color: var(--soft); font-size: .85rem; margin-top: 8px; }
.command { position: relative; margin-top: 6px; background: var(--quote); border-radius: 8px; padding: 8px 84px 8px 10px; min-height: 44px; }
.command button { position: absolute; inset-block-start: 4px; inset-inline-end: 4px; min-height: 36px; padding: 2px 12px; font-size: .8rem; }
.well { color: var(--good); }
.files { padding-inline-start: 1.2em; font-size: .9rem; overflow-wrap: anywhere; }
@container (max-width: 480px) { .command { padding-inline-end: 10px; padding-block-end: 44px; }
  .command button { inset-block: auto 4px; } }
@media (prefers-reduced-motion: no-preference) { .drop { transition: border-color .15s; } }
`;

/** Names of platforms. @type {Record<string, string>} */
const PLATFORMS = { linux: 'Linux', windows: 'Windows' };

/** One engine serves all elements of a page that take it from the same place. @type {Map<string, Promise<any>>} */
const engines = new Map();

/** @param {string} at */
function engine(at) {
  const known = engines.get(at);
  if (known) return known;
  const opened = open(at ? { wasm: new URL(at, document.baseURI) } : {});
  engines.set(at, opened);
  // A second try may succeed.
  opened.catch(() => engines.delete(at));
  return opened;
}

/**
 * An element with its text: never markup, whatever a log says.
 * @param {string} tag
 * @param {{class?: string, text?: string, [name: string]: any}} [attributes]
 * @param {...(Node | string | null)} children
 */
function el(tag, { class: name, text, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false) node.setAttribute(key, String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** @param {number} probability */
const percent = (probability) =>
  probability >= 0.995 ? 'above 99 %' : probability < 0.01 ? 'below 1 %' : `${Math.round(probability * 100)} %`;

/** @param {number} bytes */
const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

class CertwhyDiagnose extends HTMLElement {
  #root = this.attachShadow({ mode: 'open' });
  /** @type {AbortController | null} */
  #running = null;
  #built = false;

  connectedCallback() {
    if (this.#built) return;
    this.#built = true;
    // A sheet that is made here needs no 'unsafe-inline' for styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#build();
    const src = this.getAttribute('src');
    if (src) this.#fetch(src);
  }

  disconnectedCallback() {
    this.#running?.abort();
  }

  #build() {
    this.file = /** @type {HTMLInputElement} */ (el('input', { type: 'file', multiple: true, hidden: true }));
    this.file.addEventListener('change', () => {
      this.diagnose([...(this.file?.files ?? [])]);
      if (this.file) this.file.value = '';
    });
    this.area = /** @type {HTMLTextAreaElement} */ (
      el('textarea', { 'aria-label': 'Lines of a log', placeholder: 'Paste lines of a log here', spellcheck: 'false' })
    );
    this.area.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#pasted();
    });
    const paste = el('div', { class: 'paste', hidden: true }, this.area,
      el('div', { class: 'row' }, el('button', { class: 'main', type: 'button', text: 'Diagnose these lines', onclick: () => this.#pasted() })));
    const toggle = el('button', { type: 'button', text: 'Paste lines', 'aria-expanded': 'false', onclick: () => {
      paste.hidden = !paste.hidden;
      toggle.setAttribute('aria-expanded', String(!paste.hidden));
      if (!paste.hidden) this.area?.focus();
    } });
    const drop = el('div', { class: 'drop' },
      el('h2', { text: 'Why did my certificate automation fail?' }),
      el('div', { class: 'row' },
        el('button', { class: 'main', type: 'button', text: 'Choose log files', onclick: () => this.file?.click() }), toggle),
      el('p', { class: 'soft', text: 'or drop them here. They stay on this machine.' }), this.file);
    const section = el('section', { 'aria-label': 'Diagnosis of logs' }, drop, paste);
    section.addEventListener('dragover', (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
    section.addEventListener('dragleave', () => drop.classList.remove('over'));
    section.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) this.diagnose(files);
    });
    section.addEventListener('paste', (event) => {
      if (event.composedPath()[0] === this.area) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const text = event.clipboardData?.getData('text') ?? '';
      if (files.length) this.diagnose(files);
      else if (text.trim()) this.diagnose([new File([text], 'pasted lines')]);
    });
    this.bar = /** @type {HTMLProgressElement} */ (el('progress', { 'aria-label': 'Read so far' }));
    this.state = el('span', { class: 'soft' });
    this.busy = el('div', { class: 'busy', hidden: true }, this.bar, el('div', { class: 'row' }, this.state,
      el('button', { type: 'button', text: 'Stop', onclick: () => this.#running?.abort() })));
    this.problem = el('p', { class: 'problem', role: 'alert', hidden: true });
    this.said = el('p', { class: 'soft', role: 'status' });
    this.answer = el('div', { class: 'answer', tabindex: '-1', hidden: true });
    section.append(this.busy, this.problem, this.said, this.answer);
    this.#root.append(section);
  }

  #pasted() {
    const text = this.area?.value ?? '';
    if (text.trim()) this.diagnose([new File([text], 'pasted lines')]);
    else this.area?.focus();
  }

  /** @param {string} src */
  async #fetch(src) {
    try {
      const response = await fetch(new URL(src, document.baseURI));
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      const name = decodeURIComponent(new URL(src, document.baseURI).pathname.split('/').pop() || src);
      await this.diagnose([new File([await response.blob()], name)]);
    } catch (error) {
      this.#fail(new Error(`${src} cannot be loaded: ${/** @type {Error} */ (error).message}`));
    }
  }

  /** What is known beforehand. */
  get facts() {
    return (this.getAttribute('facts') ?? '').split(/[,\n]/).map((fact) => fact.trim()).filter(Boolean);
  }

  /**
   * Diagnoses files; the answer is shown, and told by the event `certwhy-answer`.
   * @param {File[]} files
   */
  async diagnose(files) {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const { busy, bar, state, problem, said, answer } = /** @type {any} */ (this);
    problem.hidden = answer.hidden = true;
    busy.hidden = false;
    bar.removeAttribute('value');
    said.textContent = '';
    state.textContent = 'Loading the rules…';
    try {
      const certwhy = await engine(this.getAttribute('wasm') ?? '');
      running.signal.throwIfAborted();
      state.textContent = 'Reading…';
      const found = await certwhy.diagnose({ inputs: files.map((blob) => ({ name: blob.name, blob })), facts: this.facts }, {
        signal: running.signal,
        onProgress: (/** @type {number} */ read, /** @type {number} */ total) => {
          bar.max = Math.max(total, 1);
          bar.value = read;
          state.textContent = `${size(read)} of ${size(total)}`;
        },
        onPartial: (/** @type {any} */ partial) => {
          const first = partial.causes[0];
          if (first) said.textContent = `So far: ${first.title} (${percent(first.probability)})`;
        },
      });
      this.#show(found);
      this.dispatchEvent(new CustomEvent('certwhy-answer', { detail: found, bubbles: true, composed: true }));
    } catch (error) {
      if (this.#running === running) this.#fail(/** @type {Error} */ (error));
    } finally {
      if (this.#running === running) busy.hidden = true;
    }
  }

  /** @param {Error} error */
  #fail(error) {
    const { problem, said } = /** @type {any} */ (this);
    said.textContent = error.name === 'AbortError' ? 'Stopped.' : '';
    problem.textContent = error.message;
    problem.hidden = error.name === 'AbortError';
  }

  /** @param {any} found */
  #show(found) {
    const { answer, said } = /** @type {any} */ (this);
    const count = found.causes.length;
    said.textContent = count === 0 ? '' : `${count === 1 ? 'One likely cause' : `${count} possible causes`} found.`;
    const skipped = found.inputs.filter((/** @type {any} */ input) => input.notes.length > 0);
    answer.replaceChildren(
      ...(count > 0 ? found.causes.map((/** @type {any} */ one, /** @type {number} */ place) => cause(one, place, count)) : nothing(found)),
      ...(skipped.length === 0 ? [] : [el('div', {}, el('h3', { text: 'About the files' }), el('ul', { class: 'files' },
        ...skipped.map((/** @type {any} */ input) => el('li', { text: `${input.name}: ${input.notes.join('; ')}` }))))]),
    );
    answer.hidden = false;
    answer.focus({ preventScroll: true });
  }
}

/**
 * @param {any} found
 * @returns {HTMLElement[]}
 */
function nothing(found) {
  const read = found.inputs.some((/** @type {any} */ input) => input.kind !== 'skipped');
  const out = [el('p', read ? { class: 'well', text: 'No known cause was found.' } : { class: 'problem', text: 'Nothing here could be read.' })];
  if (found.unexplained.length > 0) {
    out.push(el('h3', { text: 'Failures that no rule knows' }));
    for (const odd of found.unexplained.slice(0, 5)) out.push(quote(odd));
  }
  return out;
}

/**
 * @param {any} one
 * @param {number} place
 * @param {number} count
 */
function cause(one, place, count) {
  const commands = platforms(one.fix.steps.concat(one.fix.verify));
  const steps = (/** @type {any[]} */ list) => el('ol', { class: 'steps' }, ...list.map((step) => line(step, commands)));
  return el('details', { class: 'cause', open: place === 0 },
    el('summary', {}, count > 1 ? `${place + 1}. ${one.title}` : one.title, el('span', { class: 'sure', text: `${one.confidence}, ${percent(one.probability)}` })),
    el('p', { text: one.summary }),
    one.evidence.length > 0 ? el('h3', { text: 'What shows it' }) : null,
    ...one.evidence.slice(0, 4).map(quote),
    el('h3', { text: 'What to do now' }), steps(one.fix.steps),
    el('h3', { text: 'How to know that it worked' }), steps(one.fix.verify));
}

/** @param {any} seen */
function quote(seen) {
  const where = [seen.line ? `${seen.file}:${seen.line}` : seen.file, seen.time, seen.count > 1 ? `${seen.count} times` : '']
    .filter(Boolean).join(' · ');
  return el('blockquote', {}, el('code', {}, ...marked(seen)), el('cite', { text: where }));
}

/**
 * @param {any} seen
 * @returns {(Node | string)[]}
 */
function marked({ excerpt, marked: part }) {
  if (!part) return [excerpt];
  // Counted in characters, as people count.
  const all = [...excerpt];
  const piece = (/** @type {number} */ from, /** @type {number} */ to) => all.slice(from, to).join('');
  return [piece(0, part.start), el('mark', { text: piece(part.start, part.end) }), piece(part.end, all.length)];
}

/** @param {any[]} steps */
function platforms(steps) {
  const all = new Set(steps.flatMap((step) => Object.keys(step.commands)));
  all.delete('any');
  return all.size > 1;
}

/**
 * @param {any} step
 * @param {boolean} several whether commands are for several platforms
 */
function line(step, several) {
  const item = el('li', {}, `${step.do} `, el('span', { class: 'meta', text: `${step.minutes} min · ${step.risk}` }));
  for (const [platform, commands] of Object.entries(step.commands)) {
    if (several && platform !== 'any') item.append(el('div', { class: 'platform', text: PLATFORMS[platform] ?? platform }));
    const text = [commands].flat().join('\n');
    const copy = el('button', { type: 'button', text: 'Copy', 'aria-label': `Copy: ${text}`, onclick: async () => {
      await navigator.clipboard.writeText(text).then(() => (copy.textContent = 'Copied'), () => (copy.textContent = 'Select it'));
      setTimeout(() => (copy.textContent = 'Copy'), 2000);
    } });
    item.append(el('div', { class: 'command' }, el('pre', { text }), copy));
  }
  return item;
}

if (!customElements.get('certwhy-diagnose')) customElements.define('certwhy-diagnose', CertwhyDiagnose);

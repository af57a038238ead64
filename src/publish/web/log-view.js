/** The log, of which only the lines in sight are in the page, with the lines that are evidence marked. */

import { h, show } from './dom.js';
import { LogSource } from './log-source.js';
import { say } from './say.js';
import { count, printable, size } from './words.js';

/** @import {Log} from './contract.js' */

/** @typedef {{line: number, title: string, decided: string}} Finding a line (from 1) that is evidence, and the part of it that decided */

/** Height of a line in pixels, as in app.css. */
const ROW = 20;
/** Browsers have no taller elements than about 16 million pixels: the scroll bar of longer logs covers several lines a pixel. */
const TALLEST = 8_000_000;

export class LogView {
  /** @type {Log[]} */
  #logs = [];
  /** @type {Map<string, Finding[]>} */
  #findings = new Map();
  /** @type {Map<string, Promise<LogSource>>} */
  #sources = new Map();
  /** @type {LogSource | null} */
  #source = null;
  /** Line (from 1) that was asked for. */
  #current = 0;
  #drawing = false;

  /** @param {() => void} back what leads back to where a jump began */
  constructor(back) {
    this.files = /** @type {HTMLSelectElement} */ (
      h('select', { id: 'log-file', onchange: () => this.open(this.files.value, 0) })
    );
    this.number = /** @type {HTMLInputElement} */ (
      h('input', { id: 'log-line', type: 'text', inputmode: 'numeric', autocomplete: 'off', size: 9 })
    );
    this.told = h('p.log-told', { role: 'status' });
    this.rows = h('div.log-rows');
    this.spacer = h('div.log-spacer', null, this.rows);
    this.viewport = h(
      'div.log-viewport',
      { tabindex: 0, role: 'region', 'aria-label': 'Lines of the log', onscroll: () => this.#soon() },
      this.spacer,
    );
    const go = (/** @type {Event} */ event) => {
      event.preventDefault();
      const line = Number.parseInt(this.number.value.replace(/\D/g, ''), 10);
      if (line > 0) this.jump(this.files.value, line);
    };
    this.element = h(
      'div.log',
      null,
      h(
        'form.log-bar',
        { onsubmit: go },
        h('label', { for: 'log-file' }, 'Log'),
        this.files,
        h('label', { for: 'log-line' }, 'Line'),
        this.number,
        h('button', { type: 'submit' }, 'Go'),
        h('button', { type: 'button', onclick: () => this.step(-1) }, 'Previous evidence'),
        h('button', { type: 'button', onclick: () => this.step(1) }, 'Next evidence'),
        h('button', { type: 'button', onclick: back }, 'Back to the cause'),
      ),
      this.told,
      this.viewport,
    );
    new ResizeObserver(() => this.#soon()).observe(this.viewport);
  }

  /**
   * Takes the logs, and what was found in them.
   * @param {Log[]} logs
   * @param {Map<string, Finding[]>} findings by name of the log, in the order of lines
   */
  set(logs, findings) {
    const same = logs.length === this.#logs.length && logs.every((log, ix) => log.blob === this.#logs[ix].blob);
    this.#findings = findings;
    if (!same) {
      this.#logs = logs;
      this.#sources.clear();
      this.#source = null;
      this.#current = 0;
      show(this.files, logs.map(({ name }) => h('option', { value: name }, printable(name))));
      show(this.rows);
    }
    this.#soon();
  }

  /**
   * Whether a log of this name can be looked at.
   * @param {string} name
   */
  has(name) {
    return this.#logs.some((log) => log.name === name);
  }

  /** Shows the first log, where none is shown yet. */
  async appear() {
    if (!this.#source && this.#logs.length > 0) await this.open(this.#logs[0].name, 0);
    this.#draw();
  }

  /**
   * Shows a line and puts the focus on the log.
   * @param {string} name
   * @param {number} line from 1
   */
  async jump(name, line) {
    await this.open(name, line);
    await this.#source?.line(line - 1);
    this.#draw();
    // What decided may stand far to the right.
    const decided = this.rows.querySelector('.current mark');
    if (decided instanceof HTMLElement) {
      const right = decided.offsetLeft + Math.min(decided.offsetWidth, 200);
      if (right > this.viewport.clientWidth) this.viewport.scrollLeft = decided.offsetLeft - 100;
    }
    this.viewport.focus({ preventScroll: true });
  }

  /**
   * To the evidence before or after the current line.
   * @param {1 | -1} direction
   */
  step(direction) {
    const lines = (this.#findings.get(this.files.value) ?? []).map(({ line }) => line);
    const next = direction > 0 ? lines.find((line) => line > this.#current) : lines.findLast((line) => line < this.#current);
    if (next) this.jump(this.files.value, next);
    else say(direction > 0 ? 'No evidence further down in this log.' : 'No evidence further up in this log.');
  }

  /**
   * @param {string} name
   * @param {number} line from 1; 0 for the beginning
   */
  async open(name, line) {
    const log = this.#logs.find((log) => log.name === name);
    if (!log) return;
    this.files.value = name;
    this.#current = line;
    let opened = this.#sources.get(name);
    if (!opened) {
      const progress = (/** @type {number} */ bytes) =>
        this.#tell(`Finding the lines: ${size(bytes)} of ${size(log.blob.size)}`);
      opened = LogSource.open(log, progress);
      this.#sources.set(name, opened);
    }
    try {
      this.#source = await opened;
    } catch (error) {
      this.#source = null;
      show(this.rows);
      const why = error instanceof Error ? error.message : String(error);
      this.#tell(`This file cannot be shown line by line. ${why} The lines that matter are quoted with the causes.`);
      return;
    }
    const found = this.#findings.get(name)?.length ?? 0;
    const lines = count(this.#source.lines, 'line');
    this.#tell(`${lines}, ${size(log.blob.size)}${found > 0 ? `; ${count(found, 'line')} of evidence` : ''}`);
    const height = Math.min(this.#source.lines * ROW, TALLEST);
    this.spacer.style.height = `${height}px`;
    if (line > 0) {
      const { view, visible } = this.#measure();
      const first = Math.max(0, Math.min(line - 1 - Math.floor(visible / 2), this.#source.lines - visible));
      const scaled = this.#source.lines * ROW > TALLEST;
      this.viewport.scrollTop = scaled ? (first / (this.#source.lines - visible)) * (height - view) : first * ROW;
      this.viewport.scrollLeft = 0;
      this.number.value = String(line);
      if (line > this.#source.lines) this.#tell(`This log has only ${lines}.`);
    } else {
      this.viewport.scrollTop = 0;
    }
    this.#draw();
  }

  /** @param {string} text */
  #tell(text) {
    if (this.told.textContent !== text) this.told.textContent = text;
  }

  #measure() {
    const view = this.viewport.clientHeight || 400;
    return { view, visible: Math.max(1, Math.floor(view / ROW)) };
  }

  #soon() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    const source = this.#source;
    if (!source || this.viewport.clientHeight === 0) return;
    const { view, visible } = this.#measure();
    const top = this.viewport.scrollTop;
    const scaled = source.lines * ROW > TALLEST;
    const share = scaled ? top / Math.max(1, TALLEST - view) : 0;
    const first = Math.max(0, scaled ? Math.round(share * (source.lines - visible)) : Math.floor(top / ROW));
    this.rows.style.transform = `translateY(${scaled ? Math.min(top, TALLEST - view) : first * ROW}px)`;
    const found = new Map((this.#findings.get(source.name) ?? []).map((finding) => [finding.line, finding]));
    const rows = [];
    for (let line = first; line < Math.min(source.lines, first + visible + 1); line += 1) {
      const text = source.line(line);
      if (typeof text !== 'string') text.then(() => this.#soon());
      rows.push(this.#row(line + 1, typeof text === 'string' ? text : '…', found.get(line + 1)));
    }
    this.rows.replaceChildren(...rows);
  }

  /**
   * @param {number} number from 1
   * @param {string} text
   * @param {Finding | undefined} finding
   */
  #row(number, text, finding) {
    const row = h('div.log-row', null, h('span.log-number', null, number));
    if (finding) row.classList.add('found');
    if (number === this.#current) row.classList.add('current');
    const at = finding?.decided ? text.indexOf(finding.decided) : -1;
    const parts = finding && at >= 0
      ? [printable(text.slice(0, at)), h('mark', null, printable(finding.decided)), printable(text.slice(at + finding.decided.length))]
      : [printable(text)];
    row.append(h('span.log-text', null, parts, finding && h('span.log-why', null, `evidence: ${finding.title}`)));
    return row;
  }
}

/** The result: the verdict on top, tabs below it, and the questions beside them. */

import { causeCard } from './cause.js';
import { at, h, show } from './dom.js';
import { reasoning } from './graph.js';
import * as lists from './lists.js';
import { LogView } from './log-view.js';
import { say } from './say.js';
import { setting } from './settings.js';
import { count, looked } from './words.js';

/** @import {Answer, Log} from './contract.js' */
/** @import {Finding} from './log-view.js' */
/** @import {View} from './cause.js' */

/** @typedef {'causes' | 'reasoning' | 'subjects' | 'over' | 'unknown' | 'inputs' | 'log'} TabName */
/** @typedef {{name: TabName, label: string, fill: () => any}} Tab */

/**
 * @typedef {object} Actions what the buttons of a result do
 * @property {() => void} copyMarkdown
 * @property {() => void} copyTicket
 * @property {() => void} saveReport
 * @property {() => void} saveJson
 * @property {(platform: 'linux' | 'windows') => void} choose
 */

export class ResultView {
  #actions;
  #log = new LogView(() => this.back());
  /** @type {Tab[]} */
  #tabs = [];
  /** @type {TabName} */
  #current = 'causes';
  /** Where a jump into the log began. @type {{tab: TabName, label: string | null} | null} */
  #origin = null;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.element = at('result');
    this.tablist = h('div.tablist', { role: 'tablist', 'aria-label': 'Parts of the result', onkeydown: (/** @type {KeyboardEvent} */ e) => this.#arrow(e) });
    this.panel = h('div.panel', { role: 'tabpanel', id: 'panel', tabindex: -1 });
    this.verdict = h('div');
    this.moved = h('div', { tabindex: -1, id: 'moved' });
    this.aside = h('aside', { 'aria-labelledby': 'ask-head' });
    show(this.element, this.verdict, this.moved, h('div.columns', null, h('div.card.main', null, this.tablist, this.panel), this.aside));
  }

  /**
   * Shows an answer.
   * @param {Answer} answer
   * @param {{logs: Log[], running: boolean, saved: boolean, fresh: boolean}} about `running`: more is being read;
   *   `saved`: it comes out of a file; `fresh`: it is another one and begins at its first tab
   */
  show(answer, about) {
    const findings = found(answer, about.logs);
    this.#log.set(about.logs, findings);
    /** @type {View} */
    const view = {
      live: true,
      platform: setting('platform'),
      hasLog: (file) => this.#log.has(file),
      jump: (file, line) => this.jump(file, line),
      choose: this.#actions.choose,
    };
    show(this.verdict, this.#verdict(answer, about));
    this.#tabs = tabs(answer, view, about.logs.length > 0 ? this.#log : null);
    const kept = this.#tabs.some(({ name }) => name === this.#current);
    if (about.fresh || !kept) this.#current = this.#tabs[0].name;
    this.#fill();
    this.element.hidden = false;
  }

  hide() {
    this.element.hidden = true;
  }

  /** Puts the focus on the verdict. */
  focus() {
    at('result-head').focus();
  }

  /**
   * @param {Answer} answer
   * @param {{running: boolean, saved: boolean}} about
   */
  #verdict(answer, { running, saved }) {
    const { kind, title, text } = lists.verdict(answer);
    const actions = this.#actions;
    return h(
      'div.card',
      { class: `card verdict verdict-${kind}` },
      running && h('p.banner', null, 'So far: logs are still being read, and this may change.'),
      saved && h('p.banner', null, 'A saved diagnosis. The logs themselves are not in it, so it cannot be asked further.'),
      !running && answer.partial && h('p.banner', null, 'Interrupted: this is the diagnosis of what was read so far.'),
      h('h2', { id: 'result-head', tabindex: -1 }, title),
      h('p.verdict-text', null, kind === 'found' ? [h('strong', null, text), ` (${looked(answer.inputs)})`] : `${text} (${looked(answer.inputs)})`),
      lists.symptoms(answer),
      !running &&
        h(
          'div.buttons',
          null,
          h('button', { type: 'button', onclick: actions.copyMarkdown }, 'Copy as Markdown'),
          h('button', { type: 'button', onclick: actions.copyTicket }, 'Copy for a ticket'),
          h('button', { type: 'button', onclick: actions.saveReport }, 'Save as a page'),
          h('button', { type: 'button', onclick: actions.saveJson }, 'Save as JSON'),
          h('button', { type: 'button', onclick: () => print() }, 'Print'),
        ),
    );
  }

  /** Shows the tabs and the current one. */
  #fill() {
    show(
      this.tablist,
      this.#tabs.map(({ name, label }) =>
        h(
          'button',
          {
            type: 'button',
            role: 'tab',
            id: `tab-${name}`,
            'aria-selected': String(name === this.#current),
            'aria-controls': 'panel',
            tabindex: name === this.#current ? 0 : -1,
            onclick: () => this.open(name),
          },
          label,
        ),
      ),
    );
    this.panel.setAttribute('aria-labelledby', `tab-${this.#current}`);
    show(this.panel, this.#tabs.find(({ name }) => name === this.#current)?.fill());
    if (this.#current === 'log') this.#log.appear();
  }

  /** @param {TabName} name */
  open(name) {
    if (!this.#tabs.some((tab) => tab.name === name)) return;
    this.#current = name;
    this.#fill();
    document.getElementById(`tab-${name}`)?.focus();
  }

  /**
   * Opens the n-th tab.
   * @param {number} n from 1
   */
  openNumber(n) {
    const tab = this.#tabs[n - 1];
    if (tab && !this.element.hidden) this.open(tab.name);
  }

  /** @param {KeyboardEvent} event */
  #arrow(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const at = this.#tabs.findIndex(({ name }) => name === this.#current);
    const all = this.#tabs.length;
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? all - 1 : step ? (at + step + all) % all : -1;
    if (next < 0) return;
    event.preventDefault();
    this.open(this.#tabs[next].name);
  }

  /**
   * From one cause to the next.
   * @param {1 | -1} step
   */
  nextCause(step) {
    if (this.element.hidden) return;
    if (this.#current !== 'causes') this.open('causes');
    const causes = [...this.panel.querySelectorAll('details.cause')];
    const here = causes.findIndex((cause) => cause.contains(document.activeElement));
    const next = causes[here < 0 ? 0 : Math.max(0, Math.min(causes.length - 1, here + step))];
    if (!(next instanceof HTMLDetailsElement)) return;
    next.open = true;
    next.querySelector('summary')?.focus();
    next.scrollIntoView({ block: 'nearest' });
  }

  /** @param {1 | -1} step */
  nextEvidence(step) {
    if (this.element.hidden || !this.#tabs.some(({ name }) => name === 'log')) return;
    if (this.#current !== 'log') this.open('log');
    this.#log.step(step);
  }

  /**
   * Shows a line of a log.
   * @param {string} file
   * @param {number} line
   */
  async jump(file, line) {
    const from = document.activeElement;
    this.#origin = { tab: this.#current, label: from?.getAttribute('aria-label') ?? from?.textContent ?? null };
    this.#current = 'log';
    this.#fill();
    await this.#log.jump(file, line);
    this.#log.viewport.scrollIntoView({ block: 'nearest' });
    say(`Line ${line} of ${file}`, false);
  }

  /** From the log to where the jump began; returns whether there was a way back. */
  back() {
    if (this.#current !== 'log' || this.element.hidden) return false;
    const origin = this.#origin ?? { tab: /** @type {TabName} */ ('causes'), label: null };
    this.#origin = null;
    this.open(this.#tabs.some(({ name }) => name === origin.tab) ? origin.tab : this.#tabs[0].name);
    const buttons = [...this.panel.querySelectorAll('button.link')];
    const label = (/** @type {Element} */ button) => button.getAttribute('aria-label') ?? button.textContent;
    const button = buttons.find((button) => label(button) === origin.label);
    if (button instanceof HTMLElement) button.focus();
    return true;
  }
}

/**
 * The tabs that have something in them.
 * @param {Answer} answer
 * @param {View} view
 * @param {LogView | null} log
 * @returns {Tab[]}
 */
function tabs(answer, view, log) {
  const { causes, incidents, history, unexplained, inputs } = answer;
  const skipped = inputs.filter((input) => input.kind === 'skipped').length;
  const inputsLabel = skipped > 0 ? `Inputs (${skipped} not used)` : `Inputs (${inputs.length})`;
  /** @type {(Tab | false)[]} */
  const all = [
    causes.length > 0 && { name: 'causes', label: `Causes (${causes.length})`, fill: () => causes.map((cause, ix) => causeCard(cause, ix, view)) },
    causes.length > 0 && { name: 'reasoning', label: 'Reasoning', fill: () => reasoning(answer) },
    incidents.length > 1 && { name: 'subjects', label: `By subject (${incidents.length})`, fill: () => lists.incidents(answer, view) },
    unexplained.length > 0 && { name: 'unknown', label: `Unknown records (${unexplained.length})`, fill: () => lists.unexplained(answer, view) },
    history.length > 0 && { name: 'over', label: `Over (${history.length})`, fill: () => lists.past(answer, view) },
    { name: 'inputs', label: inputsLabel, fill: () => lists.inputs(answer) },
    log !== null && { name: 'log', label: 'Log', fill: () => log.element },
  ];
  return all.filter((tab) => tab !== false);
}

/**
 * The lines that are evidence, by log. Where one log was handed in under another name than the answer uses, there are none.
 * @param {Answer} answer
 * @param {Log[]} logs
 * @returns {Map<string, Finding[]>}
 */
function found(answer, logs) {
  /** @type {Map<string, Map<number, Finding>>} */
  const all = new Map(logs.map(({ name }) => [name, new Map()]));
  for (const cause of answer.causes) {
    for (const { file, line, title, excerpt, marked } of cause.evidence) {
      const lines = all.get(file);
      if (!lines || line === null || lines.has(line)) continue;
      const decided = marked ? [...excerpt].slice(marked.start, marked.end).join('') : '';
      lines.set(line, { line, title, decided: decided.split('\n')[0] });
    }
  }
  return new Map([...all].map(([name, lines]) => [name, [...lines.values()].sort((a, b) => a.line - b.line)]));
}

/**
 * How far it has come, in words.
 * @param {Answer} answer
 */
export function spoken(answer) {
  const { kind, title, text } = lists.verdict(answer);
  const others = answer.causes.length - 1;
  const more = kind === 'found' && others > 0 ? `, and ${count(others, 'less likely cause')}` : '';
  return kind === 'found' ? `${title}: ${text}${more}.` : `${title}. ${text}`;
}

/** One cause: how sure, the proof, what to do, how to know that it worked. */

import { copyButton } from './copy.js';
import { h, svg } from './dom.js';
import { count, marked, moment, percent, place, platform, printable, risk } from './words.js';

/** @import {Cause, Evidence, Step} from './contract.js' */

/**
 * @typedef {object} View how a result is shown
 * @property {boolean} live false in a saved report: no buttons, everything open, commands of all platforms
 * @property {'linux' | 'windows'} platform
 * @property {(file: string) => boolean} hasLog whether the log can be looked at
 * @property {(file: string, line: number) => void} jump
 * @property {(platform: 'linux' | 'windows') => void} choose
 */

/** Pieces of evidence that are shown at once. */
const QUOTED = 4;

/**
 * @param {Cause} cause
 * @param {number} ix its rank, from 0
 * @param {View} view
 */
export function causeCard(cause, ix, view) {
  const open = !view.live || ix === 0;
  return h(
    'details.cause',
    { open, id: `cause-${ix + 1}`, 'data-cause': cause.id },
    h(
      'summary',
      null,
      h('h3', null, `${ix + 1}. ${printable(cause.title)}`),
      sureness(cause.probability, cause.confidence),
    ),
    h('p.summary', null, printable(cause.summary)),
    h('h4', null, 'Why'),
    proof(cause, view),
    cause.fix.steps.length > 0 && [
      h('div.row', null, h('h4', null, 'What to do now'), view.live && platforms(cause, ix, view)),
      steps(cause.fix.steps, view),
    ],
    cause.fix.verify.length > 0 && [h('h4', null, 'How to know that it worked'), steps(cause.fix.verify, view)],
    cause.against.length > 0 && [
      h('h4', null, 'What speaks against it'),
      h('ul', null, cause.against.map(({ reason }) => h('li', null, printable(reason)))),
    ],
    cause.looks_like.length > 0 && [
      h('h4', null, 'Easily confused with'),
      h('ul', null, cause.looks_like.map((other) => h('li', null, named(other, view), `: ${printable(other.tell)}`))),
    ],
    numbers(cause),
    h(
      'p.more',
      null,
      view.live &&
        h('a', { href: `#explain/${cause.id}` }, 'Read the article about this cause'),
      h('code.id', null, cause.id),
    ),
  );
}

/**
 * How sure, in words, as a number and as a bar.
 * @param {number} probability
 * @param {string} confidence
 */
export function sureness(probability, confidence) {
  const width = Math.max(2, Math.round(probability * 100));
  return h(
    'span.sure',
    null,
    svg(
      'svg.bar',
      { viewBox: '0 0 100 8', width: 100, height: 8, 'aria-hidden': 'true', preserveAspectRatio: 'none' },
      svg('rect.bar-all', { width: 100, height: 8, rx: 4 }),
      svg('rect.bar-part', { width, height: 8, rx: 4 }),
    ),
    h('span', null, h('strong', null, confidence), ` (${percent(probability)})`),
  );
}

/**
 * @param {{id: string, title?: string}} other
 * @param {View} view
 */
function named(other, view) {
  const title = other.title ? printable(other.title) : other.id;
  return view.live ? h('a', { href: `#explain/${other.id}` }, title) : h('strong', null, title);
}

/**
 * @param {Cause} cause
 * @param {View} view
 */
function proof(cause, view) {
  const first = view.live ? cause.evidence.slice(0, QUOTED) : cause.evidence;
  const rest = cause.evidence.slice(first.length);
  return [
    first.map((piece) => quote(piece, view)),
    rest.length > 0 &&
      h('details.rest', null, h('summary', null, `${rest.length} more`), rest.map((piece) => quote(piece, view))),
  ];
}

/**
 * A piece of evidence with the record that it stands in.
 * @param {Evidence} evidence
 * @param {View} view
 */
function quote(evidence, view) {
  const { file, line } = evidence;
  const [before, decided, after] = marked(evidence);
  const where = file === '--fact' ? 'a fact that you gave' : printable(place(file, line));
  const jumps = view.live && line !== null && view.hasLog(file);
  const values = Object.entries(evidence.values);
  return h(
    'figure.evidence',
    null,
    h(
      'figcaption',
      null,
      h('strong', null, printable(evidence.title)),
      h('span.tag', null, `speaks for it ${evidence.strength}`),
      evidence.count > 1 && h('span.tag', null, `${evidence.count} times`),
    ),
    h('pre', null, h('code', null, before, decided && h('mark', null, decided), after)),
    h(
      'p.where',
      null,
      jumps
        ? h('button.link', { type: 'button', onclick: () => view.jump(file, line), 'aria-label': `Jump to ${where} in the log` }, where)
        : h('span', null, where),
      evidence.time && h('span', null, moment(evidence.time)),
      values.length > 0 && h('span', null, values.map(([name, value]) => `${name} = ${printable(value)}`).join(', ')),
    ),
  );
}

/**
 * @param {Step[]} list
 * @param {View} view
 */
function steps(list, view) {
  return h('ol.steps', null, list.map((step) => h(
    'li',
    null,
    h('p', null, printable(step.do), ' ', h('span.cost', null, cost(step))),
    commands(step, view),
  )));
}

/** @param {Step} step */
function cost(step) {
  return `${count(step.minutes, 'minute')}, ${risk(step.risk)}`;
}

/**
 * The commands of the platform in question; those of another one where it has none.
 * @param {Step} step
 * @param {View} view
 */
function commands(step, view) {
  const entries = Object.entries(step.commands).filter(([, list]) => list.length > 0);
  const fitting = entries.filter(([name]) => name === view.platform || name === 'any');
  const chosen = view.live && fitting.length > 0 ? fitting : entries;
  // What was chosen needs no label.
  const label = (/** @type {string} */ name) => name !== 'any' && !(view.live && name === view.platform);
  return chosen.map(([name, list]) =>
    h(
      'div.commands',
      null,
      label(name) && h('span.platform', null, platform(name)),
      list.map((command) =>
        h(
          'div.command',
          null,
          h('pre', null, h('code', null, printable(command))),
          view.live && copyButton(() => command, 'Command', `Copy command: ${printable(command)}`),
        ),
      ),
    ),
  );
}

/**
 * @param {Cause} cause
 * @param {number} ix
 * @param {View} view
 */
function platforms(cause, ix, view) {
  const has = (/** @type {string} */ name) => cause.fix.steps.some((step) => (step.commands[name] ?? []).length > 0);
  if (!has('linux') || !has('windows')) return null;
  /** @type {('linux' | 'windows')[]} */
  const names = ['linux', 'windows'];
  return h(
    'fieldset.switch',
    null,
    h('legend.away', null, 'Commands for'),
    names.map((name) =>
      h(
        'label',
        null,
        h('input', {
          type: 'radio',
          name: `platform-${ix}`,
          value: name,
          checked: view.platform === name,
          onchange: () => view.choose(name),
        }),
        h('span', null, platform(name)),
      ),
    ),
  );
}

/**
 * What each piece of evidence does to the odds.
 * @param {Cause} cause
 */
function numbers(cause) {
  const row = (/** @type {number} */ db, /** @type {string} */ what) =>
    h('tr', null, h('td.number', null, `${db > 0 ? '+' : ''}${db.toFixed(1)}`), h('td', null, printable(what)));
  return h(
    'details.numbers',
    null,
    h('summary', null, 'In numbers'),
    h(
      'table',
      null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Decibans'), h('th', { scope: 'col' }, 'What'))),
      h(
        'tbody',
        null,
        row(cause.prior_db, 'before any evidence'),
        cause.evidence.map((piece) => row(piece.weight_db, `${piece.title} (${piece.signal})`)),
        cause.against.map((piece) => row(piece.weight_db, `${piece.reason} (${piece.signal})`)),
        row(cause.odds_db, `in the end, ${percent(cause.probability)}`),
      ),
    ),
    h('p.note', null, '+10 makes it ten times as likely, -10 a tenth. A figure is what the answer would lose without that piece; pieces that say the same need not add up.'),
  );
}

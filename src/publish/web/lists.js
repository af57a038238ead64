/** The rest of an answer: by subject, what is over, what no rule knows, what was handed in. */

import { sureness } from './cause.js';
import { h } from './dom.js';
import { count, moment, period, place, printable } from './words.js';

/** @import {Answer} from './contract.js' */
/** @import {View} from './cause.js' */

/**
 * A place in a log, as a button where the log can be looked at.
 * @param {string} file
 * @param {number | null} line
 * @param {View} view
 */
function link(file, line, view) {
  const text = printable(place(file, line));
  if (!view.live || line === null || !view.hasLog(file)) return h('span', null, text);
  return h('button.link', { type: 'button', onclick: () => view.jump(file, line) }, text);
}

/**
 * `file:line` apart; the line is what stands after the last colon.
 * @param {string} proof
 * @returns {[string, number | null]}
 */
function apart(proof) {
  const found = /^(.*):(\d+)$/s.exec(proof);
  return found ? [found[1], Number(found[2])] : [proof, null];
}

/**
 * @param {Answer} answer
 * @param {View} view
 */
export function incidents(answer, view) {
  const rows = answer.incidents.map((incident) => {
    const causes = incident.causes.filter((cause) => cause.confidence !== 'unlikely');
    return h(
      'li.incident',
      null,
      h('h3', null, h('span.kind', null, incident.kind), ' ', printable(incident.subject)),
      period(incident) && h('p.note', null, period(incident)),
      causes.length === 0 && h('p', null, 'No known cause.'),
      causes.map((cause) =>
        h('p.incident-cause', null, printable(cause.title), sureness(cause.probability, cause.confidence), link(...apart(cause.proof), view)),
      ),
    );
  });
  return [
    h('p.note', null, 'The same logs, split by whom a record names and by time. Each has its own cause.'),
    h('ul.plain', null, rows),
  ];
}

/**
 * @param {Answer} answer
 * @param {View} view
 */
export function past(answer, view) {
  const rows = answer.history.map((past) =>
    h(
      'li',
      null,
      h('h3', null, printable(past.title)),
      h('pre', null, h('code', null, printable(past.excerpt))),
      h('p.where', null, link(past.file, past.line, view), past.time && h('span', null, moment(past.time))),
      h('p', null, 'Since then: ', printable(past.cleared_by), past.cleared_at && [' (', link(...apart(past.cleared_at), view), ')']),
    ),
  );
  return [
    h('p.note', null, 'These failures are over: a later success of the same subject cleared them.'),
    h('ul.plain', null, rows),
  ];
}

/**
 * @param {Answer} answer
 * @param {View} view
 */
export function unexplained(answer, view) {
  const rows = answer.unexplained.map((record) =>
    h(
      'li',
      null,
      h('pre', null, h('code', null, printable(record.excerpt))),
      h('p.where', null, link(record.file, record.line, view), record.count > 1 && h('span', null, `${record.count} times`)),
    ),
  );
  const beside = answer.causes.length > 0 ? ' Beside a cause they are mostly its echo.' : '';
  return [
    h('p.note', null, `These records look like a failure, and no rule knows them; most telling first.${beside}`),
    h('ul.plain', null, rows),
  ];
}

/** @param {Answer} answer */
export function inputs(answer) {
  const rows = answer.inputs.map((input) => {
    const kind = [input.kind, input.format].filter((part) => part !== '').join(', ');
    return h(
      'tr',
      null,
      h('th', { scope: 'row' }, printable(input.name)),
      h('td', null, input.kind === 'skipped' ? h('strong', null, 'not used') : printable(kind)),
      h('td.number', null, input.lines),
      h('td.number', null, input.records),
      h('td', null, input.notes.map((note) => h('p', null, printable(note)))),
    );
  });
  const packs = answer.packs.map(({ name, version }) => `${name} ${version}`).join(', ');
  return [
    h(
      'div.wide',
      { tabindex: 0, role: 'region', 'aria-label': 'Inputs' },
      h(
        'table',
        null,
        h('thead', null, h('tr', null, ['Input', 'What it is', 'Lines', 'Records', 'Notes'].map((name) => h(name === 'Lines' || name === 'Records' ? 'th.number' : 'th', { scope: 'col' }, name)))),
        h('tbody', null, rows),
      ),
    ),
    packs !== '' && h('p.note', null, `Rules: ${printable(packs)}`),
  ];
}

/** @param {Answer} answer */
export function symptoms(answer) {
  if (answer.symptoms.length === 0) return null;
  return h('p.symptoms', null, h('strong', null, `${answer.symptoms.length === 1 ? 'Symptom' : 'Symptoms'} seen: `), answer.symptoms.map(({ title }) => printable(title)).join('; '));
}

/**
 * In one line what was found, and of what kind that is.
 * @param {Answer} answer
 * @returns {{kind: 'found' | 'over' | 'healthy' | 'unknown' | 'unread', title: string, text: string}}
 */
export function verdict(answer) {
  const [first] = answer.causes;
  const skipped = answer.inputs.filter((input) => input.kind === 'skipped').length;
  const used = answer.inputs.length - skipped;
  if (first) return { kind: 'found', title: printable(first.title), text: first.confidence };
  if (answer.inputs.length > 0 && used === 0) {
    return { kind: 'unread', title: 'Nothing of this could be read', text: 'The inputs below say why, and what to do about it.' };
  }
  if (answer.unexplained.length > 0) {
    const they = answer.unexplained.length === 1 ? 'record looks' : 'records look';
    return { kind: 'unknown', title: 'No known cause', text: `${answer.unexplained.length} ${they} like a failure that no rule knows.` };
  }
  if (skipped > 0) {
    return { kind: 'unknown', title: 'No known cause in what could be read', text: `${count(skipped, 'input')} could not be used and may hold it; see Inputs.` };
  }
  if (answer.history.length > 0) {
    return { kind: 'over', title: 'Nothing is wrong any more', text: `${count(answer.history.length, 'failure')} of the past ${answer.history.length === 1 ? 'is' : 'are'} over: a later success cleared ${answer.history.length === 1 ? 'it' : 'them'}.` };
  }
  if (answer.next_checks.length > 0) {
    return { kind: 'unknown', title: 'No known cause', text: 'Something may be wrong, but what is known does not tell what. The questions would.' };
  }
  return { kind: 'healthy', title: 'Nothing wrong found', text: 'Nothing in here looks like a failure. If something does not work all the same, the log of another program may tell: the bot, the ACME client, the server that should present the certificate.' };
}

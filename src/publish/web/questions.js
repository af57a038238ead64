/** The questions whose answers tell most, as a form, and what an answer moved. */

import { h } from './dom.js';
import { count, percent, printable } from './words.js';

/** @import {Answer, Check, Fact} from './contract.js' */

/** Values that are shown as buttons; more stand in a list. */
const BUTTONS = 4;

/**
 * One question.
 * @param {Check} check
 * @param {Fact | undefined} fact what kind of answer it takes; text where that is not known
 * @param {(value: string | null) => void} answered null where the person does not know
 */
export function question(check, fact, answered) {
  const told = [check.place && printable(check.place), `takes about ${count(check.minutes, 'minute')}`];
  return h(
    'form.question',
    { 'data-fact': check.fact, onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    h(
      'fieldset',
      null,
      h('legend', null, printable(check.question)),
      h('p.note', null, told.filter(Boolean).join('; ')),
      h('div.answers', null, control(check.fact, fact, answered), h('button', { type: 'button', onclick: () => answered(null) }, "Don't know")),
    ),
  );
}

/**
 * Where the answer is put in.
 * @param {string} path
 * @param {Fact | undefined} fact
 * @param {(value: string) => void} answered
 */
export function control(path, fact, answered) {
  const button = (/** @type {string} */ value, /** @type {string} */ text) =>
    h('button', { type: 'button', onclick: () => answered(value) }, text);
  if (fact?.type === 'yes-no') return [button('yes', 'Yes'), button('no', 'No')];
  if (fact?.type === 'choice' && fact.values.length <= BUTTONS) return fact.values.map((value) => button(value, value));

  const id = `answer-${path}`;
  const give = (/** @type {Event} */ event) => {
    const form = /** @type {Element} */ (event.currentTarget).closest('.given');
    const fields = [...(form?.querySelectorAll('input, select, textarea') ?? [])];
    const values = fields.flatMap((field) => {
      const { value, type, checked } = /** @type {HTMLInputElement} */ (field);
      return type === 'checkbox' && !checked ? [] : [value.trim()];
    });
    const value = fact?.type === 'time' && values[0] !== '' ? instant(values[0]) : values.join(', ');
    if (value !== '') answered(value);
    else /** @type {HTMLElement | undefined} */ (fields[0])?.focus();
  };
  const enter = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter') give(event);
  };
  const unit = fact?.unit ? ` (${fact.unit})` : '';
  const label = h('label.away', { for: id }, `Answer${unit}`);
  const ok = h('button', { type: 'button', onclick: give }, 'Answer');
  const plain = { id, autocomplete: 'off', onkeydown: enter };
  let field;
  if (fact?.type === 'choice') field = h('select', { id }, fact.values.map((value) => h('option', { value }, value)));
  else if (fact?.type === 'list' && fact.values.length > 0) {
    const boxes = fact.values.map((value) => h('label', null, h('input', { type: 'checkbox', value }), ` ${value}`));
    return h('span.given', null, boxes, ok);
  } else if (fact?.type === 'number') field = h('input', { ...plain, type: 'number', step: 'any' });
  else if (fact?.type === 'time') field = h('input', { ...plain, type: 'datetime-local', step: 1 });
  else if (fact?.type === 'message') field = h('textarea', { id, rows: 2 });
  else field = h('input', { ...plain, type: 'text' });
  return h('span.given', null, label, field, fact?.unit && h('span', null, fact.unit), ok);
}

/** @param {string} local a time of the clock on the wall here */
function instant(local) {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/**
 * What an answer moved.
 * @param {Answer} before
 * @param {Answer} after
 * @param {string} what the fact that was added or taken back
 */
export function moved(before, after, what) {
  const ids = [...new Set([...after.causes, ...before.causes].map(({ id }) => id))];
  const rows = ids.map((id) => {
    const [old, now] = [before, after].map((answer) => answer.causes.find((cause) => cause.id === id));
    const title = (now ?? old)?.title ?? id;
    return { title, old: old?.probability ?? null, now: now?.probability ?? null };
  });
  return h(
    'section.moved',
    { 'aria-labelledby': 'moved-head' },
    h('h3', { id: 'moved-head' }, 'What that changed'),
    h('p', null, printable(what), '. ', h('strong', null, inWords(before, after))),
    rows.length > 0 &&
      h(
        'table',
        null,
        h('thead', null, h('tr', null, ['Cause', 'Before', 'After', 'Moved'].map((name) => h(name === 'Before' || name === 'After' ? 'th.number' : 'th', { scope: 'col' }, name)))),
        h('tbody', null, rows.map(({ title, old, now }) => h(
          'tr',
          null,
          h('th', { scope: 'row' }, printable(title)),
          h('td.number', null, old === null ? 'not listed' : percent(old)),
          h('td.number', null, now === null ? 'not listed' : percent(now)),
          h('td', null, direction(old, now)),
        ))),
      ),
  );
}

/**
 * @param {number | null} old
 * @param {number | null} now
 */
function direction(old, now) {
  if (old === null) return '▲ new';
  if (now === null) return '▼ gone';
  if (percent(old) === percent(now)) return '= the same';
  return now > old ? '▲ more likely' : '▼ less likely';
}

/**
 * The change of the leading cause in a sentence.
 * @param {Answer} before
 * @param {Answer} after
 */
export function inWords(before, after) {
  const [old, now] = [before.causes[0], after.causes[0]];
  if (!now) return old ? 'No cause is likely enough to be named any more.' : 'There is still no known cause.';
  const title = printable(now.title);
  if (!old) return `Now there is a cause: ${title}, ${now.confidence} (${percent(now.probability)}).`;
  if (old.id !== now.id) return `Another cause leads now: ${title}, ${now.confidence} (${percent(now.probability)}).`;
  if (percent(old.probability) === percent(now.probability)) return `The same cause leads, and as surely as before: ${title}.`;
  const more = now.probability > old.probability ? 'more' : 'less';
  return `The same cause leads, ${more} surely than before: ${title}, ${now.confidence} (${percent(now.probability)}).`;
}

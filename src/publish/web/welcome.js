/** What stands above a result from the beginning: where logs go, and what a person may say without a log. */

import { at, h, show } from './dom.js';
import { control } from './questions.js';

/** @import {Engine, Fact} from './contract.js' */

/**
 * Says where logs go.
 * @param {Promise<Engine>} engine
 */
export async function notice(engine) {
  const place = at('engine');
  try {
    const { kind, host } = await engine;
    place.classList.add(`engine-${kind}`);
    show(place, kind === 'wasm'
      ? [h('strong', null, 'The log stays in this browser.'), ' It is diagnosed here; nothing is sent.']
      : [h('strong', null, `The log is sent to ${host}`), ' and diagnosed there. The answer comes back without the secrets of the log; this page stores nothing.']);
  } catch (error) {
    show(place, h('strong', null, 'The engine of this page cannot be loaded.'), ` ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The form for facts that nobody asked for.
 * @param {Promise<Fact[]>} known
 * @param {(path: string, value: string) => void} give
 */
export async function knownForm(known, give) {
  const path = /** @type {HTMLSelectElement} */ (at('fact-path'));
  const facts = await known;
  at('known').hidden = facts.length === 0;
  /** @type {Map<string, Fact[]>} */
  const groups = new Map();
  for (const fact of facts) {
    const group = fact.path.split('.')[0];
    groups.set(group, [...(groups.get(group) ?? []), fact]);
  }
  show(path, h('option', { value: '' }, 'Choose …'), [...groups].map(([label, facts]) =>
    h('optgroup', { label }, facts.map((fact) => h('option', { value: fact.path }, fact.meaning)))));
  path.addEventListener('change', () => {
    const fact = facts.find((fact) => fact.path === path.value);
    show(at('fact-value'), fact && [
      h('p', null, h('strong', null, fact.question ?? fact.meaning)),
      fact.where && h('p.note', null, fact.where),
      h('div.answers', null, control(`known.${fact.path}`, fact, (value) => give(fact.path, value))),
    ]);
  });
}

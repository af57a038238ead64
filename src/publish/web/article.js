/** The articles of the knowledge base, in a dialog. `#explain/dcv.dns-record-missing` leads to one. */

import { at, show } from './dom.js';

/** @import {Engine} from './contract.js' */

const HASH = /^#explain\/([\w./-]{1,200})$/;

/**
 * Opens the article of a cause, a symptom or a guide.
 * @param {Promise<Engine>} engine
 * @param {string} id
 */
export async function explain(engine, id) {
  const dialog = /** @type {HTMLDialogElement} */ (at('article'));
  const text = at('article-text');
  at('article-head').textContent = id;
  show(text, 'Loading …');
  if (!dialog.open) dialog.showModal();
  try {
    const markdown = await (await engine).explain(id);
    // The title of the article becomes the one of the dialog.
    const [first, ...rest] = markdown.split('\n');
    const titled = first.startsWith('# ');
    if (titled) at('article-head').textContent = first.slice(2);
    show(text, (titled ? rest.join('\n') : markdown).trim());
  } catch (error) {
    show(text, `The article cannot be shown: ${error instanceof Error ? error.message : error}`);
  }
  text.scrollTop = 0;
  text.focus();
}

/**
 * Follows the address of the page.
 * @param {Promise<Engine>} engine
 */
export function followHash(engine) {
  const follow = () => {
    const found = HASH.exec(location.hash);
    if (found) explain(engine, found[1]);
  };
  addEventListener('hashchange', follow);
  at('article').addEventListener('close', () => {
    if (HASH.test(location.hash)) history.replaceState(null, '', location.pathname + location.search);
  });
  follow();
}

/**
 * The articles of the knowledge base, in a dialog. `#explain/dcv.dns-record-missing` leads to one.
 *
 * The Markdown is taken apart by marked (marked.js, MIT); its parts become elements of the page here, never markup.
 */

import { at, h, show } from './dom.js';
import { marked } from './marked.js';

/** @import {Engine} from './contract.js' */
/** @import {Child} from './dom.js' */

const HASH = /^#explain\/([\w./-]{1,200})$/;
/** A name in backticks that is the id of a cause. */
const CAUSE = /^[a-z]+\.[a-z0-9-]+$/;

/**
 * Opens the article of a cause, a symptom or a guide.
 * @param {Promise<Engine>} engine
 * @param {string} id
 */
export async function explain(engine, id) {
  const dialog = /** @type {HTMLDialogElement} */ (at('article'));
  const text = at('article-text');
  at('article-head').textContent = id;
  show(text, h('p', null, 'Loading …'));
  if (!dialog.open) dialog.showModal();
  try {
    const tokens = marked.lexer(await (await engine).explain(id));
    // The title of the article becomes the one of the dialog.
    if (tokens[0]?.type === 'heading') at('article-head').textContent = tokens.shift().text;
    show(text, tokens.map(block));
  } catch (error) {
    show(text, h('p', null, `The article cannot be shown: ${error instanceof Error ? error.message : error}`));
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

/**
 * @param {any} token a block of Markdown
 * @returns {Child}
 */
function block(token) {
  switch (token.type) {
    case 'heading':
      return h(`h${Math.min(6, token.depth + 1)}`, null, token.tokens.map(inline));
    case 'paragraph':
      return h('p', null, token.tokens.map(inline));
    case 'list':
      return h(token.ordered ? 'ol' : 'ul', token.ordered && token.start > 1 ? { start: token.start } : null, token.items.map(block));
    case 'list_item':
      return h('li', null, token.tokens.map(block));
    case 'text':
      return token.tokens ? token.tokens.map(inline) : token.text;
    case 'code':
      return h('pre', null, h('code', null, token.text));
    case 'blockquote':
      return h('blockquote', null, token.tokens.map(block));
    case 'table':
      return h(
        'table',
        null,
        h('thead', null, h('tr', null, token.header.map((/** @type {any} */ cell) => h('th', { scope: 'col' }, cell.tokens.map(inline))))),
        h('tbody', null, token.rows.map((/** @type {any[]} */ row) => h('tr', null, row.map((cell) => h('td', null, cell.tokens.map(inline)))))),
      );
    case 'hr':
      return h('hr');
    case 'space':
    case 'def':
      return null;
    default:
      return h('p', null, token.raw);
  }
}

/**
 * @param {any} token a part of a line
 * @returns {Child}
 */
function inline(token) {
  switch (token.type) {
    case 'text':
      return token.tokens ? token.tokens.map(inline) : plain(token.text);
    case 'escape':
      return plain(token.text);
    case 'strong':
      return h('strong', null, token.tokens.map(inline));
    case 'em':
      return h('em', null, token.tokens.map(inline));
    case 'del':
      return h('del', null, token.tokens.map(inline));
    case 'br':
      return h('br');
    case 'codespan':
      return CAUSE.test(token.text) ? h('a', { href: `#explain/${token.text}` }, h('code', null, token.text)) : h('code', null, plain(token.text));
    case 'link':
      return /^https?:\/\//.test(token.href)
        ? h('a', { href: token.href, rel: 'noreferrer noopener', target: '_blank' }, token.tokens.map(inline))
        : h('span', null, token.tokens.map(inline));
    default:
      return token.raw;
  }
}

/**
 * The lexer may leave text as it would stand in HTML.
 * @param {string} text
 */
function plain(text) {
  /** @type {Record<string, string>} */
  const names = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => names[name]);
}

/** Into the clipboard, and into files. */

import { h } from './dom.js';
import { say } from './say.js';

/**
 * Copies text and says so.
 * @param {string} text
 * @param {string} what what was copied, for whoever listens
 */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages of plain http have no clipboard but this one.
    const area = h('textarea.away', { readonly: true, 'aria-hidden': 'true' });
    area.textContent = text;
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    const before = document.activeElement;
    /** @type {HTMLTextAreaElement} */ (area).select();
    const done = document.execCommand('copy');
    area.remove();
    if (before instanceof HTMLElement) before.focus();
    if (!done) return say('Copying was refused by the browser.');
  }
  say(`${what} copied.`);
}

/**
 * A button that copies.
 * @param {() => string} text
 * @param {string} what
 * @param {string} [label] for whoever does not see the button
 */
export function copyButton(text, what, label) {
  const button = h('button.small', { type: 'button', 'aria-label': label, onclick: pressed }, 'Copy');
  async function pressed() {
    await copy(text(), what);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  }
  return button;
}

/**
 * Gives a person a file.
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = h('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  say(`${name} saved.`);
}

/** Single keys as shortcuts, and the list of them. They can be switched off: some people's software types for them. */

import { at, h, show } from './dom.js';
import { keep, setting } from './settings.js';

/** @typedef {{keys: string[], does: string, run: (key: string) => void}} Shortcut */

/** Keys that this page does not take as single ones. */
const ALWAYS = [
  ['Tab', 'to the next button or field'],
  ['Ctrl+V', 'diagnose what is in the clipboard, text or files'],
  ['Ctrl+Enter', 'in the field for pasted text: diagnose it'],
  ['← →', 'among the tabs of a result'],
  ['Esc', 'cancel; close; from the log back to the cause'],
];

/**
 * @param {Shortcut[]} shortcuts
 * @param {() => void} escape what Esc does outside of dialogs
 */
export function shortcuts(shortcuts, escape) {
  const help = /** @type {HTMLDialogElement} */ (at('help'));
  const on = /** @type {HTMLInputElement} */ (at('keys-on'));
  const opening = { keys: ['?'], does: 'this list', run: () => help.showModal() };
  const all = [opening, ...shortcuts];
  const rows = [...all.map(({ keys, does }) => [keys.join(' '), does]), ...ALWAYS];
  show(
    at('help-keys'),
    h('table', null, h('tbody', null, rows.map(([key, does]) => h('tr', null, h('th', { scope: 'row' }, h('kbd', null, key)), h('td', null, does))))),
  );
  on.checked = setting('keys') === 'on';
  on.addEventListener('change', () => keep('keys', on.checked ? 'on' : 'off'));
  at('help-open').addEventListener('click', () => help.showModal());
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') return escape();
    if (setting('keys') === 'off') return;
    if (event.target instanceof Element && event.target.closest('input:not([type=radio], [type=checkbox]), textarea, select')) return;
    const shortcut = all.find(({ keys }) => keys.includes(event.key));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run(event.key);
  });
}

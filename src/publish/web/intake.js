/** How logs come in: dropped, chosen, pasted, as an example. */

import { at } from './dom.js';

/** @import {Log} from './contract.js' */

/** More files than this are not taken out of folders. */
const MOST = 5000;

/**
 * Listens for logs of any kind.
 * @param {(logs: Log[]) => void} take
 * @param {(problem: string) => void} refuse
 */
export function listen(take, refuse) {
  const files = /** @type {HTMLInputElement} */ (at('files-input'));
  const folder = /** @type {HTMLInputElement} */ (at('folder-input'));
  at('choose').addEventListener('click', () => files.click());
  at('choose-folder').addEventListener('click', () => folder.click());
  for (const input of [files, folder]) {
    input.addEventListener('change', () => {
      const logs = [...(input.files ?? [])].map(named);
      input.value = '';
      if (logs.length > 0) take(logs.slice(0, MOST));
    });
  }
  dropping(take, refuse);
  pasting(take);
  for (const button of document.querySelectorAll('[data-example]')) {
    button.addEventListener('click', async () => {
      const name = button.getAttribute('data-example') ?? '';
      try {
        const examples = await (await fetch('examples.json')).json();
        take([{ name, blob: new Blob([examples[name]], { type: 'text/plain' }) }]);
      } catch {
        refuse('The example cannot be loaded.');
      }
    });
  }
}

/**
 * @param {File} file
 * @returns {Log}
 */
function named(file) {
  return { name: file.webkitRelativePath || file.name, blob: file };
}

/**
 * The whole page takes what is dropped, so that nobody loses the page to a log that missed the box.
 * @param {(logs: Log[]) => void} take
 * @param {(problem: string) => void} refuse
 */
function dropping(take, refuse) {
  const box = at('drop');
  const over = (/** @type {boolean} */ is) => box.classList.toggle('over', is);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) over(false);
  });
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    over(false);
    const data = event.dataTransfer;
    if (!data) return;
    // Entries must be taken before anything is awaited: afterwards the list is empty.
    const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
    const text = data.getData('text/plain');
    try {
      const logs = entries.length > 0 ? await walk(entries) : [...data.files].map(named);
      if (logs.length > 0) take(logs);
      else if (text !== '') take([pasted(text)]);
      else refuse('There was no file in what was dropped.');
    } catch {
      refuse('What was dropped cannot be read.');
    }
  });
}

/**
 * All files of folders, in the order of their names.
 * @param {FileSystemEntry[]} entries
 * @returns {Promise<Log[]>}
 */
async function walk(entries) {
  /** @type {Log[]} */
  const logs = [];
  const left = [...entries];
  for (let entry = left.shift(); entry && logs.length < MOST; entry = left.shift()) {
    if (entry.isFile) {
      const { name, fullPath } = entry;
      const file = await new Promise((/** @type {(file: File) => void} */ done, failed) => {
        /** @type {FileSystemFileEntry} */ (entry).file(done, failed);
      });
      logs.push({ name: entries.includes(entry) ? name : fullPath.replace(/^\//, ''), blob: file });
    } else {
      left.push(...(await children(/** @type {FileSystemDirectoryEntry} */ (entry))));
    }
  }
  return logs;
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<FileSystemEntry[]>}
 */
async function children(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  // A reader gives a hundred at a time, and at last none.
  for (;;) {
    const some = await new Promise((/** @type {(some: FileSystemEntry[]) => void} */ done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    all.push(...some);
  }
}

/** @param {(logs: Log[]) => void} take */
function pasting(take) {
  const form = /** @type {HTMLFormElement} */ (at('paste'));
  const text = /** @type {HTMLTextAreaElement} */ (at('paste-text'));
  const give = () => {
    if (text.value.trim() === '') return text.focus();
    const log = pasted(text.value);
    text.value = '';
    openPaste(false);
    take([log]);
  };
  at('paste-open').addEventListener('click', () => openPaste(Boolean(form.hidden)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    give();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) give();
  });
  document.addEventListener('paste', (event) => {
    if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return;
    const files = [...(event.clipboardData?.files ?? [])].map(named);
    const found = event.clipboardData?.getData('text/plain') ?? '';
    if (files.length > 0) take(files);
    else if (found.trim() !== '') take([pasted(found)]);
  });
}

/** @param {boolean} open */
export function openPaste(open) {
  at('paste').hidden = !open;
  at('paste-open').setAttribute('aria-expanded', String(open));
  (open ? at('paste-text') : at('paste-open')).focus();
}

/**
 * @param {string} text
 * @returns {Log}
 */
function pasted(text) {
  return { name: 'pasted text', blob: new Blob([text], { type: 'text/plain' }) };
}

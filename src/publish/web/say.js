/** What the page says to those who do not see it change, and for a moment to those who do. */

import { at } from './dom.js';

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * @param {string} text
 * @param {boolean} [seen] false where the page shows it in another place anyway
 */
export function say(text, seen = true) {
  const element = at('said');
  element.textContent = text;
  element.classList.toggle('seen', seen);
  clearTimeout(timer);
  timer = setTimeout(() => element.classList.remove('seen'), 4000);
}

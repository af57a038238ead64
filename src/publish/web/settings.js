/** What the page remembers between visits: how it looks and which platform is shown. Never anything of a log. */

/** @typedef {{theme: 'auto' | 'light' | 'dark', platform: 'linux' | 'windows', keys: 'on' | 'off'}} Settings */

/** @type {Settings} */
const settings = { theme: 'auto', platform: /windows/i.test(navigator.userAgent) ? 'windows' : 'linux', keys: 'on' };

/** Values that are allowed, so that what stands in the storage cannot surprise. */
const ALLOWED = { theme: ['auto', 'light', 'dark'], platform: ['linux', 'windows'], keys: ['on', 'off'] };

/** @type {(keyof Settings)[]} */
const NAMES = ['theme', 'platform', 'keys'];

for (const name of NAMES) {
  const value = stored(name);
  if (value !== null && ALLOWED[name].includes(value)) Object.assign(settings, { [name]: value });
}

/** @param {string} name */
function stored(name) {
  try {
    return localStorage.getItem(`certwhy.${name}`);
  } catch {
    return null;
  }
}

/**
 * @template {keyof Settings} K
 * @param {K} name
 * @returns {Settings[K]}
 */
export function setting(name) {
  return settings[name];
}

/**
 * @template {keyof Settings} K
 * @param {K} name
 * @param {Settings[K]} value
 */
export function keep(name, value) {
  settings[name] = value;
  try {
    localStorage.setItem(`certwhy.${name}`, value);
  } catch {
    // Storage is switched off: it holds for this visit.
  }
}

/** Puts the theme on the page. */
export function dress() {
  const theme = setting('theme');
  if (theme === 'auto') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', theme);
}

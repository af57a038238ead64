/** Figures, places and risks in the words that the command line uses too (src/report). */

/** @import {Evidence, Incident, Input} from './contract.js' */

const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
// Control characters, of both ranges.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u;
const PLAIN = /^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u;

/**
 * Control characters and those that turn the direction of text, as visible escapes.
 * @param {string} text
 */
export function printable(text) {
  if (PLAIN.test(text)) return text;
  let out = '';
  for (const c of text) {
    if (c === '\n') out += c;
    else if (c === '\t') out += '    ';
    else if (CONTROL.test(c) || DIRECTION.test(c)) out += `\\u{${c.codePointAt(0)?.toString(16)}}`;
    else out += c;
  }
  return out;
}

/**
 * An excerpt in three parts: before what decided, what decided, after it.
 * @param {Evidence} evidence
 * @returns {[string, string, string]}
 */
export function marked(evidence) {
  const characters = [...evidence.excerpt];
  const { start, end } = evidence.marked ?? { start: 0, end: 0 };
  const part = (/** @type {number} */ from, /** @type {number} */ to) => printable(characters.slice(from, to).join(''));
  return [part(0, start), part(start, end), part(end, characters.length)];
}

/**
 * `97 %`, `below 1 %`, `above 99 %`.
 * @param {number} probability
 */
export function percent(probability) {
  const p = Math.round(probability * 100);
  if (p >= 100) return 'above 99 %';
  return p < 1 ? 'below 1 %' : `${p} %`;
}

/**
 * `file:line`, or the file alone.
 * @param {string} file
 * @param {number | null} line
 */
export function place(file, line) {
  return line === null || line === undefined ? file : `${file}:${line}`;
}

/**
 * `1 line`, `3 lines`.
 * @param {number} n
 * @param {string} what
 */
export function count(n, what) {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** @param {string} risk */
export function risk(risk) {
  /** @type {Record<string, string>} */
  const words = {
    'read-only': 'only looks',
    change: 'changes settings',
    reload: 'reloads the service',
    restart: 'restarts the service',
    reissue: 'orders a new certificate',
  };
  return words[risk] ?? risk;
}

/** @param {string} platform */
export function platform(platform) {
  /** @type {Record<string, string>} */
  const words = { linux: 'Linux', windows: 'Windows', any: 'Any system' };
  return words[platform] ?? platform;
}

/**
 * A time to the second, without a zone: logs are read as UTC.
 * @param {string} time RFC 3339
 */
export function moment(time) {
  return time.slice(0, 19).replace('T', ' ');
}

/**
 * When an incident was: `2026-11-20 02:10 to 2026-11-20 08:10`; empty where no time can be read.
 * @param {Incident} incident
 */
export function period(incident) {
  if (!incident.from || !incident.to) return '';
  const minute = (/** @type {string} */ time) => time.slice(0, 16).replace('T', ' ');
  const [from, to] = [minute(incident.from), minute(incident.to)];
  return from === to ? from : `${from} to ${to}`;
}

/**
 * `812 bytes`, `1.2 MB`.
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1000) return count(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/**
 * What was looked at: `2 inputs, 19 records`.
 * @param {Input[]} inputs
 */
export function looked(inputs) {
  if (inputs.length === 0) return 'facts alone';
  const used = inputs.filter((input) => input.kind !== 'skipped').length;
  const records = inputs.reduce((sum, input) => sum + input.records, 0);
  return records === 0 ? count(used, 'input') : `${count(used, 'input')}, ${count(records, 'record')}`;
}

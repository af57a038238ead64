/** A result as a file: JSON, or a page that stands alone. Both can be opened here again. */

import { causeCard } from './cause.js';
import { h } from './dom.js';
import { reasoning } from './graph.js';
import * as lists from './lists.js';
import { looked, printable } from './words.js';

/** @import {Answer} from './contract.js' */
/** @import {View} from './cause.js' */

const SCHEMA = 'certwhy/diagnosis/1';
/** A saved file is smaller than this. */
const LARGEST = 20 * 1024 * 1024;
const DATA = /<script type="application\/json" id="certwhy-answer">([^<]*)<\/script>/;

/** @type {View} */
const STILL = { live: false, platform: 'linux', hasLog: () => false, jump: () => {}, choose: () => {} };

/**
 * The answer as a page without scripts that needs nothing else, and that holds the answer itself too.
 * @param {Answer} answer
 * @param {string[]} facts what the person added
 * @returns {Promise<string>}
 */
export async function report(answer, facts) {
  const css = await (await fetch('app.css')).text();
  const verdict = lists.verdict(answer);
  const section = (/** @type {string} */ title, /** @type {any} */ ...children) => h('section.card', null, h('h2', null, title), children);
  const body = h(
    'body.report',
    null,
    h(
      'main',
      null,
      h('header.card', null, h('p.note', null, 'certwhy: diagnosis'), h('h1', null, verdict.title), h('p', null, `${verdict.text} (${looked(answer.inputs)})`),
        answer.partial && h('p', null, 'Interrupted: this is the diagnosis of what was read so far.'), lists.symptoms(answer)),
      answer.causes.length > 0 && section('Causes', answer.causes.map((cause, ix) => causeCard(cause, ix, STILL))),
      answer.causes.length > 0 && section('Reasoning', reasoning(answer)),
      answer.incidents.length > 1 && section('By subject', lists.incidents(answer, STILL)),
      answer.history.length > 0 && section('Over', lists.past(answer, STILL)),
      answer.unexplained.length > 0 && section('Looks like a failure, and no rule knows it', lists.unexplained(answer, STILL)),
      answer.next_checks.length > 0 &&
        section('What to find out next', h('ul', null, answer.next_checks.map((check) => h('li', null, `${printable(check.question)} ${printable(check.place)}`)))),
      facts.length > 0 && section('Facts that were added', h('ul', null, facts.map((fact) => h('li', null, printable(fact))))),
      section('Inputs', lists.inputs(answer)),
    ),
  );
  const data = JSON.stringify(answer).replace(/</g, '\\u003c');
  const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  const title = h('title', null, `certwhy: ${verdict.title}`).outerHTML;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
${title}
<style>
${css.replace(/<\//g, '<\\/')}</style>
<script type="application/json" id="certwhy-answer">${data}</script>
</head>
${body.outerHTML}
</html>
`;
}

/**
 * The answer in a file that was saved here or printed with `--format json`; null where it is something else.
 * @param {Blob} blob
 * @returns {Promise<Answer | null>}
 */
export async function reopen(blob) {
  if (blob.size > LARGEST) return null;
  const head = (await blob.slice(0, 200).text()).trimStart();
  if (!head.startsWith('{') && !head.startsWith('<!doctype html>')) return null;
  const text = await blob.text();
  const data = head.startsWith('{') ? text : DATA.exec(text)?.[1];
  try {
    const answer = JSON.parse(data ?? '');
    return answer?.schema === SCHEMA && whole(answer) ? answer : null;
  } catch {
    return null;
  }
}

/**
 * Whether everything is there that the page shows: a file from elsewhere may lack it.
 * @param {any} answer
 */
function whole(answer) {
  for (const list of ['causes', 'symptoms', 'incidents', 'history', 'next_checks', 'unexplained', 'inputs']) {
    if (!Array.isArray(answer[list])) return false;
  }
  answer.packs ??= [];
  return answer.causes.every((/** @type {any} */ cause) =>
    Array.isArray(cause.evidence) && Array.isArray(cause.against) && Array.isArray(cause.looks_like)
    && Array.isArray(cause.fix?.steps) && Array.isArray(cause.fix?.verify));
}

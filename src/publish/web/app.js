/** The page: what was handed in, the diagnosis that runs, and what is shown of it. Nothing of a log is stored anywhere. */

import { followHash } from './article.js';
import { copy, download } from './copy.js';
import { at, h, show } from './dom.js';
import { EngineError, open } from './engine.js';
import { listen, openPaste } from './intake.js';
import { shortcuts } from './keys.js';
import { verdict } from './lists.js';
import { markdown, ticket } from './markdown.js';
import { inWords, moved, question } from './questions.js';
import { ResultView, spoken } from './result.js';
import { say } from './say.js';
import { dress, keep, setting } from './settings.js';
import { reopen, report } from './share.js';
import { knownForm, notice } from './welcome.js';
import { count, printable, size } from './words.js';

/** @import {Answer, Fact, Log} from './contract.js' */

/** Milliseconds between two drawings of an answer that still firms up. */
const PACE = 300;

const state = {
  /** @type {Log[]} */
  logs: [],
  /** Values by path. @type {Map<string, string>} */
  facts: new Map(),
  /** @type {Answer | null} */
  answer: null,
  /** Whether the answer comes out of a file. */
  saved: false,
  /** Questions that the person cannot answer. @type {Set<string>} */
  passed: new Set(),
  /** @type {AbortController | null} */
  running: null,
};

const engine = open();
/** @type {Promise<Fact[]>} */
const known = engine.then((engine) => engine.facts()).catch(() => []);

const result = new ResultView({
  copyMarkdown: () => state.answer && copy(markdown(state.answer), 'Diagnosis'),
  copyTicket: () => state.answer && copy(ticket(state.answer), 'Text for a ticket'),
  saveReport,
  saveJson: () => state.answer && download('certwhy-diagnosis.json', 'application/json', `${JSON.stringify(state.answer, null, 2)}\n`),
  choose: (platform) => {
    keep('platform', platform);
    redraw();
    const chosen = result.panel.querySelector(`input[value=${platform}]:checked`);
    if (chosen instanceof HTMLElement) chosen.focus();
  },
});

// What comes in.

/** @param {Log[]} logs */
async function take(logs) {
  if (logs.length === 1) {
    const answer = await reopen(logs[0].blob);
    if (answer) return openSaved(answer);
  }
  if (state.saved) reset();
  const before = [...state.logs];
  for (const { name, blob } of logs) {
    const taken = new Set(state.logs.map((log) => log.name));
    let free = name;
    for (let n = 2; taken.has(free); n += 1) free = `${name} (${n})`;
    state.logs.push({ name: free, blob });
  }
  await run(null, before);
}

/** @param {Answer} answer */
function openSaved(answer) {
  reset();
  state.answer = answer;
  state.saved = true;
  drawGiven();
  try {
    redraw();
  } catch {
    reset();
    return fail(new EngineError('This saved diagnosis is damaged.', 'Diagnose the log itself again.'));
  }
  result.focus();
  say(`Saved diagnosis: ${spoken(answer)}`, false);
}

/**
 * @param {string} path
 * @param {string | null} value null takes it back
 */
function setFact(path, value) {
  if (state.saved) reset();
  const before = new Map(state.facts);
  if (value === null) state.facts.delete(path);
  else state.facts.set(path, value);
  const what = value === null ? `Without ${path}` : `${path} = ${value}`;
  if (state.logs.length === 0 && state.facts.size === 0) return startOver();
  return run({ what, undo: before });
}

function reset() {
  state.running?.abort();
  Object.assign(state, { logs: [], facts: new Map(), answer: null, saved: false, passed: new Set(), running: null });
  at('problem').hidden = true;
  at('progress').hidden = true;
  result.begin();
  show(result.moved);
  result.hide();
  drawGiven();
}

// The diagnosis.

/**
 * @param {{what: string, undo: Map<string, string>} | null} change the fact that is new since the last answer
 * @param {Log[]} [logs] what was handed in before, for whoever cancels
 */
async function run(change, logs = state.logs) {
  state.running?.abort();
  const running = new AbortController();
  state.running = running;
  at('problem').hidden = true;
  if (change === null) result.begin();
  const before = state.answer;
  const total = state.logs.reduce((sum, { blob }) => sum + blob.size, 0);
  const tell = progress(total);
  show(result.moved);
  drawGiven();
  let drawn = 0;
  /** @type {Answer | null} */
  let sofar = null;
  try {
    const answer = await (await engine).diagnose(
      { inputs: state.logs, facts: [...state.facts].map(([path, value]) => `${path}=${value}`) },
      {
        signal: running.signal,
        onProgress: (bytes, doing) => running === state.running && tell(bytes, doing),
        onPartial: (partial) => {
          // The answer to a part of what is known already would only flicker.
          if (change !== null || running !== state.running) return;
          sofar = partial;
          if (performance.now() - drawn < PACE) return;
          drawn = performance.now();
          result.show(partial, { logs: state.logs, running: true, saved: false });
          drawQuestions([]);
        },
      },
    );
    // An engine in the page reads files itself, and only notes those that are gone.
    if (answer.inputs.some(({ notes }) => notes.length > 0)) {
      const gone = await changed();
      if (gone) throw gone;
    }
    if (running !== state.running) return;
    state.answer = answer;
    redraw();
    if (change && before) {
      show(result.moved, h('div.card', null, moved(before, answer, change.what)));
      result.moved.focus();
      say(inWords(before, answer), false);
    } else {
      result.focus();
      say(spoken(answer), false);
    }
  } catch (error) {
    if (running !== state.running) return;
    if (change) state.facts = change.undo;
    if (error instanceof DOMException && error.name === 'AbortError') cancelled(sofar, logs);
    else {
      // What was shown of a part would look like an answer.
      if (state.answer) redraw();
      else result.hide();
      fail((await changed()) ?? error);
    }
  } finally {
    if (running === state.running) {
      state.running = null;
      at('progress').hidden = true;
      drawGiven();
    }
  }
}

/**
 * What is known of what was read stays; otherwise everything is as before.
 * @param {Answer | null} sofar
 * @param {Log[]} before
 */
function cancelled(sofar, before) {
  if (sofar) state.answer = { ...sofar, partial: true };
  else state.logs = before;
  if (state.answer) redraw();
  else result.hide();
  say(sofar ? 'Cancelled. This is the diagnosis of what was read so far.' : 'Cancelled.');
  if (state.answer) result.focus();
  else at('choose').focus();
}

/**
 * A log that was written to since it was chosen cannot be read any more: browsers hold files to what they were. It is
 * taken off the list, so that it can be chosen again.
 * @returns {Promise<EngineError | null>}
 */
async function changed() {
  /** @type {Log[]} */
  const gone = [];
  for (const log of state.logs) {
    await log.blob.slice(0, 1).arrayBuffer().catch(() => gone.push(log));
  }
  if (gone.length === 0) return null;
  state.logs = state.logs.filter((log) => !gone.includes(log));
  const names = gone.map(({ name }) => name).join(', ');
  return new EngineError(`${names}: changed or removed since it was chosen`, 'Choose it again. A log that is still written to is best copied first.');
}

/** @param {unknown} error */
function fail(error) {
  const known = error instanceof EngineError;
  show(
    at('problem'),
    h('h2', null, known ? printable(error.message) : 'The diagnosis failed.'),
    h('p', null, printable(known ? error.help : error instanceof Error ? error.message : String(error))),
    state.logs.length > 0 && h('button', { type: 'button', onclick: () => run(null) }, 'Try again'),
  );
  at('problem').hidden = false;
}

/**
 * Shows how far it has come; for those who listen now and then.
 * @param {number} total
 */
function progress(total) {
  const bar = /** @type {HTMLProgressElement} */ (at('progress-bar'));
  const text = at('progress-text');
  const began = performance.now();
  let spoke = began;
  bar.removeAttribute('value');
  text.textContent = `${count(state.logs.length, 'log')}, ${size(total)}`;
  // What takes no time needs no bar.
  setTimeout(() => (at('progress').hidden = state.running === null), 250);
  return (/** @type {number} */ bytes, /** @type {'sending' | 'reading'} */ doing) => {
    const done = Math.min(bytes, total);
    const verb = doing === 'sending' ? 'sent' : 'read';
    bar.max = Math.max(total, 1);
    bar.value = done;
    text.textContent = `${size(done)} of ${size(total)} ${verb}`;
    if (performance.now() - spoke > 5000) {
      spoke = performance.now();
      say(text.textContent, false);
    }
  };
}

// What is shown.

function redraw() {
  if (!state.answer) return;
  result.show(state.answer, { logs: state.logs, running: false, saved: state.saved });
  const { kind } = verdict(state.answer);
  const asks = !state.saved && (kind === 'found' || kind === 'unknown');
  drawQuestions(asks ? state.answer.next_checks : []);
}

/** @param {Answer['next_checks']} checks */
async function drawQuestions(checks) {
  const kinds = new Map((await known).map((fact) => [fact.path, fact]));
  const open = checks.filter(({ fact }) => !state.passed.has(fact));
  const passed = checks.length - open.length;
  const answered = (/** @type {string} */ path) => (/** @type {string | null} */ value) => {
    if (value !== null) return setFact(path, value);
    state.passed.add(path);
    redraw();
    const next = result.aside.querySelector('button');
    if (next) next.focus();
    else result.focus();
  };
  const again = () => {
    state.passed.clear();
    redraw();
  };
  const nothing = open.length === 0 && passed === 0;
  result.aside.hidden = nothing;
  result.element.classList.toggle('alone', nothing);
  show(
    result.aside,
    !nothing && h('div.card', null,
      h('h2', { id: 'ask-head' }, 'What would tell more'),
      h('p.note', null, open.length > 0 ? 'Most telling for the time it takes first. An answer counts at once.' : 'Nothing else is worth asking.'),
      open.map((check) => question(check, kinds.get(check.fact), answered(check.fact))),
      passed > 0 && h('button.link', { type: 'button', onclick: again }, `Show ${count(passed, 'question')} again that you passed over`)),
  );
}

/** What was handed in, with the way to change it. */
function drawGiven() {
  const given = at('given');
  const any = state.logs.length > 0 || state.facts.size > 0 || state.saved;
  given.hidden = !any;
  at('examples').hidden = any;
  at('intake').classList.toggle('compact', any);
  const shown = state.logs.slice(0, 8);
  show(
    given,
    state.logs.length > 0 &&
      h(
        'ul.chips',
        { 'aria-label': 'Logs' },
        shown.map((log) => h('li', null, `${printable(log.name)} (${size(log.blob.size)}) `, remove(`Remove ${printable(log.name)}`, () => drop(log)))),
        state.logs.length > shown.length && h('li', null, `and ${state.logs.length - shown.length} more`),
      ),
    h('button', { type: 'button', onclick: startOver }, 'Start over'),
  );
  const facts = at('facts');
  facts.hidden = state.facts.size === 0;
  show(
    facts,
    [...state.facts].map(([path, value]) => h('li', null, `${path} = ${printable(value)} `, remove(`Take back ${path}`, () => setFact(path, null)))),
  );
}

/**
 * @param {string} label
 * @param {() => void} act
 */
function remove(label, act) {
  return h('button.remove', { type: 'button', 'aria-label': label, title: label, onclick: act }, '✕');
}

/** @param {Log} log */
function drop(log) {
  state.logs = state.logs.filter((other) => other !== log);
  if (state.logs.length === 0 && state.facts.size === 0) startOver();
  else run(null);
}

function startOver() {
  reset();
  at('choose').focus();
  say('Ready for another log.');
}

async function saveReport() {
  if (!state.answer) return;
  const page = await report(state.answer, [...state.facts].map(([path, value]) => `${path} = ${value}`));
  download('certwhy-diagnosis.html', 'text/html', page);
}

// The parts of the page that are there from the beginning.

function drawTheme() {
  const words = { auto: 'as the system', light: 'light', dark: 'dark' };
  dress();
  at('theme').textContent = `Theme: ${words[setting('theme')]}`;
}

function nextTheme() {
  /** @type {('auto' | 'light' | 'dark')[]} */
  const all = ['auto', 'light', 'dark'];
  keep('theme', all[(all.indexOf(setting('theme')) + 1) % all.length]);
  drawTheme();
  say(at('theme').textContent ?? '');
}

const when = (/** @type {() => void} */ act) => () => {
  if (state.answer && !result.element.hidden) act();
};

drawTheme();
drawGiven();
notice(engine);
knownForm(known, setFact);
at('theme').addEventListener('click', nextTheme);
at('cancel').addEventListener('click', () => state.running?.abort());
listen(take, (problem) => fail(new EngineError(problem)));
followHash(engine);
shortcuts(
  [
    { keys: ['o'], does: 'choose files', run: () => at('files-input').click() },
    { keys: ['p'], does: 'paste the text of a log', run: () => openPaste(true) },
    { keys: ['j', 'k'], does: 'next cause, previous cause', run: (key) => result.nextCause(key === 'j' ? 1 : -1) },
    { keys: ['1', '2', '3', '4', '5', '6', '7'], does: 'tabs of the result', run: (key) => result.openNumber(Number(key)) },
    { keys: ['q'], does: 'to the questions', run: when(() => result.aside.querySelector('button')?.focus()) },
    { keys: ['n', 'b'], does: 'in the log: next evidence, previous evidence', run: (key) => result.nextEvidence(key === 'n' ? 1 : -1) },
    { keys: ['c'], does: 'copy as Markdown', run: when(() => state.answer && copy(markdown(state.answer), 'Diagnosis')) },
    { keys: ['y'], does: 'copy for a ticket', run: when(() => state.answer && copy(ticket(state.answer), 'Text for a ticket')) },
    { keys: ['s'], does: 'save as a page', run: when(saveReport) },
    { keys: ['t'], does: 'theme: as the system, light, dark', run: nextTheme },
  ],
  () => {
    if (state.running) state.running.abort();
    else result.back();
  },
);

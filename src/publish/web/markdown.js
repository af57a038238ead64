/**
 * The answer as Markdown, line for line what `certwhy diagnose --format markdown` prints (src/report/markdown.rs; a test
 * holds the two together), and as plain text for a ticket. Nothing from a log can become markup.
 */

import { count, percent, place, printable } from './words.js';

/** @import {Answer, Cause, Incident, Step} from './contract.js' */

const PARTIAL = 'Interrupted: this is the diagnosis of what was read so far.';

/**
 * @param {Answer} answer
 * @returns {string}
 */
export function markdown(answer) {
  let out = '# Diagnosis\n\n';
  if (answer.partial) out += `${PARTIAL}\n\n`;
  if (answer.causes.length === 0) out += 'No known cause of a failure was found.\n';
  answer.causes.forEach((cause, ix) => (out += causeText(cause, ix)));
  if (answer.symptoms.length > 0) {
    out += '\n## Symptoms seen\n\n';
    for (const { title } of answer.symptoms) out += `- ${inline(title)}\n`;
  }
  if (answer.incidents.length > 1) {
    out += '\n## By subject\n\n| subject | cause | how sure | proof |\n|---|---|---|---|\n';
    for (const incident of answer.incidents) {
      const subject = `${incident.subject}${when(incident)}`;
      for (const cause of incident.causes.filter((cause) => cause.confidence !== 'unlikely')) {
        out += `| ${[subject, cause.title, cause.confidence, cause.proof].map(inline).join(' | ')} |\n`;
      }
    }
  }
  if (answer.history.length > 0) {
    out += '\n## Over: a later success cleared it\n\n| failure | where | since then | where |\n|---|---|---|---|\n';
    for (const past of answer.history) {
      const cells = [past.title, place(past.file, past.line), past.cleared_by, past.cleared_at];
      out += `| ${cells.map(inline).join(' | ')} |\n`;
    }
  }
  if (answer.next_checks.length > 0) {
    out += '\n## What to find out next\n\n';
    for (const check of answer.next_checks) {
      const where = check.place === '' ? '' : ` ${inline(check.place)}`;
      out += `- ${inline(check.question)}${where} (${check.minutes} min, \`${check.fact}\`)\n`;
    }
  }
  if (answer.unexplained.length > 0) {
    out += '\n## Looks like a failure, and no rule knows it\n';
    for (const record of answer.unexplained) {
      out += `\n${inline(place(record.file, record.line))}\n\n${block(record.excerpt, 'text')}`;
    }
  }
  out += '\n## Inputs\n\n| input | kind | lines | records | notes |\n|---|---|---|---|---|\n';
  for (const input of answer.inputs) {
    const kind = [input.kind, input.format].filter((part) => part !== '').join(', ');
    out += `| ${inline(input.name)} | ${inline(kind)} | ${input.lines} | ${input.records} | ${inline(input.notes.join('; '))} |\n`;
  }
  return out;
}

/**
 * @param {Cause} cause
 * @param {number} ix
 */
function causeText(cause, ix) {
  const sure = `${cause.confidence}, ${percent(cause.probability)}`;
  let out = `## ${ix + 1}. ${inline(cause.title)} (${sure})\n\n\`${cause.id}\`\n\n${inline(cause.summary)}\n\n### Why\n`;
  for (const evidence of cause.evidence) {
    const times = evidence.count > 1 ? `, ${evidence.count} times` : '';
    const where = inline(place(evidence.file, evidence.line));
    out += `\n${inline(evidence.title)} (${where}${times}; speaks for it ${evidence.strength})\n\n`;
    out += block(evidence.excerpt, 'text');
  }
  if (cause.against.length > 0) {
    out += '\n### What speaks against it\n\n';
    for (const { reason } of cause.against) out += `- ${inline(reason)}\n`;
  }
  return `${out}${stepsText('What to do now', cause.fix.steps)}${stepsText('How to know that it worked', cause.fix.verify)}\n`;
}

/**
 * @param {string} title
 * @param {Step[]} steps
 */
function stepsText(title, steps) {
  let out = `\n### ${title}\n\n`;
  steps.forEach((step, ix) => {
    out += `${ix + 1}. ${inline(step.do)} (${cost(step)})\n`;
    for (const [platform, commands] of Object.entries(step.commands)) {
      const text = block(commands.join('\n'), platform === 'windows' ? 'powershell' : 'sh');
      const lines = text.slice(0, -1).split('\n');
      out += `\n${lines.map((line) => `   ${line}\n`).join('')}\n`;
    }
  });
  return out;
}

/** @param {Step} step */
function cost(step) {
  /** @type {Record<string, string>} */
  const words = {
    change: 'changes settings',
    reload: 'reloads the service',
    restart: 'restarts the service',
    reissue: 'orders a new certificate',
  };
  const minutes = count(step.minutes, 'minute');
  return step.risk === 'read-only' ? minutes : `${minutes}, ${words[step.risk] ?? step.risk}`;
}

/** @param {Incident} incident */
function when({ from, to }) {
  if (!from || !to) return '';
  const minute = (/** @type {string} */ time) => time.slice(0, 16).replace('T', ' ');
  return minute(from) === minute(to) ? `, ${minute(from)}` : `, ${minute(from)} to ${minute(to)}`;
}

/**
 * Text inside of a paragraph: on one line, its markup escaped.
 * @param {string} text
 */
function inline(text) {
  return printable(text).replace(/\n/g, ' ').replace(/[\\`*_[\]<>|#~&!]/g, '\\$&');
}

/**
 * A fenced block whose fence is longer than any in the text.
 * @param {string} text
 * @param {string} language
 */
function block(text, language) {
  const shown = printable(text);
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${shown.trimEnd()}\n${fence}\n`;
}

/**
 * The leading cause as plain text for a ticket: short, with the proof and the steps.
 * @param {Answer} answer
 * @returns {string}
 */
export function ticket(answer) {
  const [cause, ...others] = answer.causes;
  const files = answer.inputs.map(({ name }) => printable(name)).join(', ');
  const lines = [];
  if (!cause) {
    lines.push(`No known cause of a failure was found in: ${files}`);
    if (answer.unexplained.length > 0) lines.push('', 'Records that look like a failure:');
    for (const record of answer.unexplained) {
      lines.push(`- ${printable(place(record.file, record.line))}`, ...quoted(record.excerpt));
    }
  } else {
    lines.push(`Cause: ${printable(cause.title)} (${cause.confidence}, ${percent(cause.probability)})`, printable(cause.summary), '', 'Proof:');
    for (const piece of cause.evidence.slice(0, 4)) {
      lines.push(`- ${printable(piece.title)} (${printable(place(piece.file, piece.line))})`, ...quoted(piece.excerpt));
    }
    lines.push(...ticketSteps('What to do:', cause.fix.steps), ...ticketSteps('How to know that it worked:', cause.fix.verify));
    if (others.length > 0) lines.push('', 'Less likely:');
    for (const other of others) lines.push(`- ${printable(other.title)} (${other.confidence}, ${percent(other.probability)})`);
  }
  if (answer.next_checks.length > 0) lines.push('', 'To find out:');
  for (const check of answer.next_checks) lines.push(`- ${printable(check.question)}${check.place ? ` (${printable(check.place)})` : ''}`);
  if (cause) lines.push('', `certwhy, ${cause.id}, from: ${files}`);
  return `${lines.join('\n')}\n`;
}

/** @param {string} excerpt */
function quoted(excerpt) {
  return printable(excerpt).split('\n').map((line) => `  | ${line}`);
}

/**
 * @param {string} title
 * @param {Step[]} steps
 */
function ticketSteps(title, steps) {
  if (steps.length === 0) return [];
  const lines = ['', title];
  steps.forEach((step, ix) => {
    lines.push(`${ix + 1}. ${printable(step.do)} (${cost(step)})`);
    for (const [platform, commands] of Object.entries(step.commands)) {
      for (const command of commands) lines.push(`   ${platform === 'windows' ? 'PS>' : '$'} ${printable(command)}`);
    }
  });
  return lines;
}

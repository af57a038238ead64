// See `record`.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, scenarios } from './scenarios.mjs';

const program = process.argv[2];
const out = new URL('recorded/', import.meta.url);
const keep = (name, text) => writeFileSync(new URL(name, out), text);

function run(args, cwd) {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  } catch (error) {
    // 1: a cause was found; 2 with an answer: something could not be read.
    if (error.status === 1) return error.stdout;
    if (error.status === 2 && error.stdout !== '') return error.stdout;
    throw error;
  }
}

for (const [name, { files, facts = [] }] of Object.entries(scenarios)) {
  const folder = mkdtempSync(join(tmpdir(), 'certwhy-record-'));
  const all = files();
  for (const [file, bytes] of Object.entries(all)) writeFileSync(join(folder, file), bytes);
  const args = ['diagnose', ...Object.keys(all), ...facts.flatMap((fact) => ['--fact', fact]), '--now', NOW];
  try {
    keep(`${name}.json`, run([...args, '--format', 'json'], folder));
    keep(`${name}.md`, run([...args, '--format', 'markdown'], folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
keep('known-facts.json', run(['list', 'facts', '--format', 'json']));
keep('article.md', run(['explain', 'reload.config-invalid']));

/** The engine answers what the command line answers, to the last digit. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { NOW, cases, fresh, native, root } from './engine.js';

const folders = ['tests/cases', 'tests/quiet'].map((folder) => path.join(root, folder));
if (process.env.CERTWHY_CORPUS) folders.push(path.resolve(process.env.CERTWHY_CORPUS));

for (const folder of folders) {
  test(folder, async (t) => {
    const engine = await fresh();
    const all = cases(folder);
    assert.ok(all.length > 0, 'there are cases');
    const different = [];
    for (const { folder: at, files } of all) {
      const inputs = files.map((name) => ({ name, path: path.join(at, name) }));
      const answer = await engine.diagnose({ inputs, now: NOW });
      if (!isDeepStrictEqual(answer, native(at, files))) different.push(at);
    }
    t.diagnostic(`${all.length} cases`);
    assert.deepEqual(different, []);
  });
}

// Files of rules hold a line of every kind that the rules know. All of them take a program that is built for release:
// CERTWHY_ALL=1; without it, some.
test('files of rules, read as logs', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certwhy-wasm-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const engine = await fresh();
  const signals = path.join(root, 'rules/signals');
  const all = fs.readdirSync(signals).filter((name, n) => name.endsWith('.yaml') && (process.env.CERTWHY_ALL || n % 8 === 0));
  const different = [];
  for (const file of all) {
    const name = file.replace('.yaml', '.log');
    fs.copyFileSync(path.join(signals, file), path.join(folder, name));
    const answer = await engine.diagnose({ inputs: [{ name, path: path.join(folder, name) }], now: NOW });
    if (!isDeepStrictEqual(answer, native(folder, [name]))) different.push(file);
  }
  t.diagnostic(`${all.length} files`);
  assert.deepEqual(different, []);
});

test('a log of several incidents', async () => {
  const engine = await fresh();
  const all = cases(path.join(root, 'tests/cases')).slice(0, 12);
  const at = path.join(root, 'tests/cases');
  const files = all.flatMap(({ folder, files }) => files.map((file) => path.relative(at, path.join(folder, file))));
  const inputs = files.map((name) => ({ name, path: path.join(at, name) }));
  assert.deepEqual(await engine.diagnose({ inputs, now: NOW }), native(at, files));
});

test('facts and options count as on the command line', async () => {
  const engine = await fresh();
  const [{ folder, files }] = cases(path.join(root, 'tests/cases'));
  const inputs = files.map((name) => ({ name, path: path.join(folder, name) }));
  const facts = ['bot.status=Stopped', 'dcv.method=dns-01'];
  const answer = await engine.diagnose({ inputs, facts, options: { top: 2, min_probability: 0.1 }, now: NOW });
  const args = [...files, '--fact', facts[0], '--fact', facts[1], '--top', '2', '--min-probability', '0.1'];
  assert.deepEqual(answer, native(folder, args));
});

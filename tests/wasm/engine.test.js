/** Start, long logs, archives, mistakes and panics. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { NOW, cases, fresh, native, root } from './engine.js';

const dns = path.join(root, 'tests/cases/acme-sh-nxdomain-for-host');
const [{ files }] = cases(dns);
const bytes = fs.readFileSync(path.join(dns, files[0]));

/**
 * A log of so many bytes with an incident in its middle.
 * @param {number} size
 */
function long(size) {
  const line = (/** @type {number} */ ix) =>
    `2026-11-24 10:${String(ix % 60).padStart(2, '0')}:00 INFO request ${ix} served in ${ix % 977} ms by worker ${ix % 13}\n`;
  const parts = [];
  let length = 0;
  for (let ix = 0; length < size; ix += 1) {
    const text = line(ix);
    parts.push(text);
    length += text.length;
  }
  parts.splice(parts.length >> 1, 0, String(bytes));
  return Buffer.from(parts.join(''));
}

test('a long log takes no more memory than a short one, and tells of it on the way', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certwhy-wasm-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'long.log');
  fs.writeFileSync(file, long(50 << 20));
  const engine = /** @type {any} */ (await fresh());
  await engine.diagnose({ inputs: [{ name: 'short.log', bytes: long(2 << 20) }], now: NOW });
  const before = engine.exports.memory.buffer.byteLength;
  const progress = [];
  const started = performance.now();
  const answer = await engine.diagnose(
    { inputs: [{ name: 'long.log', path: file }], now: NOW },
    { onProgress: (/** @type {number} */ read) => progress.push(read) },
  );
  const took = performance.now() - started;
  const grown = engine.exports.memory.buffer.byteLength - before;
  t.diagnostic(`50 MiB in ${took.toFixed(0)} ms; memory ${before >> 20} MiB, ${grown >> 20} MiB more than for 2 MiB`);
  assert.ok(grown < 8 << 20, `${grown} bytes`);
  assert.ok(progress.length > 1 && progress.every((read, ix) => ix === 0 || read >= progress[ix - 1]));
  assert.equal(progress.at(-1), fs.statSync(file).size);
  assert.deepEqual(answer, native(folder, ['long.log']));
});

test('times', async (t) => {
  const started = performance.now();
  const engine = await fresh();
  t.diagnostic(`start: ${(performance.now() - started).toFixed(0)} ms`);
  const log = long(1 << 20);
  for (const round of ['first', 'second']) {
    const begun = performance.now();
    await engine.diagnose({ inputs: [{ name: 'a.log', bytes: log }], now: NOW });
    t.diagnostic(`a log of 1 MiB, ${round} time: ${(performance.now() - begun).toFixed(0)} ms`);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certwhy-wasm-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'a.log'), log);
  const begun = performance.now();
  native(folder, ['a.log']);
  t.diagnostic(`the same by the program, with its start: ${(performance.now() - begun).toFixed(0)} ms`);
});

test('answers to a part come while the rest is read', async () => {
  const engine = /** @type {any} */ (await fresh());
  const partial = [];
  // As if much time had passed at every piece that is read.
  const log = Buffer.concat([bytes, long(1 << 20)]);
  const real = performance.now;
  let clock = 0;
  performance.now = () => (clock += 2000);
  try {
    await engine.diagnose({ inputs: [{ name: 'a.log', bytes: log }], now: NOW }, { onPartial: (/** @type {any} */ one) => partial.push(one) });
  } finally {
    performance.now = real;
  }
  assert.ok(partial.length > 1);
  assert.ok(partial.every((one) => one.partial === true && one.inputs[0].name === 'a.log'));
  assert.ok(partial.at(-1).causes.length > 0);
});

test('compressed inputs and archives are opened', async () => {
  const engine = await fresh();
  const plain = await engine.diagnose({ inputs: [{ name: 'a.log', bytes }], now: NOW });
  const packed = await engine.diagnose({ inputs: [{ name: 'a.log.gz', bytes: gzipSync(bytes) }], now: NOW });
  assert.equal(packed.causes[0].id, plain.causes[0].id);
  assert.match(packed.inputs[0].format, /gzip/);
});

test('texts and blobs are inputs too', async () => {
  const engine = await fresh();
  const wanted = await engine.diagnose({ inputs: [{ name: 'a.log', bytes }], now: NOW });
  for (const input of [{ name: 'a.log', text: String(bytes) }, { name: 'a.log', blob: new Blob([bytes]) }]) {
    assert.deepEqual(await engine.diagnose({ inputs: [input], now: NOW }), wanted);
  }
});

test('what else is known can be asked for', async () => {
  const engine = await fresh();
  assert.match(engine.version.version, /^\d+\.\d+\.\d+/);
  assert.match(await engine.explain('dcv.dns-record-missing'), /^# /);
  await assert.rejects(engine.explain('dcv.dns-record-mising'), /did you mean|dns-record-missing/);
  assert.ok((await engine.facts()).some((fact) => fact.path === 'bot.status' && fact.values.includes('Stopped')));
  await assert.rejects(engine.whyNot('dcv.caa-forbidden'), /nothing was diagnosed/);
  const answer = await engine.diagnose({ inputs: [{ name: 'a.log', bytes }], now: NOW });
  assert.equal((await engine.whyNot('dcv.caa-forbidden')).schema, 'certwhy/why-not/1');
  assert.ok((await engine.report('markdown')).includes(answer.causes[0].title));
  await assert.rejects(engine.report('pdf'), /markdown, text/);
});

test('wrong requests say what is wrong', async () => {
  const engine = await fresh();
  await assert.rejects(engine.diagnose({ facts: ['bot.statu=Stopped'], now: NOW }), /bot\.status/);
  await assert.rejects(engine.diagnose({ now: 'yesterday' }), /the request/);
  await assert.rejects(engine.diagnose(/** @type {any} */ ({ options: { topp: 1 }, now: NOW })), /topp/);
});

test('a panic is an error with its message, and the next call works', async () => {
  const engine = /** @type {any} */ (await fresh());
  assert.throws(() => engine.call('panic'), /certwhy has a mistake.*asked for/s);
  const answer = await engine.diagnose({ inputs: [{ name: 'a.log', bytes }], now: NOW });
  assert.ok(answer.causes.length > 0);
});

test('a file that goes away is a note, not an end', async () => {
  const engine = /** @type {any} */ (await fresh());
  const broken = { get length() { return 100; }, subarray() { throw new Error('gone'); } };
  const answer = await engine.diagnose({ inputs: [{ name: 'gone.log', bytes: broken }, { name: 'a.log', bytes }], now: NOW });
  assert.match(answer.inputs[0].notes.join(), /cannot be read any more/);
  assert.ok(answer.causes.length > 0);
});

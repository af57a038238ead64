// The WebAssembly engine on other people's pages: the element, and the worker behind it.
//   CERTWHY_WASM  the folder that bindings/wasm/build wrote
//   CHROMIUM      the browser; /usr/bin/chromium if not set

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from './harness.mjs';
import { NOW, scenarios } from './scenarios.mjs';
import { start } from './server.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WASM = process.env.CERTWHY_WASM;
/** What the documentation asks of a page; and of one whose files come from elsewhere. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'";
const elsewhere = (origin) =>
  `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; worker-src blob: ${origin}; connect-src ${origin}`;
const CAUSE = 'The server refuses its configuration';
/** Lines of the log that takes long. */
const REFUSALS = 150_000;

let browser, server, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certwhy-element-'));
  writeFileSync(join(folder, 'site.log'), scenarios.renewed.files()['renewed-but-old-served.log']);
  server = await start({ folders: [WASM, folder], mock: false, headers: { 'content-security-policy': POLICY, 'access-control-allow-origin': '*' } });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

/** A page, held to what always holds: nothing is sent, nothing is against the policy, no error. */
async function withPage(act, { base = server, at = 'demo.html' } = {}) {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    window.violations = [];
    window.answers = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    document.addEventListener('certwhy-answer', (event) => window.answers.push(event.detail));
  });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    const known = [server.address, base.address, 'blob:'].some((address) => request.url().startsWith(address));
    if (!known || request.method() !== 'GET') wrong.push(`request: ${request.method()} ${request.url()}`);
  });
  try {
    await page.goto(base.address + at);
    await act(page);
    assert.deepEqual([...wrong, ...(await page.evaluate(() => window.violations))], []);
  } finally {
    await context.close();
  }
}

const first = (page) => page.waitForSelector('certwhy-diagnose .cause summary');
const log = (name) => scenarios[name].files();

async function accessible(page) {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run('certwhy-diagnose', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
}

test('a log that is dropped gets its cause', () =>
  withPage(async (page) => {
    const [[name, bytes]] = Object.entries(log('renewed'));
    const data = await page.evaluateHandle(([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      return data;
    }, [name, bytes.toString()]);
    await page.dispatchEvent('certwhy-diagnose section', 'dragover', { dataTransfer: data });
    await page.waitForSelector('certwhy-diagnose .drop.over');
    await page.dispatchEvent('certwhy-diagnose section', 'drop', { dataTransfer: data });
    assert.match(await (await first(page)).textContent(), new RegExp(CAUSE));
    assert.equal(await page.locator('certwhy-diagnose .drop.over').count(), 0);
    assert.match(await page.textContent('certwhy-diagnose mark >> nth=0'), /unknown directive/);
    assert.ok((await page.locator('certwhy-diagnose .steps li').count()) > 1);
    assert.deepEqual(await page.evaluate(() => window.answers.map(({ schema }) => schema)), ['certwhy/diagnosis/1']);
    await accessible(page);
  }));

test('lines that are pasted get their cause', () =>
  withPage(async (page) => {
    await page.click('certwhy-diagnose button:has-text("Paste lines")');
    await page.fill('certwhy-diagnose textarea', log('renewed')['renewed-but-old-served.log'].toString());
    await page.press('certwhy-diagnose textarea', 'Control+Enter');
    assert.match(await (await first(page)).textContent(), new RegExp(CAUSE));
  }));

test('a log of the site is diagnosed with what is known of it', () =>
  withPage(async (page) => {
    await page.evaluate(() => {
      const element = document.createElement('certwhy-diagnose');
      element.setAttribute('src', 'site.log');
      element.setAttribute('facts', 'bot.status=Stopped');
      document.querySelector('certwhy-diagnose').replaceWith(element);
    });
    await first(page);
    const [answer] = await page.evaluate(() => window.answers);
    assert.ok(answer.causes.some(({ title }) => title === CAUSE));
    assert.ok(JSON.stringify(answer).includes('bot.status'));
  }));

test('what a log says stays text', () =>
  withPage(async (page) => {
    await page.setInputFiles('certwhy-diagnose input[type=file]', [{ name: 'hostile.log', mimeType: 'text/plain', buffer: Object.values(log('hostile'))[0] }]);
    await first(page);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator('certwhy-diagnose :is(script, img, iframe, b)').count(), 0);
  }));

test('a wrong fact says what is wrong', () =>
  withPage(async (page) => {
    await page.evaluate(() => document.querySelector('certwhy-diagnose').setAttribute('facts', 'bot.statu=Stopped'));
    await page.setInputFiles('certwhy-diagnose input[type=file]', [{ name: 'a.log', mimeType: 'text/plain', buffer: Buffer.from('x\n') }]);
    await page.waitForSelector('certwhy-diagnose .problem:has-text("bot.status")');
  }));

test('a long log tells of itself on the way, and can be stopped', () =>
  withPage(async (page) => {
    const path = join(folder, 'refused.log');
    // What went wrong stands at the beginning, to be told of early; then comes what takes the engine seconds: failures that
    // differ in their words.
    writeFileSync(path, Object.values(log('renewed'))[0]);
    const word = (n) => n.toString(36).replace(/\d/g, (digit) => 'qwxyzvkjbf'[Number(digit)]);
    const refusal = (_, n) => `2026-11-18 03:00:00.008 ERROR [provisioning] nginx: [emerg] unknown directive "ssl_${word(n)}" in /etc/nginx/conf.d/${word(7 * n)}.conf:14\n`;
    appendFileSync(path, Array.from({ length: REFUSALS }, refusal).join(''));
    await page.setInputFiles('certwhy-diagnose input[type=file]', path);
    await page.waitForSelector(`certwhy-diagnose [role=status]:has-text("So far: ${CAUSE}")`);
    assert.match(await page.textContent('certwhy-diagnose .busy'), /of \d+\.\d MB/);
    await page.click('certwhy-diagnose button:has-text("Stop")');
    await page.waitForSelector('certwhy-diagnose [role=status]:has-text("Stopped.")');
    assert.ok(await page.isHidden('certwhy-diagnose .busy'));
    // The next one works, with a worker of its own.
    await page.setInputFiles('certwhy-diagnose input[type=file]', join(folder, 'site.log'));
    assert.match(await (await first(page)).textContent(), new RegExp(CAUSE));
    assert.equal((await page.evaluate(() => window.answers)).length, 1);
  }));

test('a file that vanishes is a note, not an end', () =>
  withPage(async (page) => {
    const path = join(folder, 'gone.log');
    writeFileSync(path, Object.values(log('big'))[0]);
    await page.exposeFunction('vanish', () => rmSync(path, { force: true }));
    await page.evaluate(async () => {
      document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'chosen' }));
      const { open } = await import('./certwhy.js');
      window.engine = await open();
    });
    await page.setInputFiles('#chosen', path);
    const answer = await page.evaluate(() => {
      const blob = document.getElementById('chosen').files[0];
      const text = '2026-11-18 02:00:12.008 ERROR nginx: [emerg] unknown directive "ssl_protocol" in /etc/nginx/nginx.conf:14\n';
      const inputs = [{ name: 'gone.log', blob }, { name: 'there.log', text }];
      return window.engine.diagnose({ inputs }, { onProgress: () => window.vanish() });
    });
    assert.match(answer.inputs[0].notes.join(), /cannot be read any more/);
    assert.ok(answer.causes.some(({ title }) => title === CAUSE));
  }));

test('wrong requests, and calls before an answer, say what is wrong', () =>
  withPage(async (page) => {
    const told = await page.evaluate(async () => {
      const { open } = await import('./certwhy.js');
      const engine = await open();
      const why = (promise) => promise.then(() => 'no error', ({ name, message }) => `${name}: ${message}`);
      const stopped = new AbortController();
      stopped.abort();
      return [
        await why(engine.diagnose({ now: 'yesterday' })),
        await why(engine.diagnose({ options: { topp: 1 } })),
        await why(engine.diagnose({ inputs: [{ name: 'nothing' }] })),
        await why(engine.report('text')),
        await why(engine.explain('dcv.dns-record-mising')),
        await why(engine.diagnose({ inputs: [] }, { signal: stopped.signal })),
        (await engine.diagnose({ inputs: [{ name: 'a.log', text: 'x' }] })).schema,
        engine.version.version,
      ];
    });
    const wanted = [/the request/, /topp/, /one of blob/, /nothing was diagnosed/, /dns-record-missing/, /^AbortError/, /^certwhy\/diagnosis\/1$/, /^\d+\.\d+\.\d+/];
    wanted.forEach((pattern, ix) => assert.match(told[ix], pattern));
  }));

test('a panic is an error with its message, and the next call works', () =>
  withPage(async (page) => {
    const told = await page.evaluate(async (now) => {
      const worker = new Worker('worker.js', { type: 'module' });
      const ask = (call, ...args) =>
        new Promise((done) => {
          // What comes before them tells of progress.
          worker.onmessage = ({ data }) => (data.result ?? data.error) !== undefined && done(data);
          worker.postMessage({ id: 1, call, args });
        });
      await ask('open');
      const panic = await ask('call', 'panic');
      const next = await ask('diagnose', { inputs: [{ name: 'a.log', text: 'x' }], now }, { partial: false });
      return [panic.error.message, next.result.schema];
    }, NOW);
    assert.match(told[0], /certwhy has a mistake.*asked for/s);
    assert.equal(told[1], 'certwhy/diagnosis/1');
  }));

test('the files may come from another origin', async () => {
  const page = mkdtempSync(join(tmpdir(), 'certwhy-elsewhere-'));
  const origin = new URL(server.address).origin;
  writeFileSync(join(page, 'index.html'), `<!doctype html><title>x</title><script type="module" src="${server.address}certwhy-diagnose.js"></script><certwhy-diagnose></certwhy-diagnose>`);
  const base = await start({ folders: [page], mock: false, headers: { 'content-security-policy': elsewhere(origin) } });
  try {
    await withPage(async (page) => {
      const [[name, buffer]] = Object.entries(log('renewed'));
      await page.setInputFiles('certwhy-diagnose input[type=file]', [{ name, mimeType: 'text/plain', buffer }]);
      assert.match(await (await first(page)).textContent(), new RegExp(CAUSE));
    }, { base, at: '' });
  } finally {
    base.close();
    rmSync(page, { recursive: true });
  }
});

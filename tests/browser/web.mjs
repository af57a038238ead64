// What a support desk does with the page, with every engine that is there. See `run`.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { answered, choose, drop, engines, headline, launch, withPage } from './harness.mjs';
import { BIG_LINE, BIG_LINES, scenarios } from './scenarios.mjs';
import { PAGE, start } from './server.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DARK = { colorScheme: 'dark' };
/** Elements of the page with a log of half a million lines in it. */
const MOST_ELEMENTS = 1500;

const browser = await launch();
const all = await engines();
after(async () => {
  await browser.close();
  for (const engine of all) engine.close();
});

const recorded = (name) => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const said = (page, text) => page.waitForFunction((text) => document.getElementById('said').textContent.includes(text), text);

/** What axe finds. Its source goes in by evaluation, which no policy of the page forbids. */
async function accessible(page) {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join('\n')}`);
  assert.deepEqual(told, []);
}

async function noSideways(page) {
  const [width, view] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= view, `the page is ${width} wide, and the screen ${view}`);
}

async function paste(page, text) {
  await page.click('#paste-open');
  await page.fill('#paste-text', text);
  await page.press('#paste-text', 'Control+Enter');
}

test('the examples are labelled incidents', () => {
  const examples = JSON.parse(readFileSync(new URL('../../src/publish/web/examples.json', import.meta.url)));
  const incident = (path) => readFileSync(new URL(`../cases/${path}`, import.meta.url), 'utf8');
  assert.equal(examples['renewed-but-old-served.log'], incident('certinext-renewed-but-old-served-log/bot.log'));
  assert.equal(examples['validation-failed.log'], incident('certbot-webroot-spa-fallback-html/log.txt'));
  assert.equal(examples['stuck-at-deployment-pending.json'], incident('certinext-stuck-in-deployment-pending-facts/status.json'));
});

test('the Markdown of the page is that of the command line', async () => {
  const { markdown, ticket } = await import('../../src/publish/web/markdown.js');
  for (const name of Object.keys(scenarios)) {
    const answer = JSON.parse(recorded(`${name}.json`));
    assert.equal(markdown(answer).trimEnd(), recorded(`${name}.md`).trimEnd(), name);
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/.test(ticket(answer)), name);
  }
});

test('with an engine beside the page nothing is sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'certwhy-browser-'));
  writeFileSync(join(folder, 'article.json'), JSON.stringify(recorded('article.md')));
  writeFileSync(join(folder, 'answer.json'), recorded('renewed.json'));
  writeFileSync(join(folder, 'certwhy.js'), `
    const load = async (name) => (await fetch(name)).json();
    export async function diagnose({ inputs, facts }, { onProgress }) {
      onProgress(inputs[0].blob.size);
      return { ...(await load('answer.json')), symptoms: [{ id: 'x', title: await inputs[0].blob.text(), guides: [] }] };
    }
    export const explain = () => load('article.json');
    export const facts = async () => [];
  `);
  const server = await start({ folders: [folder, PAGE], mock: false });
  try {
    await withPage(browser, { name: 'stand-in', kind: 'wasm', ...server }, 'an engine beside the page', {}, async (page) => {
      assert.match(await page.textContent('#engine'), /^The log stays in this browser/);
      await choose(page, 'renewed');
      assert.match(await page.textContent('.symptoms'), /renewal window reached/);
      await page.click('text=Read the article >> nth=0');
      await page.waitForSelector('#article[open] h3');
    });
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});

for (const engine of all) {
  const page = (name, options, act) => test(name, (context) => withPage(browser, engine, name, options, (page) => act(page, context)));

  describe(`with the engine: ${engine.name}`, () => {
    page('says where the log goes', {}, async (page) => {
      const notice = await page.textContent('#engine');
      if (engine.kind === 'wasm') assert.match(notice, /stays in this browser/);
      else assert.match(notice, new RegExp(`sent to ${new URL(engine.address).host}`));
      await accessible(page);
    });

    page('a pasted log gets its cause', {}, async (page) => {
      await paste(page, scenarios.validation.files()['pasted text'].toString());
      await answered(page);
      assert.equal(await headline(page), 'The challenge path answers with something else');
      assert.equal(await page.textContent('.cause mark >> nth=0'), 'Invalid response from http://app.example.com/.well-known/acme-challenge/48rt1fMZtAKhSOjxLB1CdTqMFEywbS3JshaF-LGJNKI: "');
      assert.match(await page.textContent('.cause .sure >> nth=0'), /possible \(60 %\)/);
      assert.ok(await page.evaluate(() => document.activeElement.id === 'result-head'));
      await said(page, 'The challenge path answers with something else: possible, and 2 less likely causes');
    });

    page('an example can be tried', {}, async (page) => {
      await page.click('text=renewed, but the old certificate is served');
      await answered(page);
      assert.equal(await headline(page), 'The server refuses its configuration');
      await page.click('label:has-text("Windows") >> nth=0');
      assert.ok((await page.textContent('.steps >> nth=0')).includes('httpd.exe -t'));
      assert.ok(!(await page.textContent('.steps >> nth=0')).includes('apachectl configtest'));
      assert.equal(await page.evaluate(() => localStorage['certwhy.platform']), 'windows');
      await page.click('.command button >> nth=0');
      assert.equal(await clipboard(page), 'httpd.exe -t');
    });

    page('copying works without the clipboard of secure pages', {}, async (page) => {
      await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
      await choose(page, 'renewed');
      await page.click('.command button >> nth=0');
      await said(page, 'Command copied');
      await page.click('#paste-open');
      await page.keyboard.press('Control+V');
      assert.equal(await page.inputValue('#paste-text'), 'nginx -t');
    });

    page('two dropped files are two incidents', {}, async (page) => {
      await drop(page, 'two');
      await answered(page);
      assert.equal(await headline(page), 'A CAA record forbids this CA to issue');
      await page.click('#tab-subjects');
      assert.equal(await page.locator('.incident').count(), 2);
      await page.click('#tab-reasoning');
      assert.ok((await page.locator('svg.graph .edge').count()) >= 4);
      await page.click('text=The same as text');
      assert.match(await page.textContent('#panel'), /The server refuses its configuration is almost certain/);
      await page.click('#tab-inputs');
      assert.match(await page.textContent('#panel'), /bot\.log[\s\S]*lego\.log/);
      await accessible(page);
      await page.click('button[aria-label="Remove lego.log"]');
    });

    page('a part of the answer is shown while more is read', {}, async (page) => {
      if (engine.options.slow === undefined) return;
      engine.options.slow = 700;
      try {
        await page.setInputFiles('#files-input', [{ name: 'renewed-but-old-served.log', mimeType: 'text/plain', buffer: scenarios.renewed.files()['renewed-but-old-served.log'] }]);
        await page.waitForSelector('.banner:has-text("So far")');
        assert.equal(await headline(page), 'The server refuses its configuration');
        assert.match(await page.textContent('#progress-text'), /of 894 bytes read/);
        assert.equal(await page.locator('.verdict .buttons').count(), 0);
        await answered(page);
        assert.equal(await page.locator('.banner').count(), 0);
        assert.ok(await page.isHidden('#progress'));
        // And once more, but the person has seen enough.
        await page.setInputFiles('#files-input', [{ name: 'more.log', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
        await page.waitForSelector('#progress:not([hidden])');
        await page.keyboard.press('Escape');
        await said(page, 'Cancelled');
        assert.ok(await page.isHidden('#progress'));
        assert.doesNotMatch(await page.textContent('#given'), /more\.log/);
        // What was known when somebody cancels stays.
        await page.click('text=Start over');
        await page.setInputFiles('#files-input', [{ name: 'renewed-but-old-served.log', mimeType: 'text/plain', buffer: scenarios.renewed.files()['renewed-but-old-served.log'] }]);
        await page.waitForSelector('.banner:has-text("So far")');
        await page.click('#cancel');
        await page.waitForSelector('.banner:has-text("Interrupted")');
        assert.equal(await headline(page), 'The server refuses its configuration');
      } finally {
        engine.options.slow = 30;
      }
    });

    page('an answered question moves the ranking', {}, async (page) => {
      await paste(page, scenarios.validation.files()['pasted text'].toString());
      await answered(page);
      const asked = page.locator('.question');
      const before = await asked.count();
      assert.ok(before >= 3);
      await asked.first().locator('text=Don\'t know').click();
      assert.equal(await asked.count(), before - 1);
      await page.click('text=again that you passed over');
      assert.equal(await asked.count(), before);
      await page.fill('[data-fact="dcv.challenge_http_status"] input', '404');
      await page.press('[data-fact="dcv.challenge_http_status"] input', 'Enter');
      await page.waitForSelector('.moved');
      assert.match(await page.textContent('.moved'), /Another cause leads now: The challenge file is not found, almost certain/);
      assert.match(await page.textContent('.moved'), /21 %above 99 %▲ more likely/);
      assert.equal(await headline(page), 'The challenge file is not found');
      assert.match(await page.textContent('#facts'), /dcv\.challenge_http_status = 404/);
      await accessible(page);
      await page.click('button[aria-label="Take back dcv.challenge_http_status"]');
      await page.waitForFunction(() => document.getElementById('result-head').textContent.startsWith('The challenge path'));
    });

    page('a fact alone is enough', {}, async (page) => {
      await page.click('#known summary');
      await page.selectOption('#fact-path', 'bot.status');
      await page.selectOption('#fact-value select', 'Stopped');
      await page.click('#fact-value button');
      await answered(page);
      assert.equal(await headline(page), JSON.parse(recorded('fact-alone.json')).causes[0].title);
      assert.match(await page.textContent('.cause .where'), /a fact that you gave/);
    });

    page('a result is copied and saved, and opens again', {}, async (page) => {
      await choose(page, 'renewed');
      await page.click('text=Copy as Markdown');
      await said(page, 'copied');
      if (engine.name === 'recorded service') assert.equal((await clipboard(page)).trimEnd(), recorded('renewed.md').trimEnd());
      else assert.match(await clipboard(page), /^# Diagnosis\n\n## 1\. The server refuses its configuration \(almost certain, 94 %\)/);
      await page.click('text=Copy for a ticket');
      await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('Cause: '));
      assert.match(await clipboard(page), /^Cause: The server refuses its configuration \(almost certain, 94 %\)\n[\s\S]*Proof:\n[\s\S]*What to do:\n1\. /);

      const folder = mkdtempSync(join(tmpdir(), 'certwhy-browser-'));
      try {
        for (const [button, name] of [['Save as JSON', 'certwhy-diagnosis.json'], ['Save as a page', 'certwhy-diagnosis.html']]) {
          const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text=${button}`)]);
          assert.equal(download.suggestedFilename(), name);
          await download.saveAs(join(folder, name));
        }
        for (const name of ['certwhy-diagnosis.json', 'certwhy-diagnosis.html']) {
          await page.click('text=Start over');
          assert.ok(await page.isHidden('#result'));
          await page.setInputFiles('#files-input', join(folder, name));
          await page.waitForSelector('.banner:has-text("A saved diagnosis")');
          assert.equal(await headline(page), 'The server refuses its configuration');
          assert.equal(await page.locator('.question').count(), 0);
        }
        await standsAlone(browser, join(folder, 'certwhy-diagnosis.html'));
        writeFileSync(join(folder, 'damaged.json'), '{"schema": "certwhy/diagnosis/1", "causes": [{"evidence": [null], "against": [], "looks_like": [], "fix": {"steps": [], "verify": []}}], "symptoms": [], "incidents": [], "history": [], "next_checks": [], "unexplained": [], "inputs": []}');
        await page.setInputFiles('#files-input', join(folder, 'damaged.json'));
        await page.waitForSelector('#problem:has-text("damaged")');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    page('the keyboard is enough', {}, async (page) => {
      await page.keyboard.press('?');
      assert.ok(await page.isVisible('#help'));
      await accessible(page);
      await page.keyboard.press('Escape');
      await page.keyboard.press('p');
      await page.keyboard.insertText(scenarios.renewed.files()['renewed-but-old-served.log'].toString());
      await page.keyboard.press('Control+Enter');
      await answered(page);
      const focus = () => page.evaluate(() => document.activeElement.textContent);
      await page.keyboard.press('j');
      assert.match(await focus(), /^1\. The server refuses/);
      await page.keyboard.press('j');
      assert.match(await focus(), /^2\. The service did not come up/);
      await page.keyboard.press('2');
      assert.equal(await focus(), 'Reasoning');
      await page.keyboard.press('ArrowRight');
      assert.match(await focus(), /^Inputs/);
      await page.keyboard.press('n');
      await page.waitForSelector('.log-row.current');
      assert.equal(await page.textContent('.log-row.current .log-number'), '6');
      await page.keyboard.press('n');
      await page.waitForFunction(() => document.querySelector('.log-row.current .log-number').textContent === '7');
      await page.keyboard.press('Escape');
      assert.match(await focus(), /^Inputs|^Causes/);
      await page.keyboard.press('q');
      assert.ok(await page.evaluate(() => document.activeElement.closest('.question') !== null));
      await page.keyboard.press('c');
      await said(page, 'Diagnosis copied');
      await page.keyboard.press('t');
      assert.equal(await page.getAttribute('html', 'data-theme'), 'light');
      // Everything that can be used is reached with Tab.
      const wanted = await page.locator('button:visible:not([role=tab]), a:visible, select:visible, summary:visible').count();
      await page.evaluate(() => document.activeElement.blur());
      const reached = new Set();
      for (let n = 0; n < wanted + 80; n += 1) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate(() => {
          window.stops ??= [];
          const at = window.stops.indexOf(document.activeElement);
          return at >= 0 ? at : window.stops.push(document.activeElement) - 1;
        }));
      }
      assert.ok(reached.size >= wanted, `${reached.size} of ${wanted} were reached`);
    });

    page('a jump leads to the line, and back', {}, async (page) => {
      await choose(page, 'renewed');
      await page.click('button:has-text("renewed-but-old-served.log:7")');
      await page.waitForSelector('.log-row.current mark');
      assert.equal(await page.textContent('.log-row.current .log-number'), '7');
      assert.match(await page.textContent('.log-row.current mark'), /^\[emerg\] unknown directive/);
      assert.equal(await page.getAttribute(':focus', 'aria-label'), 'Lines of the log');
      await accessible(page);
      await page.keyboard.press('Escape');
      assert.match(await page.getAttribute(':focus', 'aria-label'), /Jump to renewed-but-old-served\.log:7/);
    });

    for (const [scenario, name] of [['packed', 'bot.log.gz'], ['utf16', 'bot16.log']]) {
      page(`a jump into a log that is ${scenario}`, {}, async (page) => {
        await choose(page, scenario);
        await page.click(`button:has-text("${name}:7")`);
        await page.waitForSelector('.log-row.current mark');
        assert.match(await page.textContent('.log-row.current'), /^72026-11-18 02:00:12\.008 ERROR \[provisioning\] nginx: \[emerg\] unknown directive/);
        assert.match(await page.textContent('.log-told'), /^9 lines/);
      });
    }

    page('an article opens by its address', {}, async (page) => {
      await page.evaluate(() => (location.hash = '#explain/reload.config-invalid'));
      await page.waitForSelector('#article[open] h3');
      assert.equal(await page.textContent('#article-head'), 'The server refuses its configuration');
      assert.match(await page.textContent('#article-text'), /What it means/);
      await accessible(page);
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => location.hash === '');
    });

    page('a symptom leads to its guides', {}, async (page) => {
      await choose(page, 'facts');
      assert.match(await page.textContent('.symptoms'), /The deployment is stuck at Deployment Pending/);
      if (engine.name === 'recorded service') return;
      await page.click('.guides a >> nth=0');
      await page.waitForFunction(() => document.querySelectorAll('#article-text p, #article-text li').length > 3);
    });

    page('a healthy log is left in peace', {}, async (page) => {
      await choose(page, 'healthy');
      assert.equal(await headline(page), 'Nothing wrong found');
      assert.equal(await page.locator('.cause').count(), 0);
      await accessible(page);
    });

    page('what no rule knows is shown', {}, async (page) => {
      await choose(page, 'unknown');
      assert.equal(await headline(page), 'No known cause');
      assert.match(await page.textContent('#panel'), /the flux of the certificate is inverted/);
    });

    page('what is over is said to be over', {}, async (page) => {
      await choose(page, 'over');
      assert.equal(await headline(page), 'Nothing is wrong any more');
      assert.match(await page.textContent('#panel'), /Since then: certbot received a certificate/);
      assert.equal(await page.locator('.question').count(), 0);
    });

    page('what cannot be read is named', {}, async (page) => {
      await choose(page, 'unreadable');
      assert.equal(await headline(page), 'No known cause in what could be read');
      await page.click('#tab-inputs');
      assert.match(await page.textContent('#panel'), /photo\.png[\s\S]*not text/);
    });

    page('a refusal says what to do', {}, async (page) => {
      await page.setInputFiles('#files-input', [{ name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff]) }]);
      await page.waitForSelector('#problem:not([hidden]), #result:not([hidden])');
      assert.match(await page.textContent('main'), /photo\.png/);
      assert.ok(await page.isHidden('#progress'));
    });

    page('a log that was written to meanwhile is asked for again', {}, async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'certwhy-browser-'));
      const path = join(folder, 'renewed-but-old-served.log');
      const log = scenarios.renewed.files()['renewed-but-old-served.log'];
      try {
        writeFileSync(path, log);
        await page.setInputFiles('#files-input', path);
        await answered(page);
        await new Promise((done) => setTimeout(done, 1100));
        writeFileSync(path, Buffer.concat([log, log]));
        await page.click('.question button:has-text("No") >> nth=0');
        await page.waitForSelector('#problem:has-text("changed or removed since it was chosen")');
        assert.ok(!(await page.textContent('#given')).includes('renewed-but-old-served.log'));
        writeFileSync(path, log);
        await page.setInputFiles('#files-input', path);
        await page.waitForSelector('#problem', { state: 'hidden' });
        await answered(page);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    page('dark', DARK, async (page) => {
      await choose(page, 'renewed');
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme || getComputedStyle(document.documentElement).colorScheme), 'dark');
      await accessible(page);
      await page.click('#tab-reasoning');
      await accessible(page);
      await page.click('#tab-log');
      await page.waitForSelector('.log-row');
      await accessible(page);
    });

    page('light', {}, async (page) => {
      await choose(page, 'renewed');
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      await accessible(page);
    });

    page('phone', PHONE, async (page) => {
      await noSideways(page);
      await choose(page, 'two');
      for (const tab of await page.locator('[role=tab]').all()) {
        await tab.click();
        await noSideways(page);
      }
      await page.setViewportSize({ width: 320, height: 700 });
      for (const tab of await page.locator('[role=tab]').all()) {
        await tab.click();
        await noSideways(page);
      }
      await accessible(page);
    });

    page('on paper', {}, async (page) => {
      await choose(page, 'renewed');
      await page.emulateMedia({ media: 'print' });
      assert.ok(await page.isHidden('#intake'));
      assert.ok(await page.isVisible('.cause >> nth=0'));
    });

    page('a hostile log stays text', {}, async (page) => {
      await choose(page, 'hostile');
      assert.equal(await headline(page), 'The server refuses its configuration');
      for (const tab of await page.locator('[role=tab]').all()) {
        await tab.click();
        await page.waitForTimeout(100);
        const found = await page.evaluate(() => ({
          hacked: window.hacked,
          markup: document.querySelectorAll('main script, main img, main iframe, main b').length,
          controls: /[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/.test(document.body.textContent),
        }));
        assert.deepEqual(found, { hacked: undefined, markup: 0, controls: false });
      }
      await page.waitForSelector('.log-row');
      assert.equal(await page.locator('.log-row').count(), 6);
      assert.match(await page.textContent('.log-rows'), /<script>window\.hacked = 1<\/script>/);
      assert.match(await page.textContent('.log-rows'), /\\u\{202e\}gnirts/);
      const letters = await page.evaluate(() => document.body.textContent.length);
      assert.ok(letters < 60_000, `${letters} letters in the page`);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Save as a page')]);
      await standsAlone(browser, await download.path());
    });

    page('a log of 50 MB stays smooth', {}, async (page, context) => {
      const folder = mkdtempSync(join(tmpdir(), 'certwhy-browser-'));
      try {
        const path = join(folder, 'big.log');
        const bytes = scenarios.big.files()['big.log'];
        writeFileSync(path, bytes);
        const began = Date.now();
        await page.setInputFiles('#files-input', path);
        await page.waitForSelector('#result:not([hidden]) .verdict .buttons', { timeout: 180_000 });
        const taken = Date.now() - began;
        assert.equal(await headline(page), 'The server refuses its configuration');
        await page.click(`button:has-text("big.log:${BIG_LINE}") >> nth=0`);
        await page.waitForSelector('.log-row.current mark');
        assert.equal(await page.textContent('.log-row.current .log-number'), String(BIG_LINE));
        assert.match(await page.textContent('.log-row.current'), /unknown directive "ssl_protocol"/);
        assert.match(await page.textContent('.log-told'), new RegExp(`^${BIG_LINES} lines`));
        await page.fill('#log-line', String(BIG_LINES));
        await page.press('#log-line', 'Enter');
        await page.waitForFunction((line) => document.querySelector('.log-row.current .log-number')?.textContent === line, String(BIG_LINES));
        await page.focus('.log-viewport');
        for (let n = 0; n < 20; n += 1) await page.keyboard.press('PageUp');
        await page.waitForTimeout(300);
        const elements = await page.evaluate(() => document.querySelectorAll('*').length);
        assert.ok(elements < MOST_ELEMENTS, `${elements} elements`);
        const { longest, memory } = await page.evaluate(() => ({ longest: window.longest, memory: performance.memory?.usedJSHeapSize ?? 0 }));
        context.diagnostic(`${bytes.length} bytes in ${taken} ms; the page was busy for ${Math.round(longest)} ms at most; ${elements} elements; ${Math.round(memory / 1e6)} MB of JavaScript`);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
}

/** A saved page works from the disk, without scripts, and asks for nothing. */
async function standsAlone(browser, path) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  const content = readFileSync(path, 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'certwhy-report-'));
  try {
    writeFileSync(join(folder, 'report.html'), content);
    await page.goto(`file://${folder}/report.html`);
    assert.match(await page.textContent('h1'), /The server refuses its configuration/);
    assert.equal(await page.locator('button').count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator('main script, main img, main iframe').count(), 0);
    assert.ok((await page.locator('mark').count()) > 0);
    assert.equal(requests.length, 1);
    await accessible(page);
  } finally {
    rmSync(folder, { recursive: true });
    await context.close();
  }
}

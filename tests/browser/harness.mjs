// A browser, the engines that are there, and a page that watches itself.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { scenarios } from './scenarios.mjs';
import { PAGE, start } from './server.mjs';

const SCREENSHOTS = process.env.SCREENSHOTS;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });

/** The engines that are tested: the stand-in always, the real ones where they are. */
export async function engines() {
  const all = [{ name: 'recorded service', kind: 'api', ...(await start({ folders: [PAGE], mock: true })) }];
  if (process.env.CERTWHY_BIN) all.push({ name: 'certwhy serve', kind: 'api', options: {}, ...(await serve(process.env.CERTWHY_BIN)) });
  if (process.env.CERTWHY_WASM) {
    all.push({ name: 'WebAssembly', kind: 'wasm', ...(await start({ folders: [process.env.CERTWHY_WASM], mock: false })) });
  }
  return all;
}

/** Starts the service on a free port and waits for its address. */
function serve(program) {
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((done, failed) => {
    let told = '';
    const look = (chunk) => {
      told += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(told);
      if (found) done({ address: `${found[0]}/`, close: () => child.kill() });
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', () => failed(new Error(`certwhy serve ended: ${told}`)));
    setTimeout(() => failed(new Error(`certwhy serve names no address: ${told}`)), 30_000).unref();
  });
}

/**
 * Opens the page, does something with it, and then holds it to what always holds: no request to anywhere else, nothing
 * against the policy, no error in the console, nothing stored but settings.
 * @param {string} name of the picture
 */
export async function withPage(browser, engine, name, options, act) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(engine.address).origin });
  await context.addInitScript(() => {
    window.violations = [];
    window.longest = 0;
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const wrong = [];
  page.on('console', (message) => {
    // Refusals of the service are told by the page itself.
    if (message.type() === 'error' && !/status of (4\d\d|503)|ERR_UPLOAD_FILE_CHANGED/.test(message.text())) wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(engine.address) && !/^(blob|data):/.test(request.url())) wrong.push(`request: ${request.url()}`);
    if (engine.kind === 'wasm' && request.method() !== 'GET' && request.method() !== 'HEAD') wrong.push(`sent: ${request.url()}`);
  });
  try {
    await page.goto(engine.address);
    await page.waitForSelector('.engine-api, .engine-wasm');
    await act(page);
    const violations = await page.evaluate(() => window.violations);
    assert.deepEqual([...wrong, ...violations], []);
    const stored = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]);
    assert.deepEqual(stored.filter((key) => !/^certwhy\.(theme|platform|keys)$/.test(key)), []);
    assert.deepEqual(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), []);
  } finally {
    if (SCREENSHOTS) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: `${SCREENSHOTS}/${`${engine.name} ${name}`.replace(/\W+/g, '-')}.png`, fullPage: true });
    }
    await context.close();
  }
}

/** The files of a scenario as a file chooser hands them over. */
export const files = (scenario) =>
  Object.entries(scenarios[scenario].files()).map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer }));

/** Hands in the files of a scenario and waits for the answer. */
export async function choose(page, scenario) {
  await page.setInputFiles('#files-input', files(scenario));
  await answered(page);
}

export const answered = (page) => page.waitForSelector('#result:not([hidden]) .verdict .buttons');

export const headline = (page) => page.textContent('#result-head');

/** Lets files fall onto the page. */
export async function drop(page, scenario) {
  const handed = files(scenario).map(({ name, buffer }) => ({ name, text: buffer.toString('latin1') }));
  const data = await page.evaluateHandle((handed) => {
    const data = new DataTransfer();
    for (const { name, text } of handed) {
      data.items.add(new File([Uint8Array.from(text, (letter) => letter.charCodeAt(0))], name));
    }
    return data;
  }, handed);
  await page.dispatchEvent('#drop', 'dragover', { dataTransfer: data });
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: data });
}

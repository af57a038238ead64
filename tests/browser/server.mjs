// The page from its folder, and in front of it a stand-in for the service: it gives back what `record` kept, slowly and
// in pieces. What it was not asked to know it refuses, as the service does.

import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scenarios } from './scenarios.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.log': 'text/plain; charset=utf-8',
};
const recorded = (name) => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Answers by what was handed in: names, sizes and facts. */
function known() {
  const answers = new Map();
  for (const [name, { files, facts = [] }] of Object.entries(scenarios)) {
    const handed = Object.entries(files()).map(([file, bytes]) => [file, bytes.length]);
    answers.set(JSON.stringify([handed.sort(), [...facts].sort()]), name);
  }
  return answers;
}

/**
 * Starts a server on a free port.
 * @param {{folders: string[], mock: boolean, slow?: number, headers?: Record<string, string>}} options the folders of the
 *   static files, the first one first; `slow`: milliseconds between two lines of an answer; `headers` of all files
 */
export async function start({ folders, mock, slow = 30, headers = {} }) {
  const answers = mock ? known() : new Map();
  const options = mock ? { slow } : {};
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const api = mock && path.startsWith('/api/v1/');
    (api ? service(path.slice(8), request, response, answers, options) : file(path, folders, mock ? 'api' : 'auto', headers, response)).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${server.address().port}/`, options, close: () => server.close() };
}

async function file(path, folders, engine, headers, response) {
  const name = normalize(path === '/' ? '/index.html' : path);
  for (const folder of folders) {
    const full = join(folder, name);
    if (!(await stat(full).catch(() => null))?.isFile()) continue;
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(full)] ?? 'application/octet-stream' });
    if (name.endsWith('index.html')) response.end(readFileSync(full, 'utf8').replace('content="auto"', `content="${engine}"`));
    else createReadStream(full).pipe(response);
    return;
  }
  response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
}

async function service(path, request, response, answers, options) {
  const send = (status, type, text) => response.writeHead(status, { 'content-type': type }).end(text);
  if (path === 'facts') return send(200, 'application/json', recorded('known-facts.json'));
  if (path === 'causes/reload.config-invalid') return send(200, 'text/markdown', recorded('article.md'));
  if (path !== 'diagnose' || request.method !== 'POST') {
    return send(404, 'application/json', JSON.stringify({ title: 'There is no such thing', detail: `there is no ${path}` }));
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const form = await new Response(Buffer.concat(chunks), { headers: { 'content-type': request.headers['content-type'] } }).formData();
  const files = form.getAll('file');
  const handed = files.map((file) => [file.name, file.size]).sort();
  const name = answers.get(JSON.stringify([handed, form.getAll('fact').sort()]));
  if (!name) {
    await pause(options.slow);
    const problem = { title: 'Nothing of it can be used', detail: 'no input that can be read', inputs: handed.map(([file]) => `${file}: nothing is recorded for it`) };
    return send(422, 'application/problem+json', JSON.stringify(problem));
  }
  const answer = JSON.parse(recorded(`${name}.json`));
  const total = files.reduce((sum, file) => sum + file.size, 0);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const line = async (event) => {
    response.write(`${JSON.stringify(event)}\n`);
    await pause(options.slow);
  };
  await line({ type: 'progress', bytes: Math.round(total / 2) });
  if (answer.causes.length > 0) await line({ type: 'partial', answer: { ...answer, causes: answer.causes.slice(0, 1), partial: true } });
  await line({ type: 'progress', bytes: total });
  await line({ type: 'answer', answer });
  response.end();
}

/** The folder of the page. */
export const PAGE = fileURLToPath(new URL('../../src/publish/web', import.meta.url));

// Alone, it serves the page to whoever wants to look at it: node server.mjs
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await start({ folders: [PAGE], mock: true, slow: 300 });
  process.stdout.write(`${address}\n`);
}

/**
 * What diagnoses: the WebAssembly engine in a worker of this page, or the service that the page came from. Both are asked
 * in the same way; `<meta name="certwhy-engine" content="wasm|api|auto">` says which one it is.
 */

/** @import {Answer, Engine, Fact, Listeners, Request} from './contract.js' */

/** An error that can be shown to a person as it stands. */
export class EngineError extends Error {
  /**
   * @param {string} message
   * @param {string} [help] the way out
   */
  constructor(message, help = '') {
    super(message);
    this.help = help;
  }
}

/**
 * The engine of this page.
 * @returns {Promise<Engine>}
 */
export async function open() {
  const meta = document.querySelector('meta[name="certwhy-engine"]');
  const wanted = meta?.getAttribute('content') ?? 'auto';
  if (wanted === 'wasm' || (wanted === 'auto' && (await stands('certwhy.wasm')))) return local();
  return service(new URL('api/v1/', document.baseURI));
}

/**
 * Whether a file stands beside the page.
 * @param {string} name
 */
async function stands(name) {
  try {
    const response = await fetch(name, { method: 'HEAD' });
    return response.ok && !(response.headers.get('content-type') ?? '').startsWith('text/html');
  } catch {
    return false;
  }
}

/** @returns {Promise<Engine>} */
async function local() {
  // Not a constant, so that the page can be checked without it.
  const module = './certwhy.js';
  const engine = await (await import(module)).open();
  return {
    kind: 'wasm',
    host: '',
    diagnose: (request, listeners) =>
      engine.diagnose(request, {
        signal: listeners.signal,
        onPartial: listeners.onPartial,
        onProgress: (/** @type {number} */ bytes) => listeners.onProgress?.(bytes, 'reading'),
      }),
    explain: (id) => engine.explain(id),
    facts: () => engine.facts(),
  };
}

/**
 * @param {URL} base the address of the API
 * @returns {Engine}
 */
function service(base) {
  return {
    kind: 'api',
    host: base.host,
    diagnose: (request, listeners) => post(new URL('diagnose', base), request, listeners),
    explain: async (id) => {
      const name = encodeURIComponent(id.replace(/^guides\//, ''));
      // Only causes have a stage before the dot.
      if (id.includes('.')) return (await get(new URL(`causes/${name}`, base), 'text/markdown')).text();
      const kind = /^\d|^guides\//.test(id) ? 'guides' : 'symptoms';
      const found = await (await get(new URL(`${kind}/${name}`, base), 'application/json')).json();
      return String(found.article);
    },
    facts: async () => {
      const found = await (await get(new URL('facts', base), 'application/json')).json();
      return /** @type {Fact[]} */ (Array.isArray(found) ? found : found.facts);
    },
  };
}

/**
 * @param {URL} address
 * @param {string} accept
 */
async function get(address, accept) {
  let response;
  try {
    response = await fetch(address, { headers: { accept } });
  } catch {
    throw unreachable(address);
  }
  if (!response.ok) throw refused(response.status, await response.text());
  return response;
}

/**
 * Sends logs and facts, and reads the answer line by line as it firms up. This is XMLHttpRequest because it tells how
 * much was sent, which fetch does not.
 * @param {URL} address
 * @param {Request} request
 * @param {Listeners} listeners
 * @returns {Promise<Answer>}
 */
function post(address, request, { onProgress, onPartial, signal }) {
  const form = new FormData();
  // What is said about the files comes before them: they are looked at while they arrive.
  for (const fact of request.facts) form.append('fact', fact);
  for (const [name, value] of Object.entries(request.options ?? {})) form.append(name, String(value));
  if (request.now) form.append('now', request.now);
  for (const { name, blob } of request.inputs) form.append('file', blob, name);

  return new Promise((resolve, reject) => {
    const http = new XMLHttpRequest();
    const stop = () => http.abort();
    const end = () => signal?.removeEventListener('abort', stop);
    let read = 0;
    /** @type {Answer | null} */
    let answer = null;
    /** @type {EngineError | null} */
    let failure = null;

    /** @param {string} line */
    const take = (line) => {
      if (line.trim() === '') return;
      const event = JSON.parse(line);
      if (event.type === 'progress') onProgress?.(event.bytes, 'reading');
      else if (event.type === 'partial') onPartial?.(event.answer);
      else if (event.type === 'answer') answer = event.answer;
      else if (event.type === 'error') failure = problem(event.error);
      else if (event.schema) answer = event;
    };
    const lines = () => {
      if (!(http.getResponseHeader('content-type') ?? '').includes('ndjson')) return;
      for (let to = http.responseText.indexOf('\n', read); to >= 0; to = http.responseText.indexOf('\n', read)) {
        const line = http.responseText.slice(read, to);
        read = to + 1;
        take(line);
      }
    };
    http.upload.onprogress = (event) => onProgress?.(event.loaded, 'sending');
    http.onprogress = () => attempt(lines);
    http.onload = () => {
      end();
      if (http.status >= 400) return reject(refused(http.status, http.responseText));
      attempt(() => {
        lines();
        take(http.responseText.slice(read));
      });
      if (failure) reject(failure);
      else if (answer) resolve(answer);
      else reject(new EngineError('The answer broke off.', 'Try again; if it happens again, look at the log of the service.'));
    };
    http.onerror = () => {
      end();
      reject(unreachable(address));
    };
    http.onabort = () => {
      end();
      reject(new DOMException('cancelled', 'AbortError'));
    };
    /** @param {() => void} step */
    const attempt = (step) => {
      try {
        step();
      } catch {
        failure ??= new EngineError('The answer of the service cannot be read.', 'Is the address that of a certwhy service?');
      }
    };
    if (signal?.aborted) return reject(new DOMException('cancelled', 'AbortError'));
    signal?.addEventListener('abort', stop);
    http.open('POST', address);
    http.setRequestHeader('accept', 'application/x-ndjson, application/json;q=0.5');
    http.send(form);
  });
}

/** @param {URL} address */
function unreachable(address) {
  return new EngineError(`The service at ${address.host} cannot be reached.`, 'Is it still running? Try again in a moment.');
}

/**
 * @param {number} status
 * @param {string} body
 */
function refused(status, body) {
  let told;
  try {
    const value = JSON.parse(body);
    told = problem(value);
  } catch {
    told = null;
  }
  if (told) return told;
  if (status === 413) return new EngineError('This is more than the service takes.', 'Leave files out, or cut the log to the time of the failure.');
  if (status === 429 || status === 503) return new EngineError('The service is busy.', 'Try again in a moment.');
  return new EngineError(`The service answered with status ${status}.`, 'Look at the log of the service.');
}

/**
 * An error of the service (application/problem+json); null where it is something else.
 * @param {any} error
 * @returns {EngineError | null}
 */
function problem(error) {
  if (typeof error?.title !== 'string') return null;
  const help = [error.detail, ...(error.inputs ?? [])].filter((part) => typeof part === 'string');
  return new EngineError(error.title, help.join('\n'));
}

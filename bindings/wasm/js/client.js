/** The page's end of the engine in a worker. Calls are answered in their order; an abort ends the worker and starts anew. */

/** @import {Certwhy, Listeners, Request} from './certwhy.js' */

/**
 * Starts a worker with the engine. Works also where this file comes from another origin than the page.
 * @param {{wasm?: string | URL | BufferSource | WebAssembly.Module}} [options]
 * @returns {Promise<Certwhy>}
 */
export async function open({ wasm } = {}) {
  const client = new Client(wasm instanceof URL ? wasm.href : wasm);
  await client.ready;
  return /** @type {any} */ (client);
}

class Client {
  /** @param {unknown} wasm */
  constructor(wasm) {
    this.wasm = wasm;
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: any) => void, listeners: Listeners}>} */
    this.waiting = new Map();
    this.last = 0;
    this.version = null;
    this.#start();
  }

  #start() {
    const file = new URL('worker.js', import.meta.url);
    // A worker must be of the page's own origin: a line that imports the file is.
    const line = new Blob([`import ${JSON.stringify(file.href)};`], { type: 'text/javascript' });
    const url = file.origin === location.origin ? file.href : URL.createObjectURL(line);
    const worker = new Worker(url, { type: 'module', name: 'certwhy' });
    this.worker = worker;
    worker.onmessage = ({ data }) => this.#take(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#fail(new Error(event.message || 'the worker of certwhy could not be started; does the page allow it (CSP)?'));
    };
    this.ready = this.#call('open', [this.wasm]).then((version) => {
      if (url !== file.href) URL.revokeObjectURL(url);
      this.version = version;
    });
    // Whoever asks for something learns of it.
    this.ready.catch(() => {});
  }

  /** @param {Error} error */
  #fail(error) {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(error);
  }

  /** @param {any} data */
  #take({ id, result, error, progress, partial }) {
    const call = this.waiting.get(id);
    if (!call) return;
    if (progress) return call.listeners.onProgress?.(progress[0], progress[1]);
    if (partial) return call.listeners.onPartial?.(partial);
    this.waiting.delete(id);
    if (error) call.reject(Object.assign(new Error(error.message), { name: error.name }));
    else call.resolve(result);
  }

  /**
   * @param {string} call
   * @param {any[]} args
   * @param {Listeners} [listeners]
   * @returns {Promise<any>}
   */
  #call(call, args, listeners = {}) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, listeners });
      this.worker?.postMessage({ id, call, args });
    });
  }

  /**
   * @param {Request} request
   * @param {Listeners} [listeners]
   */
  async diagnose(request, listeners = {}) {
    const { signal } = listeners;
    signal?.throwIfAborted();
    // Files are handed over as they are: the worker reads them.
    const inputs = (request.inputs ?? []).map(({ name, blob, bytes, text }) => ({ name, blob, bytes, text }));
    const asked = { ...request, inputs };
    const stop = () => {
      this.worker?.terminate();
      this.#fail(signal?.reason ?? new DOMException('cancelled', 'AbortError'));
      this.#start();
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await this.#call('diagnose', [asked, { partial: listeners.onPartial !== undefined }], listeners);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** @param {'markdown' | 'text'} format */
  report(format) {
    return this.#call('report', [format]);
  }

  /** @param {string} cause */
  whyNot(cause) {
    return this.#call('whyNot', [cause]);
  }

  /** @param {string} id */
  explain(id) {
    return this.#call('explain', [id]);
  }

  facts() {
    return this.#call('facts', []);
  }

  /** Ends the worker. */
  close() {
    this.worker?.terminate();
    this.#fail(new DOMException('closed', 'AbortError'));
  }
}

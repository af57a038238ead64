/**
 * certwhy in JavaScript: what failed in these logs, and what to do now. Nothing that is handed in leaves the machine.
 *
 *     import { open } from './certwhy.js';
 *     const certwhy = await open();
 *     const answer = await certwhy.diagnose({ inputs: [{ name: 'bot.log', blob }], facts: ['bot.status=Stopped'] });
 *     console.log(answer.causes[0]?.title);
 *
 * On a page the work is done by a worker, so that the page stays responsive; in a worker, in Node.js and in Deno where it
 * is called.
 */

/**
 * @typedef {{name: string, blob?: Blob, bytes?: Uint8Array, text?: string, path?: string}} Input one of the four;
 *   `path` names a file of Node.js or Deno
 * @typedef {{input_format?: string, since?: string, until?: string, limit?: number, min_probability?: number,
 *   top?: number}} Options as on the command line
 * @typedef {{inputs?: Input[], facts?: string[], options?: Options, now?: string}} Request
 * @typedef {{signal?: AbortSignal, onProgress?: (bytes: number, total: number) => void,
 *   onPartial?: (answer: Answer) => void}} Listeners
 * @typedef {{schema: string, causes: any[], none_probability: number} & Record<string, any>} Answer the contract
 *   certwhy/diagnosis/1
 * @typedef {{version: string, causes: number, signals: number}} Version
 * @typedef {{
 *   version: Version,
 *   diagnose(request: Request, listeners?: Listeners): Promise<Answer>,
 *   report(format: 'markdown' | 'text'): Promise<string>,
 *   whyNot(cause: string): Promise<any>,
 *   explain(id: string): Promise<string>,
 *   facts(): Promise<any[]>,
 *   close(): void,
 * }} Certwhy `report` and `whyNot` are about the last diagnosis
 */

/** Bytes that are read of an input at a time. */
const WINDOW = 1 << 20;
/** Milliseconds between answers to what was read so far. */
const PARTIAL_EVERY = 1500;
/** Milliseconds between reports of progress. */
const PROGRESS_EVERY = 100;

/** A panic of the engine: a mistake of certwhy. The next call begins with a fresh instance. */
export class CertwhyPanic extends Error {}

/**
 * Makes the engine ready.
 * @param {{wasm?: string | URL | BufferSource | WebAssembly.Module, worker?: boolean}} [options] `wasm` is where the engine
 *   stands, or the engine itself; `certwhy.wasm.gz` beside this file if not given. `worker: false` works on this thread
 * @returns {Promise<Certwhy>}
 */
export async function open({ wasm, worker = typeof document !== 'undefined' } = {}) {
  if (worker) {
    const client = await import('./client.js');
    return client.open({ wasm });
  }
  const engine = new Engine(await compile(wasm));
  engine.start();
  return engine;
}

/**
 * @param {string | URL | BufferSource | WebAssembly.Module} [wasm]
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(wasm) {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (wasm === undefined) {
    const here = ['certwhy.wasm.gz', 'certwhy.wasm'].map((name) => new URL(name, import.meta.url));
    return WebAssembly.compile(await unpacked(await load(here[0]).catch(() => load(here[1]))));
  }
  if (typeof wasm === 'string' || wasm instanceof URL) {
    return WebAssembly.compile(await unpacked(await load(new URL(wasm, import.meta.url))));
  }
  return WebAssembly.compile(await unpacked(wasm));
}

/**
 * @param {URL} url
 * @returns {Promise<BufferSource>}
 */
async function load(url) {
  if (url.protocol === 'file:') return (await import('node:fs')).readFileSync(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} cannot be loaded: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/**
 * Takes gzip away where the server has not done so already.
 * @param {BufferSource} source
 * @returns {Promise<BufferSource>}
 */
async function unpacked(source) {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/** The engine on this thread. */
class Engine {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.module = module;
    /** @type {any} */
    this.exports = null;
    /** @type {Source[]} */
    this.sources = [];
    /** @type {Listeners} */
    this.listeners = {};
    this.before = 0;
    this.total = 0;
    this.lastProgress = 0;
    this.lastPartial = 0;
    /** @type {Version} */
    this.version = { version: '', causes: 0, signals: 0 };
    /** Diagnoses that wait for each other. @type {Promise<unknown>} */
    this.queue = Promise.resolve();
  }

  /** A fresh instance. */
  start() {
    const certwhy = {
      read: (/** @type {number} */ handle, /** @type {number} */ at, /** @type {number} */ ptr, /** @type {number} */ len) =>
        this.#read(handle, at, ptr, len),
      glance: () => Number(this.listeners.onPartial !== undefined && performance.now() - this.lastPartial > PARTIAL_EVERY),
      partial: (/** @type {number} */ ptr, /** @type {number} */ len) => {
        this.listeners.onPartial?.(JSON.parse(this.#text(ptr, len)));
        this.lastPartial = performance.now();
      },
      panic: (/** @type {number} */ ptr, /** @type {number} */ len) => {
        throw new CertwhyPanic(`certwhy has a mistake: ${this.#text(ptr, len)}`);
      },
    };
    /** @type {Record<string, Record<string, any>>} */
    const imports = { certwhy };
    // A library that certwhy uses would ask a browser for random numbers; certwhy never asks it for any.
    for (const { module, name } of WebAssembly.Module.imports(this.module)) {
      (imports[module] ??= {})[name] ??= () => certwhy.panic(0, 0);
    }
    this.exports = new WebAssembly.Instance(this.module, imports).exports;
    this.version = JSON.parse(this.call('open'));
  }

  /**
   * Calls a function that gives a text.
   * @param {string} name
   * @param {...(string | number)} args
   * @returns {string}
   */
  call(name, ...args) {
    if (this.exports === null) this.start();
    let status;
    try {
      status = this.exports[name](...args.flatMap((arg) => (typeof arg === 'string' ? this.#put(arg) : [arg])));
    } catch (error) {
      // Nothing of an instance that stopped midway can be trusted.
      this.exports = null;
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
        throw new CertwhyPanic(`certwhy has stopped: ${error.message}`);
      }
      throw error;
    }
    const text = this.#text(this.exports.out_ptr(), this.exports.out_len());
    if (status !== 0) throw new Error(text);
    return text;
  }

  /** @param {string} text */
  #put(text) {
    const bytes = new TextEncoder().encode(text);
    const ptr = this.exports.alloc(bytes.length);
    new Uint8Array(this.exports.memory.buffer, ptr, bytes.length).set(bytes);
    return [ptr, bytes.length];
  }

  /**
   * @param {number} ptr
   * @param {number} len
   */
  #text(ptr, len) {
    return new TextDecoder().decode(new Uint8Array(this.exports.memory.buffer, ptr >>> 0, len));
  }

  /**
   * @param {number} handle
   * @param {number} at
   * @param {number} ptr
   * @param {number} len
   */
  #read(handle, at, ptr, len) {
    let bytes;
    try {
      bytes = this.sources[handle].read(at, len);
    } catch {
      return -1;
    }
    new Uint8Array(this.exports.memory.buffer, ptr >>> 0, len).set(bytes);
    const now = performance.now();
    if (this.listeners.onProgress && now - this.lastProgress > PROGRESS_EVERY) {
      this.lastProgress = now;
      this.listeners.onProgress(Math.min(this.before + at + bytes.length, this.total), this.total);
    }
    return bytes.length;
  }

  /**
   * Finds the likely causes.
   * @param {Request} request
   * @param {Listeners} [listeners]
   * @returns {Promise<Answer>}
   */
  diagnose(request, listeners = {}) {
    const next = this.queue.then(() => this.#diagnose(request, listeners));
    this.queue = next.catch(() => {});
    return next;
  }

  /**
   * @param {Request} request
   * @param {Listeners} listeners
   */
  async #diagnose({ inputs = [], facts = [], options = {}, now = new Date().toISOString() }, listeners) {
    listeners.signal?.throwIfAborted();
    this.sources = [];
    try {
      for (const input of inputs) this.sources.push(await source(input));
      listeners.signal?.throwIfAborted();
      this.listeners = listeners;
      this.before = 0;
      this.total = this.sources.reduce((sum, { size }) => sum + size, 0);
      this.lastPartial = performance.now();
      this.call('begin', JSON.stringify({ now, facts, options }));
      this.sources.forEach((one, handle) => {
        this.call('add', inputs[handle].name, handle, one.size);
        this.before += one.size;
      });
      const answer = JSON.parse(this.call('finish'));
      listeners.onProgress?.(this.total, this.total);
      return answer;
    } finally {
      for (const one of this.sources) one.close();
      this.sources = [];
      this.listeners = {};
    }
  }

  /** @param {'markdown' | 'text'} format */
  async report(format) {
    return this.call('report', format);
  }

  /** @param {string} cause */
  async whyNot(cause) {
    return JSON.parse(this.call('why_not', cause));
  }

  /** @param {string} id a cause (dcv.dns-record-missing), a symptom, or a page (guides/4-dcv) */
  async explain(id) {
    return this.call('explain', id);
  }

  /** The vocabulary of facts. */
  async facts() {
    return JSON.parse(this.call('facts'));
  }

  /** Lets its memory go. */
  close() {
    this.exports = null;
  }
}

/** @typedef {{size: number, read(at: number, len: number): Uint8Array, close(): void}} Source bytes at any place, at once */

/**
 * @param {Input} input
 * @returns {Promise<Source>}
 */
async function source({ blob, bytes, text, path }) {
  if (path !== undefined) {
    const fs = await import('node:fs');
    const file = fs.openSync(path, 'r');
    const size = fs.fstatSync(file).size;
    const buffer = new Uint8Array(WINDOW);
    const read = (/** @type {number} */ at, /** @type {number} */ len) =>
      buffer.subarray(0, fs.readSync(file, buffer, 0, Math.min(len, WINDOW), at));
    return { size, read, close: () => fs.closeSync(file) };
  }
  if (blob !== undefined && typeof (/** @type {any} */ (globalThis).FileReaderSync) === 'function') return windows(blob);
  const all = bytes ?? (text !== undefined ? new TextEncoder().encode(text) : blob && new Uint8Array(await blob.arrayBuffer()));
  if (!all) throw new Error('an input has one of blob, bytes, text, path');
  return { size: all.length, read: (at, len) => all.subarray(at, at + len), close() {} };
}

/**
 * A blob in a worker: only one piece of it is in memory.
 * @param {Blob} blob
 * @returns {Source}
 */
function windows(blob) {
  const reader = new /** @type {any} */ (globalThis).FileReaderSync();
  // Browsers look it up anew, and take a file that is gone for an empty one.
  const { size } = blob;
  let start = 0;
  let held = new Uint8Array(0);
  const read = (/** @type {number} */ at, /** @type {number} */ len) => {
    if (at < start || at >= start + held.length) {
      const piece = new Uint8Array(reader.readAsArrayBuffer(blob.slice(at, at + WINDOW)));
      if (piece.length < Math.min(WINDOW, size - at)) throw new Error('the file has become shorter');
      [held, start] = [piece, at];
    }
    return held.subarray(at - start, at - start + len);
  };
  return { size, read, close: () => (held = new Uint8Array(0)) };
}

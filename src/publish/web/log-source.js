/** A log as lines, read from the file only where somebody looks. */

/** @import {Log} from './contract.js' */
/** @import {Index} from './lines-worker.js' */

/** Bytes of a block that are read, however long its lines are. */
const READ = 2 * 1024 * 1024;
/** Characters of a line that are shown. */
const SHOWN = 4000;
/** Blocks that are kept. */
const KEPT = 40;

export class LogSource {
  /** @type {Map<number, string[] | Promise<string[]>>} */
  #blocks = new Map();
  #index;

  /**
   * @param {string} name
   * @param {Index} index
   */
  constructor(name, index) {
    this.name = name;
    this.lines = index.lines;
    this.#index = index;
  }

  /**
   * Finds the lines of a log.
   * @param {Log} log
   * @param {(bytes: number) => void} onProgress
   * @returns {Promise<LogSource>} rejected with the reason where it cannot be shown
   */
  static open(log, onProgress) {
    const worker = new Worker(new URL('./lines-worker.js', import.meta.url), { type: 'module' });
    /** @type {Promise<LogSource>} */
    const opened = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        if (data.progress) onProgress(data.progress);
        else if (data.index) resolve(new LogSource(log.name, data.index));
        else reject(new Error(data.refused));
      };
      worker.onerror = () => reject(new Error('It cannot be read.'));
      worker.postMessage({ blob: log.blob });
    });
    return opened.finally(() => worker.terminate());
  }

  /**
   * A line, if it is at hand; otherwise a promise for the moment in which it will be.
   * @param {number} line from 0
   * @returns {string | Promise<unknown>}
   */
  line(line) {
    const ix = this.#block(line);
    const block = this.#blocks.get(ix);
    if (Array.isArray(block)) return block[line - this.#index.firsts[ix]] ?? '';
    return block ?? this.#read(ix);
  }

  /**
   * The last block that begins at this line or before it.
   * @param {number} line
   */
  #block(line) {
    const { firsts } = this.#index;
    let [low, high] = [0, firsts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (firsts[middle] <= line) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {number} ix */
  #read(ix) {
    const { blob, encoding, offsets, firsts, lines } = this.#index;
    const from = offsets[ix];
    const to = offsets[ix + 1] ?? blob.size;
    const wanted = (firsts[ix + 1] ?? lines) - firsts[ix];
    const read = (async () => {
      const bytes = await blob.slice(from, Math.min(to, from + READ)).arrayBuffer();
      const text = new TextDecoder(encoding, { ignoreBOM: from > 0 }).decode(bytes);
      const found = text.split('\n').slice(0, wanted).map(shown);
      while (found.length < wanted) found.push('… (beyond what is shown of these long lines)');
      this.#blocks.set(ix, found);
      for (const old of this.#blocks.keys()) {
        if (this.#blocks.size <= KEPT) break;
        if (old !== ix && Array.isArray(this.#blocks.get(old))) this.#blocks.delete(old);
        else if (old === ix) break;
      }
      return found;
    })();
    this.#blocks.set(ix, read);
    return read;
  }
}

/** @param {string} line */
function shown(line) {
  const text = line.replace(/\r+$/, '');
  if (text.length <= SHOWN) return text;
  return `${text.slice(0, SHOWN)} … (${text.length - SHOWN} more characters)`;
}

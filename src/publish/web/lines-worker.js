/**
 * Finds where the lines of a log begin, away from the page, so that a log of any size can be looked at line by line.
 * Takes `{blob}`, gives `{progress}` now and then and at last `{index}`, or `{refused}` with the reason.
 *
 * Not every line is noted but the first of each block: a block has at most 256 lines, and ends early when it is long.
 */

/**
 * @typedef {object} Index
 * @property {Blob} blob the text itself, unpacked
 * @property {'utf-8' | 'utf-16le' | 'utf-16be'} encoding
 * @property {number} lines
 * @property {Float64Array} offsets byte at which each block begins
 * @property {Float64Array} firsts number of the first line of each block, from 0
 */

const BLOCK_LINES = 256;
const BLOCK_BYTES = 256 * 1024;
const CHUNK = 4 * 1024 * 1024;
/** More than this is not unpacked into memory. */
const UNPACKED = 1024 * 1024 * 1024;

const PACKED = [
  { name: 'a ZIP archive', magic: [0x50, 0x4b] },
  { name: 'packed with xz', magic: [0xfd, 0x37, 0x7a, 0x58] },
  { name: 'packed with zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'packed with bzip2', magic: [0x42, 0x5a, 0x68] },
];

self.onmessage = async ({ data }) => {
  try {
    const head = await bytes(data.blob, 0, 512);
    const packed = PACKED.find(({ magic }) => magic.every((byte, ix) => head[ix] === byte));
    if (packed) return self.postMessage({ refused: `It is ${packed.name}.` });
    const blob = head[0] === 0x1f && head[1] === 0x8b ? await unpacked(data.blob) : data.blob;
    if (!blob) return self.postMessage({ refused: 'It is too large once unpacked.' });
    self.postMessage({ index: await index(blob) });
  } catch (error) {
    self.postMessage({ refused: `It cannot be read: ${error instanceof Error ? error.message : error}` });
  }
};

/**
 * @param {Blob} blob
 * @param {number} from
 * @param {number} to
 */
async function bytes(blob, from, to) {
  return new Uint8Array(await blob.slice(from, to).arrayBuffer());
}

/**
 * @param {Blob} blob packed with gzip
 * @returns {Promise<Blob | null>} null where it is too large
 */
async function unpacked(blob) {
  const parts = [];
  let size = 0;
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    if (size > UNPACKED) {
      await reader.cancel();
      return null;
    }
    parts.push(next.value);
  }
  return new Blob(parts);
}

/**
 * @param {Uint8Array} head
 * @returns {Index['encoding']}
 */
function encodingOf(head) {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  // Latin letters in UTF-16 leave every other byte zero.
  const zeros = (/** @type {number} */ odd) => head.filter((byte, ix) => ix % 2 === odd && byte === 0).length;
  const half = head.length / 2;
  if (half >= 4 && zeros(1) > half * 0.8 && zeros(0) < half * 0.2) return 'utf-16le';
  if (half >= 4 && zeros(0) > half * 0.8 && zeros(1) < half * 0.2) return 'utf-16be';
  return 'utf-8';
}

/**
 * @param {Blob} blob
 * @returns {Promise<Index>}
 */
async function index(blob) {
  const encoding = encodingOf(await bytes(blob, 0, 512));
  const offsets = [0];
  const firsts = [0];
  let line = 0;
  let last = 0;
  // A line begins at this byte.
  const begins = (/** @type {number} */ offset) => {
    line += 1;
    last = offset;
    if (line - firsts[firsts.length - 1] >= BLOCK_LINES || offset - offsets[offsets.length - 1] >= BLOCK_BYTES) {
      offsets.push(offset);
      firsts.push(line);
    }
  };
  for (let at = 0; at < blob.size; at += CHUNK) {
    const chunk = await bytes(blob, at, at + CHUNK);
    if (encoding === 'utf-8') {
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, end + 1)) begins(at + end + 1);
    } else {
      const [zero, feed] = encoding === 'utf-16le' ? [1, 0] : [0, 1];
      for (let unit = 0; unit + 1 < chunk.length; unit += 2) {
        if (chunk[unit + feed] === 10 && chunk[unit + zero] === 0) begins(at + unit + 2);
      }
    }
    self.postMessage({ progress: Math.min(at + CHUNK, blob.size) });
  }
  const lines = last < blob.size ? line + 1 : line;
  if (offsets.length > 1 && firsts[firsts.length - 1] >= lines) {
    offsets.pop();
    firsts.pop();
  }
  return { blob, encoding, lines, offsets: Float64Array.from(offsets), firsts: Float64Array.from(firsts) };
}

export {};

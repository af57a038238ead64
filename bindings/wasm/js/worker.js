/** The engine in a worker of a page: messages in, messages out. `client.js` is the other end. */

import { open } from './certwhy.js';

/** @type {Promise<import('./certwhy.js').Certwhy> | undefined} */
let engine;

onmessage = async ({ data: { id, call, args } }) => {
  try {
    if (call === 'open') engine = open({ wasm: args[0], worker: false });
    const certwhy = await /** @type {Promise<import('./certwhy.js').Certwhy>} */ (engine);
    postMessage({ id, result: await answer(certwhy, id, call, args) });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    postMessage({ id, error: { name, message } });
  }
};

/**
 * @param {any} certwhy
 * @param {number} id
 * @param {string} call
 * @param {any[]} args
 */
function answer(certwhy, id, call, args) {
  if (call === 'open') return certwhy.version;
  if (call !== 'diagnose') return certwhy[call](...args);
  const [request, { partial }] = args;
  return certwhy.diagnose(request, {
    onProgress: (/** @type {number} */ bytes, /** @type {number} */ total) => postMessage({ id, progress: [bytes, total] }),
    onPartial: partial ? (/** @type {any} */ found) => postMessage({ id, partial: found }) : undefined,
  });
}

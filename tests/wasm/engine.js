/** What the tests share: the engine that was built, the program to compare with, and the cases. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const dist = process.env.CERTWHY_WASM ?? path.join(root, 'target/wasm/dist');
export const program = process.env.CERTWHY_BIN ?? path.join(root, 'target/release/certwhy');
/** The time at which facts without their own are read. */
export const NOW = '2026-11-24T12:00:00Z';

const { open } = await import(path.join(dist, 'certwhy.js'));

/** A fresh engine. */
export const fresh = () => open();

/**
 * Folders with a `case.json` and the files that a person would hand in, at any depth.
 * @param {string} folder
 * @returns {{folder: string, files: string[]}[]}
 */
export function cases(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (!entries.some(({ name }) => name === 'case.json')) {
    return entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => cases(path.join(folder, name)));
  }
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'case.json').map(({ name }) => name);
  return files.length > 0 ? [{ folder, files }] : [];
}

/**
 * What the command line answers.
 * @param {string} cwd
 * @param {string[]} args
 */
export function native(cwd, args) {
  const options = { cwd, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] };
  const all = ['diagnose', '--format', 'json', '--now', NOW, ...args];
  try {
    return JSON.parse(String(execFileSync(program, all, options)));
  } catch (error) {
    // 1 says that a cause was found, 2 also that something could not be read.
    const { stdout } = /** @type {{stdout: Buffer}} */ (error);
    if (!stdout?.length) throw error;
    return JSON.parse(String(stdout));
  }
}

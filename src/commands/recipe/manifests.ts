/** The manifests of the current folder, as far as they can be read. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Found } from '../../recipes/detect.js';
import { manifests } from '../../recipes/manifests.js';

/** No manifest is as large; a lock file of a very large project has some megabytes. */
const LARGEST_BYTES = 16 * 1024 * 1024;

export interface Manifests {
  readonly found: readonly Found[];
  /** Names of those that are there and could not be read, or are not of their form. */
  readonly unreadable: readonly string[];
}

export function findManifests(folder: string): Manifests {
  const found: Found[] = [];
  const unreadable: string[] = [];
  for (const [file, { names }] of Object.entries(manifests)) {
    try {
      const text = readManifest(join(folder, file));
      if (text !== null) found.push({ file, packages: names(text) });
    } catch {
      unreadable.push(file);
    }
  }
  return { found, unreadable };
}

/** `null`: there is none. A folder or a pipe of that name is none either. */
function readManifest(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return null;
  if (stats.size > LARGEST_BYTES) throw new Error('too large');
  return readFileSync(path, 'utf8');
}

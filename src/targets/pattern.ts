/** Patterns such as `storage/*.sqlite3`, for configurations and for shells that expand none. */
import { isAbsolute, join, resolve } from 'node:path';
import { listFolder } from './folder-scan.js';

const PATTERN_CHARACTERS = /[*?[\]{}]|[!+@]\(/;

export function isPattern(name: string): boolean {
  return PATTERN_CHARACTERS.test(name);
}

/**
 * Names of the files that a pattern matches, sorted, written from the same place as the pattern.
 * @param base the folder that a relative pattern starts from
 * @throws UsageProblem if the folder that the pattern names outright cannot be listed
 */
export async function matchPattern(pattern: string, base: string): Promise<string[]> {
  const { folder, rest } = splitPattern(pattern);
  // tinyglobby says nothing of a folder that is absent or closed: it just matches no file.
  listFolder(resolve(base, folder), folder);
  const { glob } = await import('tinyglobby');
  const names = await glob(rest, { cwd: resolve(base, folder), expandDirectories: false });
  return names.map((name) => join(folder, name)).sort();
}

/**
 * `storage/db/*.db` → `storage/db` and `*.db`. The literal part may hold what tinyglobby would take for syntax,
 * and with `..` in a pattern (or an absolute one) it loses files that lie below the working directory.
 */
function splitPattern(pattern: string): { folder: string; rest: string } {
  const parts = pattern.split('/');
  const first = parts.findIndex(isPattern);
  const root = isAbsolute(pattern) ? '/' : '.';
  return { folder: parts.slice(0, first).join('/') || root, rest: parts.slice(first).join('/') };
}

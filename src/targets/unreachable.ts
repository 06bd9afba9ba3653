/** Why a path that the user gave leads nowhere, in a sentence. */
import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearest } from '../nearest.js';
import { quote } from '../problem.js';

/** `ENOENT` and the like; `null` for what is no error of the operating system. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Follows symbolic links. `null`: there is nothing, for whatever reason. */
export function statOrNull(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}

/**
 * Explains the error that stat() or open() gave for a path.
 * @param path absolute
 * @param given the same path as the user wrote it
 */
export function whyUnreachable(path: string, given: string, error: unknown): string {
  const gap = firstGap(path);
  const asWritten = quote(gap === path ? given : gap);
  switch (errorCode(error)) {
    case 'ENOENT':
      return whyMissing(path, given, gap);
    case 'ENOTDIR':
      return `${quote(given)} does not exist: ${quote(dirname(gap))} is a file, not a folder.`;
    case 'ELOOP':
      return `The symbolic link ${asWritten} leads back to itself.`;
    case 'EACCES':
    case 'EPERM':
      if (statOrNull(path) !== null) return `No permission to read ${quote(given)}.`;
      return `No permission to enter the folder ${quote(dirname(gap))}, so ${quote(given)} cannot be examined.`;
    case 'ENAMETOOLONG':
      return `${quote(shorten(given))} is longer than a path can be.`;
    default:
      return `${quote(given)} cannot be examined: the system says ${errorCode(error) ?? quote(String(error))}.`;
  }
}

/** U+FFFD is what Node makes of other bytes in an argument: such a name never reaches the system. */
function whyMissing(path: string, given: string, gap: string): string {
  if (path.includes('\uFFFD')) return whyNotUtf8(given);
  const link = linkTarget(gap);
  if (link !== null) {
    const name = quote(gap === path ? given : gap);
    return `The symbolic link ${name} points to ${quote(link)}, which does not exist.`;
  }
  if (gap === path) return `${quote(given)} does not exist.${hintNearby(path, given)}`;
  return `${quote(given)} does not exist: there is no folder ${quote(gap)}.${hintNearby(gap, gap)}`;
}

/** Renaming while a program has it open would part the database from its sidecars (sqlite.org/howtocorrupt.html, 2.4). */
export function whyNotUtf8(given: string): string {
  return `${quote(given)} has bytes in its path that are not valid UTF-8, and dblock cannot open such a name. Close every program that uses the database, rename the file (with its -wal and -journal) or the folder, and try again.`;
}

/** ` Did you mean "data/app.db"?`, from the names beside a path that does not exist; empty if none is near. */
export function hintNearby(path: string, given: string): string {
  const name = nearest(basename(path), namesIn(dirname(path)));
  return name === null ? '' : ` Did you mean ${quote(join(dirname(given), name))}?`;
}

/** The uppermost part of the path that cannot be reached; the path itself if its folder can. */
function firstGap(path: string): string {
  let gap = path;
  while (dirname(gap) !== gap && statOrNull(dirname(gap)) === null) gap = dirname(gap);
  return gap;
}

export function isSymbolicLink(path: string): boolean {
  return linkTarget(path) !== null;
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}

/** For a hint only: what cannot be listed gives none. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !/-(wal|shm|journal)$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

const LONGEST_SHOWN = 80;

function shorten(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

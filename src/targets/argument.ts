/** What one name means that the user gave: a database, a folder of them, or a pattern. */
import { isUtf8 } from 'node:buffer';
import { realpathSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { quote, UsageProblem } from '../problem.js';
import { FileProblem } from '../sqlite/errors.js';
import { ownerOfSidecar, scanFolder, startsLikeDatabase } from './folder-scan.js';
import { explainNotation } from './notation.js';
import { isPattern, matchPattern } from './pattern.js';
import {
  errorCode,
  hintNearby,
  isSymbolicLink,
  statOrNull,
  whyNotUtf8,
  whyUnreachable,
} from './unreachable.js';

export interface Target {
  /** The real path: SQLite follows symbolic links before it names `-wal` and `-shm` (os_unix.c, unixFullPathname). */
  readonly path: string;
  /** As the user wrote it. */
  readonly given: string;
}

/** A file or a folder that was named. */
interface Named {
  readonly path: string;
  readonly given: string;
}

export interface Resolved {
  readonly targets: readonly Target[];
  /** Files of a folder that could not be looked at, and why. */
  readonly unseen: readonly string[];
}

/**
 * Resolves one name. What exists is taken as it is, whatever characters it has; only then may it be a pattern.
 * @param base the folder that a relative name starts from
 * @throws UsageProblem where it leads to no file that could be a database
 */
export async function resolveArgument(given: string, base: string): Promise<Resolved> {
  if (given === '') throw new UsageProblem('An empty name was given: is a shell variable unset?');
  if (given.includes('\0')) {
    throw new UsageProblem(`${quote(given)} cannot be a path: it has a NUL character.`);
  }
  const named = { path: resolve(base, given), given };
  const stats = statOrError(named.path);
  if (stats instanceof Error) return resolveAbsent(named, base, stats);
  if (stats.isDirectory()) return resolveFolder(named);
  return { targets: [resolveFile(named, stats)], unseen: [] };
}

/** @throws UsageProblem if the real path cannot be had, or not as text */
export function toTarget({ path, given }: Named): Target {
  let real: Buffer;
  try {
    real = realpathSync.native(path, 'buffer');
  } catch (error) {
    throw new UsageProblem(whyUnreachable(path, given, error), { cause: error });
  }
  if (!isUtf8(real)) throw new UsageProblem(whyNotUtf8(given));
  return { path: real.toString(), given };
}

function statOrError(path: string): Stats | Error {
  try {
    return statSync(path);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function resolveFile(named: Named, stats: Stats): Target {
  const kind = describeSpecialFile(stats);
  if (kind !== null) throw new UsageProblem(`${quote(named.given)} is ${kind}, not a database file.`);
  const owner = ownerOfSidecar(named.given);
  if (owner !== null && isSidecar(named.path)) throw sidecarGiven(named.given, owner);
  return toTarget(named);
}

/** `null`: an ordinary file. Reading any of the others could block or disturb whoever is at its other end. */
function describeSpecialFile(stats: Stats): string | null {
  if (stats.isFIFO()) return 'a named pipe (FIFO)';
  if (stats.isSocket()) return 'a socket';
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'a device';
  return null;
}

function resolveFolder({ path, given }: Named): Resolved {
  const { databases, unseen } = scanFolder(path, given);
  if (databases.length === 0) {
    const rest = unseen.length === 0 ? '' : ` Not looked at: ${unseen.join(', ')}.`;
    throw new UsageProblem(`The folder ${quote(given)} has no SQLite database directly in it.${rest}`);
  }
  const targets = databases.map((name) => toTarget({ path: join(path, name), given: join(given, name) }));
  return { targets, unseen };
}

/** Nothing has this name. A misunderstanding that can be named comes before "does not exist". */
async function resolveAbsent(named: Named, base: string, error: Error): Promise<Resolved> {
  const { path, given } = named;
  const owner = ownerOfSidecar(given);
  if (owner !== null && statOrNull(resolve(base, owner))?.isFile()) throw sidecarGiven(given, owner);
  if (path.includes('\uFFFD')) throw new UsageProblem(whyNotUtf8(given));
  const notation = explainNotation(given);
  if (notation !== null) throw new UsageProblem(notation);
  if (errorCode(error) === 'ENOENT' && isPattern(given) && !isSymbolicLink(path)) {
    return { targets: await resolvePattern(named, base), unseen: [] };
  }
  throw new UsageProblem(whyUnreachable(path, given, error), { cause: error });
}

/** Every match counts as named, as it would if the shell had expanded the pattern, except the sidecars. */
async function resolvePattern({ path, given }: Named, base: string): Promise<Target[]> {
  const names = await matchPattern(given, base);
  const matches = names.map((name) => ({ path: resolve(base, name), given: name }));
  const targets = matches.filter(({ path }) => !isSidecar(path)).map(resolveMatch);
  if (targets.length > 0) return targets;
  const matched = matches.length === 0 ? 'it matches none' : 'it matches only -wal, -shm and -journal files';
  throw new UsageProblem(
    `There is no file ${quote(given)}, and as a pattern ${matched}.${hintNearby(path, given)}`,
  );
}

function resolveMatch(match: Named): Target {
  if (match.given.includes('\uFFFD') && statOrNull(match.path) === null)
    throw new UsageProblem(whyNotUtf8(match.given));
  return toTarget(match);
}

/** A file beside a database that its name says it belongs to, and that is none itself. */
function isSidecar(path: string): boolean {
  const owner = ownerOfSidecar(path);
  if (owner === null || !statOrNull(owner)?.isFile()) return false;
  try {
    return !startsLikeDatabase(path);
  } catch (error) {
    if (error instanceof FileProblem) return true;
    throw error;
  }
}

function sidecarGiven(given: string, owner: string): UsageProblem {
  return new UsageProblem(
    `${quote(given)} belongs to a database: give the database itself: ${quote(owner)}.`,
  );
}

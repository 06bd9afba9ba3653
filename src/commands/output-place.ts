/** Whether a file can be written where the user wants it, in sentences. */
import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { quote, UsageProblem } from '../problem.js';
import { FileProblem } from '../sqlite/errors.js';
import { ownerOfSidecar, startsLikeDatabase } from '../targets/folder-scan.js';
import { errorCode, statOrNull } from '../targets/unreachable.js';

export interface Place {
  readonly option: string;
  readonly given: string;
  readonly path: string;
}

/** @throws UsageProblem if it can be no path of a file */
export function resolveGiven(option: string, given: string, cwd: string): string {
  if (given === '') throw new UsageProblem(`${option} names no file: is a shell variable unset?`);
  if (given.includes('\0')) throw new UsageProblem(`${option} ${quote(given)} has a NUL character.`);
  if (given.endsWith('/')) throw folderGiven(option, given);
  return resolve(cwd, given);
}

/** What is there now. `new`: nothing. @throws UsageProblem if that cannot be written to, or cannot be told */
export function existing(place: Place): 'new' | 'file' | 'stream' {
  const stats = statPlace(place);
  if (stats === null) return 'new';
  const { option, given, path } = place;
  if (stats.isDirectory()) throw folderGiven(option, given);
  if (stats.isFIFO() || stats.isCharacterDevice() || isDescriptor(path)) return 'stream';
  if (stats.isFile()) return 'file';
  throw new UsageProblem(`${option} ${quote(given)} is neither a file nor a pipe: name another file.`);
}

function statPlace({ option, given, path }: Place): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw new UsageProblem(whyNotWritten({ option, given, path }, error));
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    throw new UsageProblem(`${option} ${quote(given)} is a symbolic link that leads nowhere.`);
  }
}

/** A name of something that is already open: a file behind it must not be replaced by another. */
function isDescriptor(path: string): boolean {
  return /^\/(?:dev\/(?:fd\/\d+|stdin|stdout|stderr)|proc\/[^/]+\/fd\/\d+)$/.test(path);
}

function folderGiven(option: string, given: string): UsageProblem {
  return new UsageProblem(`${option} ${quote(given)} is a folder: name a file in it.`);
}

/** @throws UsageProblem if it is, or would be taken for, a part of a database, or may not be written */
export function refuseUnwritable(place: Place, kind: 'new' | 'file'): void {
  refuseDatabase(place, kind);
  try {
    if (kind === 'file') accessSync(place.path, constants.W_OK);
    // It is written beside, then renamed.
    accessSync(dirname(place.path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageProblem(whyNotWritten(place, error), { cause: error });
  }
}

function refuseDatabase({ option, given, path }: Place, kind: 'new' | 'file'): void {
  const owner = ownerOfSidecar(path);
  if (owner !== null && statOrNull(owner)?.isFile()) {
    throw new UsageProblem(
      `${option} ${quote(given)} is where SQLite keeps data of ${quote(owner)}: name another file.`,
    );
  }
  if (kind === 'file' && isDatabase(path)) {
    throw new UsageProblem(`${option} ${quote(given)} is a SQLite database: name another file.`);
  }
}

function isDatabase(path: string): boolean {
  try {
    return startsLikeDatabase(path);
  } catch (error) {
    if (error instanceof FileProblem) return false;
    throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the system lets no file be made there',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'it would be larger than a file may be here',
  EIO: 'the disk reports an error',
  ELOOP: 'a symbolic link leads back to itself',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'nobody reads from it',
  EPIPE: 'nobody reads from it any more',
};

/** Why nothing can be written, in the middle of a sentence. */
export function reasonOf(code: string): string {
  return REASONS[code] ?? `the system says ${code}`;
}

/** For an error of the operating system. */
export function whyNotWritten({ option, given, path }: Place, error: unknown): string {
  const code = errorCode(error);
  if (code === null) throw error;
  const folder = dirname(path);
  const start = `${option} ${quote(given)} cannot be written`;
  if (statOrNull(folder) === null && code === 'ENOENT')
    return `${start}: there is no folder ${quote(folder)}.`;
  if (code === 'ENOTDIR') return `${start}: ${quote(folder)} is not a folder.`;
  const reason = reasonOf(code);
  const where = code === 'EACCES' || code === 'EPERM' ? ` in ${quote(folder)}` : '';
  return `${start}: ${reason}${where}.`;
}

/** A file that must not be there yet: written whole or not at all. */
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { quote, UsageProblem } from '../problem.js';
import { errorCode } from '../targets/unreachable.js';
import { type Place, refuseUnwritable, resolveGiven, whyNotWritten } from './output-place.js';

/** @throws UsageProblem where something is already, whatever it is, or where nothing can be written */
export function checkNewFile(option: string, given: string, cwd: string): Place {
  const place = { option, given, path: resolveGiven(option, given, cwd) };
  if (isThere(place)) throw exists(place);
  refuseUnwritable(place, 'new');
  return place;
}

/** A symbolic link that leads nowhere is something, too. What cannot be told is said when it is written. */
function isThere({ path }: Place): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function exists({ option, given }: Place): UsageProblem {
  return new UsageProblem(
    `${option} ${quote(given)} exists already, and is left as it is: name another file.`,
  );
}

/**
 * Others see the whole file or none, and whoever else makes one of that name meanwhile keeps it.
 * @throws UsageProblem if it could not be written; then nothing is there
 */
export function writeNewFile(place: Place, text: string): void {
  try {
    create(place.path, text);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw exists(place);
    throw new UsageProblem(whyNotWritten(place, error), { cause: error });
  }
}

function create(path: string, text: string): void {
  // Of a name of its own, so that it is short enough.
  const temporary = join(dirname(path), `.dblock-${process.pid}-${process.hrtime.bigint()}.tmp`);
  try {
    writeExclusively(temporary, text);
    try {
      // Unlike rename(2), link(2) replaces nothing.
      linkSync(temporary, path);
    } catch (error) {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? ''))
        throw error;
      // A file system without hard links, such as FAT.
      writeOrRemove(path, text);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeOrRemove(path: string, text: string): void {
  try {
    writeExclusively(path, text);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') rmSync(path, { force: true });
    throw error;
  }
}

function writeExclusively(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o666);
  try {
    writeFileSync(fd, text);
    // Some file systems say only now that the disk is full.
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

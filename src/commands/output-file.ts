/** A file that a command writes: checked before anything is looked at, then written whole or not at all. */
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { quote, UsageProblem } from '../problem.js';
import { statOrNull } from '../targets/unreachable.js';
import { existing, refuseUnwritable, resolveGiven, whyNotWritten } from './output-place.js';

export interface OutputFile {
  /** The option that names it, for messages. */
  readonly option: string;
  /** As the user wrote it. */
  readonly given: string;
  /** Absolute; where symbolic links lead. */
  readonly path: string;
  /** `file`: made, or replaced. `stream`: a pipe, a device or an open descriptor, which is written to. */
  readonly kind: 'file' | 'stream';
}

/** @throws UsageProblem where nothing could be written, or what is there must not be overwritten */
export function checkOutputFile(option: string, given: string, cwd: string): OutputFile {
  const place = { option, given, path: resolveGiven(option, given, cwd) };
  const kind = existing(place);
  if (kind === 'stream') return { ...place, kind };
  const path =
    kind === 'file' ? realpathSync(place.path) : join(realFolder(place.path), basename(place.path));
  refuseUnwritable({ ...place, path }, kind);
  return { ...place, path, kind: 'file' };
}

function realFolder(path: string): string {
  try {
    return realpathSync(dirname(path));
  } catch {
    // refuseUnwritable says why.
    return dirname(path);
  }
}

const SIDECARS = ['', '-wal', '-shm', '-journal'];

/** @throws UsageProblem if an output is one of the databases or lies where SQLite keeps a file beside one */
export function refuseDatabases(outputs: readonly OutputFile[], databases: readonly string[]): void {
  const protectedFiles = databases.flatMap((database) => SIDECARS.map((suffix) => database + suffix));
  for (const { option, given, path } of outputs) {
    const hit = protectedFiles.find((file) => isSameFile(path, file));
    if (hit === undefined) continue;
    throw new UsageProblem(
      `${option} ${quote(given)} is ${quote(hit)}, which dblock is to examine: name another file.`,
    );
  }
}

/** By path, and by inode where both exist: a hard link is the same file. */
export function isSameFile(path: string, other: string): boolean {
  if (path === other) return true;
  const [one, two] = [statOrNull(path), statOrNull(other)];
  return one !== null && two !== null && one.dev === two.dev && one.ino === two.ino;
}

/**
 * A reader of the file sees the old content or the new, never a part. Its mode is that of any new file.
 * @throws UsageProblem if it could not be written; then nothing has changed
 */
export function writeOutputFile(file: OutputFile, text: string): void {
  try {
    if (file.kind === 'file') replaceFile(file.path, text);
    else writeStream(file.path, text);
  } catch (error) {
    throw new UsageProblem(whyNotWritten(file, error), { cause: error });
  }
}

function replaceFile(path: string, text: string): void {
  // In the same folder, so that it can be renamed; of a name of its own, so that it is short enough.
  const temporary = join(dirname(path), `.dblock-${process.pid}-${process.hrtime.bigint()}.tmp`);
  try {
    const fd = openSync(temporary, 'wx', 0o666);
    try {
      writeFileSync(fd, text);
      // Some file systems say only now that the disk is full.
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Opening a FIFO waits for a reader, unless it is asked not to: then it says that there is none (fifo(7)). */
function writeStream(path: string, text: string): void {
  const probe = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(probe);
  }
}

/**
 * The undo journal: one line a transaction, on the disk before that transaction commits. A line goes through this
 * process as bytes, never as a JavaScript string: SQLite writes it and SQLite reads it, so every value survives.
 */
import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SqliteFailure } from '../sqlite/failure.js';

export const JOURNAL_SCHEMA = 'dblock.requeue-journal/1';

export interface JournalHeader {
  readonly journal: typeof JOURNAL_SCHEMA;
  readonly database: string;
  readonly startedAt: string;
}

export interface JournalWriter {
  readonly path: string;
  /**
   * Returns when the lines are on the disk: the number of the first of them. Throws `SqliteFailure`, as a full disk of
   * SQLite would.
   */
  append(...lines: readonly (readonly (string | Buffer)[])[]): number;
  /**
   * Says that these lines never became true. Not flushed: where a power cut loses it, undo goes by the rows alone, as it
   * does for a run that was killed.
   */
  drop(numbers: readonly number[]): void;
  close(): void;
}

/**
 * Makes a new file, mode 0600, at the first append: a run that changes nothing leaves none behind.
 * @param path must not exist
 */
export function journalAt(path: string, header: JournalHeader): JournalWriter {
  let fd: number | null = null;
  let lines = 0;
  const write = (parts: readonly (string | Buffer)[]) => {
    if (fd === null) fd = create(path);
    for (const part of parts) writeAll(fd, typeof part === 'string' ? Buffer.from(part) : part);
  };
  return {
    path,
    append: (...added) => {
      attempt(path, () => {
        if (fd === null) write([`${JSON.stringify(header)}\n`]);
        for (const parts of added) write([...parts, '\n']);
        if (fd !== null) fsyncSync(fd);
      });
      lines += added.length;
      return lines - added.length;
    },
    drop: (dropped) => {
      if (dropped.length > 0) attempt(path, () => write([`${JSON.stringify({ dropped })}\n`]));
    },
    close: () => {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

const OWNER_ONLY = 0o600;

/** The folder is flushed, too: else a power cut could lose the name of the file. */
function create(path: string): number {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
  const folder = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return fd;
}

function writeAll(fd: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

function attempt(path: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    throw new JournalFailure(code, path, error instanceof Error ? error.message : String(error));
  }
}

/** The journal could not be written: nothing of its transaction may be committed. */
export class JournalFailure extends SqliteFailure {
  constructor(
    code: string,
    readonly path: string,
    message: string,
  ) {
    super(code, message);
  }
}

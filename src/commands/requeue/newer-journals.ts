/** Journals of later runs on the same database: what they changed has to be undone before what was changed first. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_SCHEMA } from '../../queue/journal.js';
import { type JournalFile, JournalProblem, readJournal } from '../../queue/undo.js';
import { errorCode } from '../../targets/unreachable.js';
import type { Bytes } from '../../units.js';

const OPENING = `{"journal":"${JOURNAL_SCHEMA}"`;
const OPENING_BYTES: Bytes = Buffer.byteLength(OPENING);
/** A folder of the application may hold very many. */
const MOST_FILES = 5000;

/**
 * The newest first. Reads the first bytes of every file there, databases included: before this process has a
 * connection, since to close one of their descriptors later would drop its locks (sqlite.org/howtocorrupt.html §2.2).
 */
export function newerJournals(journal: JournalFile, folders: readonly string[]): JournalFile[] {
  const paths = [...new Set(folders)].flatMap(filesIn).filter(beginsAsJournal);
  return [...new Set(paths)]
    .flatMap((path) => readOrNone(path))
    .filter(({ database, startedAt }) => database === journal.database && startedAt > journal.startedAt)
    .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .slice(0, MOST_FILES)
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function beginsAsJournal(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(OPENING_BYTES);
      return readSync(fd, bytes) === OPENING_BYTES && bytes.toString() === OPENING;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

function readOrNone(path: string): JournalFile[] {
  try {
    return [readJournal(path)];
  } catch (error) {
    if (error instanceof JournalProblem || errorCode(error) !== null) return [];
    throw error;
  }
}

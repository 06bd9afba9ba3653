/** What SQLite's refusal means for a checkpoint. */

export interface FailureText {
  /** A sentence, without the path. */
  readonly summary: string;
  readonly advice: string;
}

/** By SQLite's extended code, else by its primary one. */
export function describeFailure(code: string, message: string): FailureText {
  const found = Object.entries(TEXTS).find(([prefix]) => code === prefix || code.startsWith(`${prefix}_`));
  return found?.[1] ?? { summary: sentence(message), advice: 'Run dblock doctor, and try again.' };
}

const NOTHING_LOST = 'Nothing is lost: what was not copied is still in the WAL.';

const TEXTS: Readonly<Record<string, FailureText>> = {
  SQLITE_FULL: {
    summary: `The disk is full: the database file could not grow. ${NOTHING_LOST}`,
    advice: 'Make room on the file system of the database, and run it again. Do not delete the WAL.',
  },
  SQLITE_READONLY: {
    summary: 'SQLite may not write the database, its -wal or -shm, or their folder.',
    advice: 'Run it as the user of the application, on a file system that is mounted for writing.',
  },
  SQLITE_CANTOPEN: {
    summary: 'SQLite could not open the database, or make the files beside it.',
    advice: 'See whether it is still there, and run it as the user of the application.',
  },
  SQLITE_BUSY: {
    summary: 'Another process kept SQLite from opening the database until the wait was over.',
    advice: 'Let it finish, or wait longer (--wait, --retry-until).',
  },
  SQLITE_PROTOCOL: {
    summary: 'SQLite could not get a lock on the WAL index in 10 s, whatever the busy timeout.',
    advice: 'A stopped process, or one that is not SQLite, probably holds it: see dblock locks.',
  },
  SQLITE_IOERR: {
    summary: `The operating system failed to read or write a file of the database. ${NOTHING_LOST}`,
    advice: 'Look into the log of the kernel, and run dblock doctor before anything else.',
  },
  SQLITE_CORRUPT: {
    summary: 'SQLite finds the database or its WAL malformed.',
    advice: 'Keep a copy of the database and its WAL together, and run dblock doctor --deep.',
  },
  SQLITE_NOTADB: {
    summary: 'SQLite does not accept the file as a database: it may be encrypted.',
    advice: 'Checkpoint it with a program that has the key.',
  },
};

function sentence(message: string): string {
  const text = message.trim().replace(/\.$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

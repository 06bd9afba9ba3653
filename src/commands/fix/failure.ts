/** What SQLite's refusal means for a repair. */

import { shellQuote } from '../../doctor/quote.js';
import type { RepairResult } from '../../doctor/repair/shapes.js';

type Failed = Extract<RepairResult, { result: 'failed' }>;

const NOTHING_LOST = 'Nothing is lost: the transaction was rolled back.';

/** By SQLite's extended code, else by its primary one. */
export function failedResult(path: string, code: string, message: string): Failed {
  const isOfSqlite = code.startsWith('SQLITE_');
  const found = Object.entries(TEXTS).find(
    ([prefix]) => code === prefix || code.startsWith(`${prefix}_`),
  )?.[1];
  const { summary, advice } = found ?? {
    summary: sentence(message),
    advice: 'Run dblock doctor, and try again.',
  };
  return {
    result: 'failed',
    code: isOfSqlite ? code : null,
    summary: isOfSqlite && found ? `${summary} (${code})` : summary,
    remedy: {
      text: advice,
      commands: [isOfSqlite && found ? `dblock explain ${code}` : `dblock doctor ${shellQuote(path)}`],
    },
  };
}

const TEXTS: Readonly<Record<string, { readonly summary: string; readonly advice: string }>> = {
  SQLITE_FULL: {
    summary: `The disk is full. ${NOTHING_LOST}`,
    advice: 'Make room on the file system of the database and in the temporary folder, and run it again.',
  },
  SQLITE_READONLY: {
    summary: 'SQLite may not write the database, the files beside it, or their folder.',
    advice: 'Run it as the user of the application, on a file system that is mounted for writing.',
  },
  SQLITE_CANTOPEN: {
    summary: 'SQLite could not open the database, or make the files beside it.',
    advice: 'See whether it is still there, and run it as the user of the application.',
  },
  SQLITE_IOERR: {
    summary: `The operating system failed to read or write a file of the database. ${NOTHING_LOST}`,
    advice:
      'Look into the log of the kernel and at the room on the disk, and run dblock doctor before anything else.',
  },
  SQLITE_CORRUPT: {
    summary: 'SQLite finds the database malformed.',
    advice: 'Keep a copy of the database and the files beside it together, and run dblock doctor --deep.',
  },
  SQLITE_NOTADB: {
    summary: 'SQLite does not accept the file as a database: it may be encrypted.',
    advice: 'Repair it with a program that has the key.',
  },
  SQLITE_PROTOCOL: {
    summary: 'SQLite could not get a lock on the WAL index in 10 s, whatever the busy timeout.',
    advice: 'A stopped process, or one that is not SQLite, probably holds it: see dblock locks.',
  },
};

function sentence(message: string): string {
  const text = message.trim().replace(/\.$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

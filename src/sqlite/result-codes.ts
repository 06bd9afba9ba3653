/**
 * The result codes of SQLite that have to do with locks, with the WAL, or with the files beside a database.
 * Names and numbers are those of sqlite3.h, texts those of sqlite3ErrStr in main.c; a test compares both.
 */
export interface ResultCode {
  readonly name: string;
  /** The low byte is the primary code, the rest says more: rescode.html, "Primary versus extended". */
  readonly number: number;
}

export const resultCodes = [
  { name: 'SQLITE_BUSY', number: 5 },
  { name: 'SQLITE_BUSY_RECOVERY', number: 261 },
  { name: 'SQLITE_BUSY_SNAPSHOT', number: 517 },
  { name: 'SQLITE_BUSY_TIMEOUT', number: 773 },
  { name: 'SQLITE_LOCKED', number: 6 },
  { name: 'SQLITE_LOCKED_SHAREDCACHE', number: 262 },
  { name: 'SQLITE_LOCKED_VTAB', number: 518 },
  { name: 'SQLITE_PROTOCOL', number: 15 },
  { name: 'SQLITE_READONLY', number: 8 },
  { name: 'SQLITE_READONLY_RECOVERY', number: 264 },
  { name: 'SQLITE_READONLY_CANTLOCK', number: 520 },
  { name: 'SQLITE_READONLY_ROLLBACK', number: 776 },
  { name: 'SQLITE_READONLY_DBMOVED', number: 1032 },
  { name: 'SQLITE_READONLY_CANTINIT', number: 1288 },
  { name: 'SQLITE_READONLY_DIRECTORY', number: 1544 },
  { name: 'SQLITE_CANTOPEN', number: 14 },
  { name: 'SQLITE_IOERR_LOCK', number: 3850 },
  { name: 'SQLITE_IOERR_SHMOPEN', number: 4618 },
  { name: 'SQLITE_IOERR_SHMSIZE', number: 4874 },
  { name: 'SQLITE_IOERR_SHMLOCK', number: 5130 },
  { name: 'SQLITE_IOERR_SHMMAP', number: 5386 },
  { name: 'SQLITE_IOERR_DELETE_NOENT', number: 5898 },
  { name: 'SQLITE_CORRUPT', number: 11 },
  { name: 'SQLITE_FULL', number: 13 },
  { name: 'SQLITE_NOTADB', number: 26 },
] as const satisfies readonly ResultCode[];

export type ResultCodeName = (typeof resultCodes)[number]['name'];

/** By primary code: all extended codes of one share its text. */
const MESSAGES = {
  5: 'database is locked',
  6: 'database table is locked',
  8: 'attempt to write a readonly database',
  10: 'disk I/O error',
  11: 'database disk image is malformed',
  13: 'database or disk is full',
  14: 'unable to open database file',
  15: 'locking protocol',
  26: 'file is not a database',
} as const satisfies Readonly<Record<number, string>>;

export type Message = (typeof MESSAGES)[keyof typeof MESSAGES];

export const messages: readonly Message[] = Object.values(MESSAGES);

export function numberOf(name: ResultCodeName): number {
  const found = resultCodes.find((code) => code.name === name);
  if (!found) throw new Error(`no result code ${name}`);
  return found.number;
}

/** What the log says, unless SQLite had something better to say. */
export function messageOf(name: ResultCodeName): Message {
  const primary = numberOf(name) & 0xff;
  const entry = Object.entries(MESSAGES).find(([number]) => Number(number) === primary);
  if (!entry) throw new Error(`no text for ${name}`);
  return entry[1];
}

/** The codes that a text may stand for, in the order of the list above. */
export function codesWith(message: Message): ResultCodeName[] {
  return resultCodes.map(({ name }) => name).filter((name) => messageOf(name) === message);
}

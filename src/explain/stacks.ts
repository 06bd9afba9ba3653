/** How drivers and frameworks word SQLITE_BUSY, where they keep the exact code, and how long they wait by default. */
export interface Stack {
  readonly name: string;
  /** What the log says. */
  readonly log: string;
  /** Where the extended code is. */
  readonly exactCode: string;
  /** The busy timeout unless it is set; empty: not verified. */
  readonly timeout: string;
}

/**
 * Python, better-sqlite3 and the shell were run; the others were read in their source or documentation, or in logs.
 * What is missing is not verified.
 */
export const stacks: readonly Stack[] = [
  {
    name: 'Python sqlite3',
    log: 'sqlite3.OperationalError: database is locked',
    exactCode: 'error.sqlite_errorname (Python 3.11)',
    timeout: '5 s',
  },
  {
    name: 'Django',
    log: 'django.db.utils.OperationalError: database is locked',
    exactCode: 'error.__cause__.sqlite_errorname',
    timeout: "5 s, Python's",
  },
  {
    name: 'SQLAlchemy',
    log: '(sqlite3.OperationalError) database is locked',
    exactCode: 'error.orig.sqlite_errorname',
    timeout: "5 s, Python's",
  },
  {
    name: 'better-sqlite3',
    log: 'SqliteError: database is locked',
    exactCode: 'error.code, always exact',
    timeout: '5 s',
  },
  {
    name: 'node:sqlite',
    log: 'Error: database is locked (code ERR_SQLITE_ERROR)',
    exactCode: 'error.errcode',
    timeout: '0',
  },
  {
    name: 'sqlite3 for Node.js',
    log: 'SQLITE_BUSY: database is locked',
    exactCode: '',
    timeout: '1 s',
  },
  {
    name: 'Prisma',
    log: 'P1008, or "Socket timeout (the database failed to respond to a query within the configured timeout)", or in older versions "Timed out during query execution."',
    exactCode: 'not given',
    timeout: '',
  },
  {
    name: 'Rails',
    log: 'ActiveRecord::StatementTimeout (older: StatementInvalid): SQLite3::BusyException: database is locked',
    exactCode: 'error.cause.code, exact if extended_result_codes is on',
    timeout: '',
  },
  {
    name: 'Laravel and PHP PDO',
    log: 'SQLSTATE[HY000]: General error: 5 database is locked',
    exactCode: 'set PDO::SQLITE_ATTR_EXTENDED_RESULT_CODES (PHP 7.4)',
    timeout: '60 s',
  },
  {
    name: 'Go, mattn/go-sqlite3',
    log: 'database is locked',
    exactCode: 'err.(sqlite3.Error).ExtendedCode',
    timeout: '5 s',
  },
  {
    name: 'Go, modernc.org/sqlite',
    log: 'database is locked (5) (SQLITE_BUSY)',
    exactCode: 'the number in the text: (5), (261) or (517)',
    timeout: '',
  },
  {
    name: 'Rust, sqlx',
    log: 'error returned from database: (code: 5) database is locked',
    exactCode: 'the number in the text',
    timeout: '5 s',
  },
  {
    name: 'Java, Xerial JDBC',
    log: '[SQLITE_BUSY] The database file is locked (database is locked)',
    exactCode: 'the name in brackets',
    timeout: '3 s',
  },
  {
    name: '.NET, Microsoft.Data.Sqlite',
    log: "SQLite Error 5: 'database is locked'.",
    exactCode: 'exception.SqliteExtendedErrorCode',
    timeout:
      'tries again by itself for the command timeout, 30 s: an error that came at once shows after 30 s',
  },
  {
    name: 'sqlite3 shell',
    log: 'Runtime error near line 1: database is locked (5)',
    exactCode: 'not given: it says (5) for 517 too',
    timeout: '0',
  },
];

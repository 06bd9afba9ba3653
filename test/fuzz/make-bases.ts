/**
 * Entry of a process of its own: real files of real SQLite, which the cases then spoil. Arguments: the folder.
 * A connection is open while the files are copied, so `cp` does that: see sqlite-locking.md, "The close() hazard".
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readFiles, writeFiles } from './files.js';
import { fixedSalts } from './fixed-salts.js';

const SUFFIXES = ['', '-wal', '-shm', '-journal'];

type Run = (...sql: string[]) => void;

/** Writes with `open` and copies before it is closed: what a crash would have left. */
interface Recipe {
  readonly pageBytes: number;
  readonly encoding?: string;
  readonly autoVacuum?: string;
  readonly tables: number;
  write(run: Run, second: Run): void;
  /** Taken after the last connection was closed. */
  readonly closed?: boolean;
  /** Left out of the copy. */
  readonly without?: string;
}

const ROWS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60)';
const FILL = `INSERT INTO jobs(status, payload) ${ROWS} SELECT 'queued', zeroblob(100 + i) FROM n`;
const WAL = ['PRAGMA journal_mode = WAL', 'PRAGMA wal_autocheckpoint = 0'];
/** More than the cache holds, so that frames or journal pages are written before the end. */
const UNFINISHED = ['PRAGMA cache_size = 2', 'BEGIN', `${FILL}`, `${FILL}`, 'UPDATE jobs SET attempts = 1'];

const leftover = (run: Run) => run(...WAL, 'UPDATE jobs SET attempts = 2', 'CREATE TABLE late(x)', FILL);

const recipes: Readonly<Record<string, Recipe>> = {
  'rollback-4096': { pageBytes: 4096, tables: 4, closed: true, write: (run) => run(FILL) },
  'rollback-512-many-tables': { pageBytes: 512, tables: 70, closed: true, write: () => undefined },
  'rollback-512-utf16le-auto-vacuum': {
    ...{ pageBytes: 512, encoding: 'UTF-16le', autoVacuum: 'FULL', tables: 25, closed: true },
    write: (run) => run(FILL),
  },
  'rollback-1024-utf16be-free-pages': {
    ...{ pageBytes: 1024, encoding: 'UTF-16be', autoVacuum: 'INCREMENTAL', tables: 5, closed: true },
    write: (run) => run(FILL, FILL, 'DELETE FROM jobs'),
  },
  'rollback-65536': { pageBytes: 65_536, tables: 1, closed: true, write: () => undefined },
  'rollback-4096-no-tables': {
    ...{ pageBytes: 4096, tables: 0, closed: true },
    write: (run) => run('PRAGMA user_version = 7'),
  },
  'wal-4096-closed': { pageBytes: 4096, tables: 4, closed: true, write: (run) => run(...WAL, FILL) },
  'wal-4096-truncated': {
    ...{ pageBytes: 4096, tables: 4 },
    write: (run) => run(...WAL, FILL, 'PRAGMA wal_checkpoint(TRUNCATE)'),
  },
  'wal-4096-leftover': { pageBytes: 4096, tables: 4, write: leftover },
  'wal-4096-without-shm': { pageBytes: 4096, tables: 4, without: '-shm', write: leftover },
  'wal-4096-reset': {
    ...{ pageBytes: 4096, tables: 4 },
    write: (run) =>
      run(...WAL, FILL, 'CREATE TABLE late(x)', 'PRAGMA wal_checkpoint(PASSIVE)', 'DROP TABLE late'),
  },
  'wal-512-all-in-wal': {
    ...{ pageBytes: 512, tables: 0 },
    write: (run) => run(...WAL, ...tableStatements(40), FILL),
  },
  'wal-512-utf16be-unfinished': {
    ...{ pageBytes: 512, encoding: 'UTF-16be', tables: 20 },
    write: (run) => run(...WAL, FILL, ...UNFINISHED),
  },
  'wal-1024-utf16le-half-backfilled': {
    ...{ pageBytes: 1024, encoding: 'UTF-16le', tables: 8 },
    write(run, second) {
      run(...WAL, FILL);
      second('BEGIN', 'SELECT count(*) FROM jobs');
      run('CREATE TABLE late(x)', FILL, 'PRAGMA wal_checkpoint(PASSIVE)');
    },
  },
  'wal-65536-leftover': { pageBytes: 65_536, tables: 1, write: (run) => run(...WAL, 'CREATE TABLE late(x)') },
  'wal-512-two-index-blocks': {
    ...{ pageBytes: 512, tables: 4 },
    write: (run) =>
      run(
        ...WAL,
        FILL,
        ...Array.from({ length: 30 }, (_, i) => `UPDATE jobs SET payload = zeroblob(${900 + i})`),
      ),
  },
  'hot-journal-4096': { pageBytes: 4096, tables: 4, write: (run) => run(FILL, ...UNFINISHED) },
  'hot-journal-512-auto-vacuum': {
    ...{ pageBytes: 512, autoVacuum: 'FULL', tables: 10 },
    write: (run) => run(FILL, ...UNFINISHED),
  },
  'zeroed-journal-1024': {
    ...{ pageBytes: 1024, tables: 4 },
    write: (run) => run('PRAGMA journal_mode = PERSIST', FILL),
  },
};

/** What the checks about schemas look for, and every kind of object. */
function tableStatements(tables: number): string[] {
  if (tables === 0) return [];
  const long = Array.from({ length: 60 }, (_, i) => `"column ${i} with ümläute 🗄" TEXT`).join(', ');
  return [
    'CREATE TABLE accounts(id INTEGER PRIMARY KEY, name TEXT UNIQUE)',
    `CREATE TABLE jobs(id INTEGER PRIMARY KEY, account_id REFERENCES accounts(id), status TEXT, queue TEXT,
       priority INT, run_at INT, attempts INT, locked_at INT, payload BLOB)`,
    'CREATE VIEW waiting AS SELECT id FROM jobs WHERE status = 1',
    ...(tables > 3 ? [`CREATE TABLE wide(${long})`, 'CREATE VIRTUAL TABLE words USING fts5(text)'] : []),
    'CREATE TRIGGER react AFTER INSERT ON accounts BEGIN SELECT 1; END',
    'CREATE INDEX some_index ON jobs(attempts) WHERE attempts > 1',
    ...Array.from({ length: tables }, (_, i) => `CREATE TABLE t${i}(a PRIMARY KEY, b) WITHOUT ROWID`),
  ];
}

function make(folder: string, name: string, recipe: Recipe): void {
  const path = join(folder, `live-${name}`);
  const [first, second] = [open(path), open(path)];
  const settings = [`PRAGMA page_size = ${recipe.pageBytes}`, 'PRAGMA synchronous = OFF'];
  if (recipe.encoding) settings.push(`PRAGMA encoding = '${recipe.encoding}'`);
  if (recipe.autoVacuum) settings.push(`PRAGMA auto_vacuum = ${recipe.autoVacuum}`);
  first.run(...settings, 'PRAGMA user_version = 1', ...tableStatements(recipe.tables));
  if (recipe.tables === 0 && name.startsWith('wal')) second.run(...settings);
  recipe.write(first.run, second.run);
  const close = () => {
    second.close();
    first.close();
  };
  if (recipe.closed) close();
  const suffixes = SUFFIXES.filter((suffix) => suffix !== recipe.without && existsSync(path + suffix));
  for (const suffix of suffixes) execFileSync('cp', [path + suffix, join(folder, name + suffix)]);
  if (!recipe.closed) close();
  writeFiles(join(folder, name), fixedSalts(readFiles(join(folder, name))));
}

function open(path: string): { run: Run; close(): void } {
  const connection = new Database(path);
  const run: Run = (...statements) => {
    for (const sql of statements) {
      const statement = connection.prepare(sql);
      if (statement.reader) statement.all();
      else statement.run();
    }
  };
  return { run, close: () => connection.close() };
}

const [folder = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const [name, recipe] of Object.entries(recipes)) make(folder, name, recipe);

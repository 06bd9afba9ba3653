/** The databases that situations start from: a table of a few jobs, as an application would leave it. */
import type { Actor, Connection } from '../actor.js';

export interface DatabaseOptions {
  readonly pageBytes?: number;
  readonly autoVacuum?: 'FULL';
}

/** Three rows: a cursor that has read one of them is still inside its read transaction. */
const JOBS = [
  'CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0)',
  "INSERT INTO jobs (state) VALUES ('queued'), ('queued'), ('queued')",
];

/**
 * A write to one page: outside a transaction, one commit and, in WAL mode, one frame. It changes the row:
 * an UPDATE that does not writes nothing.
 */
export const ONE_FRAME = 'UPDATE jobs SET attempts = attempts + 1 WHERE id = 1';
export const INSERT = "INSERT INTO jobs (state) VALUES ('queued')";
export const READ = 'SELECT * FROM jobs';

/** Makes a WAL database and stays attached to it. What was written is in the database, and the WAL is empty. */
export async function makeWalDatabase(
  actor: Actor,
  path: string,
  options: DatabaseOptions = {},
): Promise<Connection> {
  const connection = await actor.open(path);
  // synchronous: no test cuts the power, and 5,000 commits should not wait for the disk.
  await connection.exec(...layout(options), 'PRAGMA journal_mode=WAL', 'PRAGMA synchronous=OFF', ...JOBS);
  await connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return connection;
}

/** Makes a database in rollback mode and stays connected: no lock is held between transactions. */
export async function makeRollbackDatabase(
  actor: Actor,
  path: string,
  options: DatabaseOptions = {},
): Promise<Connection> {
  const connection = await actor.open(path);
  await connection.exec(...layout(options), ...JOBS);
  return connection;
}

function layout({ pageBytes, autoVacuum }: DatabaseOptions): string[] {
  return [
    ...(pageBytes === undefined ? [] : [`PRAGMA page_size=${pageBytes}`]),
    ...(autoVacuum === undefined ? [] : [`PRAGMA auto_vacuum=${autoVacuum}`]),
  ];
}

/** A table of `pages` pages of payload, for transactions that touch many pages at once. */
export async function addWideTable(connection: Connection, pages: number): Promise<void> {
  await connection.exec(
    'CREATE TABLE wide (id INTEGER PRIMARY KEY, payload BLOB)',
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${pages})
     INSERT INTO wide SELECT i, zeroblob(3500) FROM n`,
  );
}

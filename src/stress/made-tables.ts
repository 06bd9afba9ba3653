/** Whose the tables are that a run has made. */
import type { Database } from 'better-sqlite3';
import { quoteIdentifier } from '../sqlite/identifiers.js';
import { livingOwner, ownerText } from './arena-folder.js';
import { ArenaProblem } from './arena-problem.js';
import { ownTables } from './workloads/own-tables.js';
import { OWN_PREFIX } from './workloads/workload.js';

export const MADE_TABLE = `${OWN_PREFIX}made`;

/** The coordinator has made what is beside it. */
export function signTables(database: Database): void {
  database.exec(`CREATE TABLE ${MADE_TABLE}(by TEXT)`);
  database.prepare(`INSERT INTO ${MADE_TABLE}(by) VALUES (?)`).run(ownerText(process.ppid));
}

/** In place, two runs would drop each other's tables. */
export function refuseBesideAnother(database: Database): void {
  if (!ownTables(database).includes(MADE_TABLE)) return;
  const by = database.prepare<[], unknown>(`SELECT by FROM ${MADE_TABLE}`).pluck().get();
  const pid = typeof by === 'string' ? livingOwner(by) : null;
  if (pid === null || pid === process.ppid) return;
  throw new ArenaProblem(`another dblock stress --in-place is at work on it (pid ${pid}): wait for its end`);
}

/** Ours are those beside the table that says so; what only has such a name is not. */
export function dropOwn(database: Database, kept: readonly string[] = []): void {
  const names = ownTables(database);
  if (names.length === 0) return;
  if (!names.includes(MADE_TABLE)) {
    throw new ArenaProblem(`the database has a table ${JSON.stringify(names[0])} that dblock did not make`);
  }
  for (const name of names.filter((one) => !kept.includes(one)))
    database.exec(`DROP TABLE ${quoteIdentifier(name)}`);
}

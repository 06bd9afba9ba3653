/** A private copy of those tables only that will be read: of ten gigabytes an application's jobs are a few pages. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { foreignSigns } from '../../doctor/foreign-signs.js';
import { lastSample, trustedIndex } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { type Known, known, unknown } from '../../known.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import { copyTables, type PartialCopyRequest } from '../../sqlite/partial-copy.js';
import { openRows, type RowConnection } from '../../sqlite/row-connection.js';
import { makePrivateFolder } from '../../sqlite/temporary-folder.js';
import type { Reading } from './open.js';

/** From a connection that has the schema, and no rows, to names in lower case. */
export type ChooseTables = (connection: RowConnection) => ReadonlySet<string>;

/** What SQLite reads with the schema (analyze.c, sqlite3AnalysisLoad), and FTS5 when it lists its columns. */
const WITH_SCHEMA = /^sqlite_stat\d$|_config$/;

/** Unknown: it takes a copy of all. */
export async function openTables(evidence: Evidence, choose: ChooseTables): Promise<Known<Reading>> {
  const sample = lastSample(evidence);
  const { header, database } = sample;
  if (!header) return unknown('the database has 0 bytes');
  const foreign = foreignSigns(evidence);
  if (foreign.known && foreign.value.length > 0) return unknown('the WAL belongs to another database');
  const folder = makePrivateFolder([tmpdir(), '/var/tmp'], dirname(evidence.path), 0);
  if (!folder.known) return folder;
  const remove = () => rmSync(folder.value, { recursive: true, force: true });
  const request = { header, index: trustedIndex(sample), fileBytes: database.bytes };
  const copy = (target: string, isWanted: PartialCopyRequest['isWanted']) =>
    openPart(evidence.path, { ...request, target: join(folder.value, target), isWanted });
  try {
    const wanted = chosenFrom(await copy('schema.db', (table) => WITH_SCHEMA.test(table)), choose);
    const rows = await copy(
      'tables.db',
      (table) => WITH_SCHEMA.test(table) || wanted.has(table.toLowerCase()),
    );
    const end = () => {
      rows.close();
      remove();
    };
    return known({ connection: rows, way: 'tables', end });
  } catch (error) {
    remove();
    if (error instanceof SqliteFailure) return unknown(error.message);
    if (error instanceof NotCopied) return unknown(error.message);
    throw error;
  }
}

class NotCopied extends Error {}

async function openPart(path: string, request: PartialCopyRequest): Promise<RowConnection> {
  const copied = copyTables(path, request);
  if (!copied.known) throw new NotCopied(copied.reason);
  return openRows(request.target, { readOnly: true, busyTimeoutMs: 0 });
}

function chosenFrom(schema: RowConnection, choose: ChooseTables): ReadonlySet<string> {
  try {
    return choose(schema);
  } finally {
    schema.close();
  }
}

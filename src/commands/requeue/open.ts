/** How the rows of a database can be read without changing a byte of it (design.md, "How it looks without touching"). */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { attachedNow } from '../../doctor/attachment.js';
import { lastSample, lockingMode, trustedIndex } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { type Known, known, unknown } from '../../known.js';
import type { LockObserver } from '../../locks/platform.js';
import { isWritten } from '../../locks/written.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import { copyPrivately } from '../../sqlite/private-copy.js';
import { openRows, type RowConnection } from '../../sqlite/row-connection.js';
import { makePrivateFolder } from '../../sqlite/temporary-folder.js';
import type { Milliseconds } from '../../units.js';
import { type ChooseTables, openTables } from './open-tables.js';

export interface Reading {
  readonly connection: RowConnection;
  readonly way: NonNullable<RequeueDatabase['way']>;
  /** Closes the connection and deletes the copy. */
  end(): void;
}

const BUSY_TIMEOUT_MS: Milliseconds = 2000;
const PATIENCE_MS: Milliseconds = 3000;

/** @param choose names, in lower case, the tables that will be read, from the schema alone; `null`: all may be */
export async function openForReading(
  evidence: Evidence,
  observer: LockObserver,
  choose: ChooseTables | null,
): Promise<Known<Reading>> {
  if (canAttach(evidence)) {
    const connection = await openRows(evidence.path, { readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
    return known({ connection, way: 'attached', end: () => connection.close() });
  }
  const tables = choose ? await openTables(evidence, choose) : null;
  return tables?.known ? tables : openCopy(evidence, observer);
}

/** Of the database itself. Waits are the caller's: SQLite returns SQLITE_BUSY at once. */
export async function openForChange({ path }: Evidence): Promise<Reading> {
  const connection = await openRows(path, { readOnly: false, busyTimeoutMs: BUSY_TIMEOUT_MS });
  if (connection.rows('PRAGMA journal_mode')[0]?.[0] === 'wal') {
    // A power cut may take back the last commits, never half of one: then these jobs are orphans still. In exchange
    // no disk is waited for under the write lock (sqlite.org/pragma.html#pragma_synchronous).
    connection.run('PRAGMA synchronous = NORMAL');
    connection.rows('PRAGMA wal_autocheckpoint = 0');
  }
  connection.setBusyTimeout(0);
  return { connection, way: 'connection', end: () => connection.close() };
}

/** Only where others keep the -shm alive: as the first reader SQLite would make one, as the last it would delete the WAL. */
function canAttach(evidence: Evidence): boolean {
  const sample = lastSample(evidence);
  const hasFiles = sample.wal !== null && sample.walIndex !== null;
  return lockingMode(sample) === 'wal' && hasFiles && attachedNow(evidence).length > 0;
}

async function openCopy(evidence: Evidence, observer: LockObserver): Promise<Known<Reading>> {
  const { path } = evidence;
  const sample = lastSample(evidence);
  const bytes = sample.database.bytes + (sample.wal?.file.bytes ?? 0);
  const folder = makePrivateFolder([tmpdir(), '/var/tmp'], dirname(path), bytes);
  if (!folder.known) return folder;
  const remove = () => rmSync(folder.value, { recursive: true, force: true });
  try {
    const copy = copyPrivately(path, {
      ...{ folder: folder.value, patienceMs: PATIENCE_MS, trustIndex: trustedIndex(sample) !== null },
      isWriting: () => isWritten(path, observer),
    });
    if (!copy.known) {
      remove();
      return unknown(copy.reason);
    }
    const connection = await openRows(copy.value.path, { readOnly: false, busyTimeoutMs: 0 });
    const end = () => {
      connection.close();
      remove();
    };
    return known({ connection, way: 'copy', end });
  } catch (error) {
    remove();
    throw error;
  }
}

/** The backup before the first change: everything together, complete or not there. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { everOpenPids } from '../../doctor/attachment.js';
import { lastSample } from '../../doctor/questions.js';
import type { Repairer } from '../../doctor/repair/apply.js';
import type { FixBackup } from '../../doctor/repair/shapes.js';
import type { Evidence } from '../../doctor/shapes.js';
import { type Known, known, unknown } from '../../known.js';
import {
  type BackupFolder,
  beginBackup,
  completeBackup,
  copyAtRest,
  imitate,
  nameBackup,
  removePartial,
} from '../../sqlite/backup.js';
import type { Bytes } from '../../units.js';
import { isSurelyAlone } from '../checkpoint/status.js';
import type { Host } from '../host.js';
import type { FixSettings } from './options.js';

/** `files`: before anybody opens it; `backup-api`: through the connection that the repair has anyway. */
export type BackupMethod = Extract<FixBackup, { kind: 'made' }>['method'];

/**
 * The backup API makes a copy as of one moment beside whoever uses the database. What a crash left must be copied as it
 * is, before a connection recovers it or rolls it back.
 */
export function backupMethod(evidence: Evidence): BackupMethod {
  const { wal, journal } = lastSample(evidence);
  const isLeft =
    everOpenPids(evidence).length === 0 && ((wal?.file.bytes ?? 0) > 0 || journal?.content.kind === 'active');
  return isLeft || isSurelyAlone(evidence) ? 'files' : 'backup-api';
}

/** @param repairer has the database open; only for the backup API */
export async function backUp(
  evidence: Evidence,
  { backupTo }: FixSettings,
  repairer: Repairer | null,
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
): Promise<FixBackup> {
  const startedMs = host.now();
  const { database } = lastSample(evidence);
  const folder = nameBackup(evidence.path, backupTo ?? dirname(evidence.path), startedMs);
  const begun = await beginBackup(folder, database, bytesOf(evidence));
  if (!begun.known) return { kind: 'failed', reason: begun.reason };
  try {
    const files = await fill(folder, evidence, repairer, signal);
    if (!files.known) return { kind: 'failed', reason: files.reason };
    const bytes = await completeBackup(folder);
    signal.throwIfAborted();
    if (!bytes.known) return { kind: 'failed', reason: bytes.reason };
    const method = repairer === null ? 'files' : 'backup-api';
    const durationMs = host.now() - startedMs;
    return {
      kind: 'made',
      path: folder.path,
      files: [...files.value],
      bytes: bytes.value,
      method,
      durationMs,
    };
  } finally {
    removePartial(folder.partial);
  }
}

function bytesOf(evidence: Evidence): Bytes {
  const { database, wal, journal } = lastSample(evidence);
  return database.bytes + (wal?.file.bytes ?? 0) + (journal?.file.bytes ?? 0);
}

/** Names of the files. */
async function fill(
  folder: BackupFolder,
  evidence: Evidence,
  repairer: Repairer | null,
  signal: AbortSignal,
): Promise<Known<readonly string[]>> {
  const { path } = evidence;
  if (repairer === null) {
    const copied = await copyAtRest(folder, [path, `${path}-wal`, `${path}-journal`], signal);
    return copied.known ? known(copied.value.files) : copied;
  }
  const target = join(folder.partial, basename(path));
  const answer = await repairer.ask({ order: 'back-up', target });
  if (answer.answer === 'failure')
    return unknown(`SQLite's backup ended with ${answer.code}: ${answer.message}`);
  await imitate(target, lastSample(evidence).database);
  return (await stat(target)).size > 0 ? known([basename(path)]) : unknown("SQLite's backup copied nothing");
}

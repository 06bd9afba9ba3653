/** One run at a time on a database, and what a killed one left. */
import { dirname } from 'node:path';
import { lastSample } from '../../doctor/questions.js';
import type { Repair } from '../../doctor/repair/shapes.js';
import type { Evidence } from '../../doctor/shapes.js';
import { readProcessStat } from '../../locks/proc.js';
import { UsageProblem } from '../../problem.js';
import { partialBackups, removePartial } from '../../sqlite/backup.js';
import { showPath } from '../../sqlite/errors.js';
import { makeMark, markPath, type RunMark, readMark, removeMark } from '../../sqlite/run-mark.js';
import { errorCode } from '../../targets/unreachable.js';
import type { Host } from '../host.js';
import type { FixSettings } from './options.js';

/** What lies beside the database from a run that did not end. */
export interface EarlierRun {
  /** `null`: none was killed. */
  readonly mark: RunMark | null;
  readonly partialBackups: readonly string[];
}

/** @throws UsageProblem while another run is at work */
export function findEarlierRun(path: string, { backupTo }: FixSettings, host: Host): EarlierRun {
  const mark = readMark(path);
  if (mark !== null && isAlive(mark, host)) {
    throw new UsageProblem(
      `Another dblock fix (pid ${mark.pid}, since ${mark.startedAt}) is at work on ${showPath(path)}: let it finish.`,
    );
  }
  const folders = new Set([dirname(path), ...(backupTo === null ? [] : [backupTo])]);
  return { mark, partialBackups: [...folders].flatMap((folder) => partialsIn(path, folder)) };
}

function partialsIn(path: string, folder: string): string[] {
  try {
    return partialBackups(path, folder);
  } catch (error) {
    if (errorCode(error) !== null) return []; // said when the backup is made
    throw error;
  }
}

/** A pid alone may have gone to another process since. */
function isAlive({ pid, startTicks }: RunMark, host: Host): boolean {
  if (host.platform === 'linux') return readProcessStat(pid)?.startTicks === startTicks;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** What it began and did not finish. */
export function unfinishedRepairs({ mark }: EarlierRun, evidence: Evidence): Repair[] {
  if (!mark?.returnsToWal || lastSample(evidence).header?.journalMode !== 'rollback') return [];
  return [
    {
      id: 'page-size',
      what: `Return to WAL mode, which a run of dblock fix that was killed (${mark.startedAt}) had left.`,
      steps: ['PRAGMA journal_mode=WAL;'],
      locks: 'It needs EXCLUSIVE for one small commit, and tries for at most 100 ms at a time.',
      undo: 'PRAGMA journal_mode=DELETE;',
      byIdOnly: null,
      notes: [],
      action: { kind: 'to-wal' },
    },
  ];
}

/** A sentence each; `verb`: what becomes of them. */
export function describeEarlierRun({ mark, partialBackups: partial }: EarlierRun, done: boolean): string[] {
  return [
    ...(mark === null
      ? []
      : [
          `An earlier dblock fix (pid ${mark.pid}, ${mark.startedAt}) was killed. What it had done until then is whole.`,
        ]),
    ...partial.map(
      (folder) => `${done ? 'Removed' : 'Left by it'}: ${folder}, a backup that it had not completed.`,
    ),
  ];
}

/**
 * Takes the place of a run that was killed. The caller removes the mark.
 * @throws UsageProblem if the folder cannot be written, or another run was quicker
 */
export function beginRun(path: string, earlier: EarlierRun, returnsToWal: boolean, host: Host): void {
  const startTicks = readProcessStat(host.pid)?.startTicks ?? 0;
  const mark = { pid: host.pid, startTicks, startedAt: new Date(host.now()).toISOString(), returnsToWal };
  try {
    if (earlier.mark !== null && readMark(path)?.pid === earlier.mark.pid) removeMark(path);
    if (!makeMark(path, mark))
      throw new UsageProblem(`Another dblock fix has just begun on ${showPath(path)}: let it finish.`);
    for (const folder of earlier.partialBackups) removePartial(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    const reason =
      code === 'EROFS' ? 'the file system is read-only' : code === 'EACCES' ? 'no permission' : code;
    throw new UsageProblem(
      `Nothing was begun: ${showPath(markPath(path))}, which marks a running repair, cannot be made (${reason}). Run it as the user of the application, where it may write in the folder of the database.`,
      { cause: error },
    );
  }
}

/** Removes what a killed run left where there is nothing more to repair. Throws as `beginRun`. */
export function clearEarlierRun(path: string, earlier: EarlierRun, host: Host): void {
  if (earlier.mark === null && earlier.partialBackups.length === 0) return;
  beginRun(path, earlier, false, host);
  removeMark(path);
}

/** Backs up, then does what was asked for, one repair after the other. */

import { attachedNow } from '../../doctor/attachment.js';
import {
  type Applied,
  applyAction,
  openDatabase,
  type Repairer,
  type RepairWorld,
  startRepairer,
} from '../../doctor/repair/apply.js';
import { findPreventers } from '../../doctor/repair/preventers.js';
import type { FixBackup, Repair } from '../../doctor/repair/shapes.js';
import { removeBackup } from '../../sqlite/backup.js';
import type { Pid } from '../../units.js';
import { nameOf } from '../checkpoint/database.js';
import { isSurelyAlone } from '../checkpoint/status.js';
import type { Examined } from '../gather.js';
import { backUp, backupMethod } from './backup.js';
import { changeAll, checkpoint, type FixTools, requeueOrphans } from './elsewhere.js';
import { failedResult } from './failure.js';
import type { FixSettings } from './options.js';
import { prevented, type Tried, unsaved } from './tried.js';
import { worldOf } from './world.js';

export interface Run {
  readonly backup: FixBackup;
  /** In the order of the repairs. */
  readonly tried: readonly Tried[];
}

/** Rejects only with the reason of the signal. @param repairs in the order in which they are to be done */
export async function applyRepairs(
  examined: Examined,
  repairs: readonly Repair[],
  settings: FixSettings,
  tools: FixTools,
): Promise<Run> {
  const work = new Work(examined, settings, tools);
  try {
    return await work.run(repairs);
  } finally {
    await work.end('abandon');
  }
}

/** The one process with a connection, started when it is first needed. */
class Work {
  readonly #world: RepairWorld;
  #repairer: Repairer | null = null;

  constructor(
    readonly examined: Examined,
    readonly settings: FixSettings,
    readonly tools: FixTools,
  ) {
    this.#world = worldOf(examined.evidence, tools.observer, tools.host);
  }

  async run(repairs: readonly Repair[]): Promise<Run> {
    const { evidence } = this.examined;
    const method = backupMethod(evidence);
    const needsBackup = repairs.some(({ action }) => action.kind !== 'permissions');
    let backup: FixBackup = needsBackup
      ? { kind: 'left-out', reason: 'it was not wanted (--no-backup)' }
      : { kind: 'left-out', reason: 'only owners and modes change, and the plan says how to undo that' };
    const tried: Tried[] = [];
    for (const repair of repairs) {
      const isFirstWrite = needsBackup && repair.action.kind !== 'permissions' && backup.kind === 'left-out';
      if (isFirstWrite && this.settings.backup) {
        const opened = method === 'backup-api' ? await this.#open() : null;
        if (opened !== null && opened.result !== 'done') {
          const reason = 'the database could not be opened for it';
          return { backup: { kind: 'failed', reason }, tried: rest(repairs, [...tried, opened]) };
        }
        backup = await backUp(evidence, this.settings, this.#repairer, this.tools);
        if (backup.kind === 'failed')
          return { backup, tried: rest(repairs, [...tried, unsaved(backup.reason)]) };
      }
      const result = await this.#one(repair);
      tried.push(result);
      // One that others prevented says nothing about the next; a failure may.
      if (result.result === 'failed') return { backup, tried: rest(repairs, tried) };
    }
    await this.end('close');
    return { backup: withoutUse(backup, repairs, tried), tried };
  }

  /** As the last connection a close deletes the WAL: not if somebody who needs it may be hidden. */
  async end(how: 'close' | 'abandon'): Promise<void> {
    const repairer = this.#repairer;
    if (repairer === null) return;
    this.#repairer = null;
    const { evidence } = this.examined;
    const isSeen = attachedNow(evidence).length > 0 || isSurelyAlone(evidence);
    if (how === 'close' && isSeen && this.#world.changed() === null)
      await repairer.finish({ order: 'close' });
    else await repairer.abandon();
  }

  async #open(): Promise<Tried> {
    if (this.#repairer !== null) return { result: 'done', durationMs: 0 };
    const { path } = this.examined;
    this.#repairer = startRepairer(this.tools.signal);
    return this.#told(await openDatabase(this.#repairer, path, this.settings.waitMs, this.#world));
  }

  async #one({ action }: Repair): Promise<Tried> {
    if (action.kind === 'permissions') return changeAll(action.changes, this.examined.path);
    if (action.kind === 'checkpoint') {
      await this.end('close');
      return checkpoint(action.mode, this.examined, this.settings, this.tools);
    }
    if (action.kind === 'requeue') {
      await this.end('close');
      return requeueOrphans(this.examined, this.settings, this.tools);
    }
    const opened = await this.#open();
    if (opened.result !== 'done' || this.#repairer === null) return opened;
    return this.#told(await applyAction(this.#repairer, action, this.settings.waitMs, this.#world));
  }

  #told(applied: Applied): Tried {
    const { path, evidence } = this.examined;
    if (applied.kind === 'done') return { result: 'done', durationMs: applied.durationMs };
    if (applied.kind === 'failed') return failedResult(path, applied.code, applied.message);
    const { look, need } = applied;
    const journalMode = this.#world.journalMode() ?? 'rollback';
    const name = (pid: Pid) => nameOf(evidence, this.tools.observer, pid);
    const preventers = findPreventers(look, { journalMode, need, self: this.#repairer?.pid ?? 0 }, name);
    return prevented(path, preventers, this.settings, look.hidden);
  }
}

function rest(repairs: readonly Repair[], tried: readonly Tried[]): Tried[] {
  const reason = 'something before it failed';
  return repairs.map((_, index) => tried[index] ?? { result: 'not-tried', reason });
}

/** A backup before nothing was changed helps nobody, and takes the room that the next one needs. */
function withoutUse(backup: FixBackup, repairs: readonly Repair[], tried: readonly Tried[]): FixBackup {
  const isUseless = tried.every(({ result }, index) => result === 'prevented' && isOneStep(repairs[index]));
  if (backup.kind !== 'made' || !isUseless) return backup;
  removeBackup(backup.path);
  return { kind: 'left-out', reason: 'it was made, and removed again because nothing was changed' };
}

/** Done or not: no part of it can have been done before somebody was in the way. */
function isOneStep(repair: Repair | undefined): boolean {
  switch (repair?.action.kind) {
    case 'to-wal':
    case 'to-incremental':
    case 'vacuum':
      return true;
    case 'create-indexes':
      return repair.action.statements.length === 1;
    default:
      return false;
  }
}

/** Whether it means to leave WAL mode for a while. */
export function leavesWal({ action }: Repair): boolean {
  return action.kind === 'vacuum' && action.leaveWal;
}

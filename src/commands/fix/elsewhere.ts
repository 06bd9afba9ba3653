/** Repairs that are done without the connection of the others. */
import type { CheckpointMode } from '../../checkpoint/shapes.js';
import type { Config } from '../../config.js';
import type { Evidence } from '../../doctor/shapes.js';
import type { LockObserver } from '../../locks/platform.js';
import { changeOwnership } from '../../sqlite/permissions.js';
import { checkpointDatabase } from '../checkpoint/database.js';
import type { Examined } from '../gather.js';
import type { Host } from '../host.js';
import { failedResult } from './failure.js';
import type { FixSettings } from './options.js';
import { requeue } from './orphans.js';
import type { Tried } from './tried.js';

export interface FixTools {
  readonly observer: LockObserver;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly config: Config;
  /** `null`: the file cannot be examined any more, and the user was told. */
  lookAgain(): Promise<Evidence | null>;
}

export function changeAll(changes: readonly Parameters<typeof changeOwnership>[0][], path: string): Tried {
  for (const change of changes) {
    const reason = changeOwnership(change);
    if (reason === null) continue;
    const { summary, remedy } = failedResult(path, 'PERMISSIONS', reason);
    return {
      result: 'failed',
      code: null,
      summary,
      remedy: { ...remedy, text: 'Run it as root (sudo), or as the owner of the files.' },
    };
  }
  return { result: 'done', durationMs: 0 };
}

/** As `dblock requeue-orphans` does; its journal lies beside the database. */
export async function requeueOrphans(
  examined: Examined,
  settings: FixSettings,
  tools: FixTools,
): Promise<Tried> {
  const startedMs = tools.host.now();
  const time = new Date(startedMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const evidence = (await tools.lookAgain()) ?? examined.evidence;
  tools.signal.throwIfAborted();
  const journal = `${examined.path}.dblock-requeue-${time}.jsonl`;
  const { outcome, summary, advice } = await requeue(
    { ...examined, evidence },
    { apply: true, settings, journal },
    tools,
  );
  if (outcome === 'done' || outcome === 'clear')
    return { result: 'done', durationMs: tools.host.now() - startedMs };
  return { result: 'failed', code: null, summary, remedy: advice };
}

/** As `dblock checkpoint` does; the backup has what a crash left. */
export async function checkpoint(
  mode: CheckpointMode,
  examined: Examined,
  { waitMs }: FixSettings,
  { observer, host, signal, lookAgain }: FixTools,
): Promise<Tried> {
  const startedMs = host.now();
  const evidence = (await lookAgain()) ?? examined.evidence;
  signal.throwIfAborted();
  const { outcome } = await checkpointDatabase(
    { ...examined, evidence },
    { mode, waitMs, retryForMs: null, onlyAboveBytes: null, save: false, force: false },
    { looking: null, observer, host, signal, lookAgain: async () => null, warn: () => undefined },
  );
  switch (outcome.outcome) {
    case 'complete':
    case 'unneeded':
      return { result: 'done', durationMs: host.now() - startedMs };
    case 'incomplete': {
      const { summary, remedy, blockers } = outcome;
      const preventers = blockers.map(({ pid, process, role, slot, summary: text }) => ({
        ...{ pid, process, summary: text },
        lock: slot === null ? role : `READ${slot}`,
      }));
      return { result: 'prevented', summary, preventers, remedy };
    }
    case 'refused': {
      const [first] = outcome.refusals;
      const remedy = first?.remedy ?? { text: '', commands: [] };
      return {
        result: 'failed',
        code: null,
        summary: `Because of ${first?.check}: ${first?.reason}`,
        remedy,
      };
    }
    case 'failed':
      return { result: 'failed', code: outcome.code, summary: outcome.summary, remedy: outcome.remedy };
  }
}

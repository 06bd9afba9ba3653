/** What of the user's database a run writes to: their queue, rows of a table, or nothing but tables of dblock's own. */
import { quote, UsageProblem } from '../../problem.js';
import type { GroundRequest } from '../../stress/ground/request.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import { playedOn } from '../../stress/workloads/on-yours.js';
import { toldByConfig } from '../requeue/generic-options.js';
import type { StressOptions } from './options.js';
import type { StressAim } from './target.js';

/** @throws UsageProblem for options that mean nothing with this load */
export function readGround(
  { work, begin }: LoadSpec,
  { table, ownTables, inPlace }: StressOptions,
  { config, target }: Pick<StressAim, 'config' | 'target'>,
): GroundRequest | null {
  if (table !== undefined && ownTables)
    throw new UsageProblem('--table and --own-tables exclude each other. Give one of them.');
  if (work.kind === 'table') return { kind: 'rows', table: work.table };
  if (table !== undefined && target === null) throw new UsageProblem(unnamed(table));
  const playsJobs = work.kind !== 'scripts' && playedOn(nameOf(work)).kind === 'jobs';
  if (!playsJobs) {
    if (work.kind === 'scenario' && table !== undefined) return { kind: 'rows', table };
    if (!ownTables) return null;
    throw new UsageProblem(
      "--own-tables is for jobs, which may be played in a queue of the database: this load plays in tables of dblock's own anyway. Leave it out.",
    );
  }
  if (table !== undefined) refuseAutocommit(begin);
  if (target === null || inPlace) return null;
  if (ownTables) return { kind: 'own' };
  // a workload that was asked for by its name is what its description says, unless a table is named
  if (work.kind === 'workload' && table === undefined) return null;
  return { kind: 'queue', table: table ?? null, declared: config.queues.map(toldByConfig) };
}

function nameOf(work: Exclude<LoadSpec['work'], { kind: 'scripts' } | { kind: 'table' }>): string {
  return work.kind === 'scenario' ? work.workload : work.name;
}

function unnamed(table: string): string {
  return `--table ${quote(table)} is a table of a database: name the database, too.`;
}

function refuseAutocommit(begin: LoadSpec['begin']): void {
  if (begin !== 'autocommit') return;
  throw new UsageProblem(
    '--begin autocommit and --table exclude each other for jobs: what becomes of a job is noted beside it, and in the same transaction.',
  );
}

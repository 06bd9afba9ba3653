/** `dblock requeue-orphans` as these tests need it: run to its end, or started to be killed. */
import { dirname } from 'node:path';
import { PROGRAM, type RunOptions, runDblock } from '../support/dblock.js';
import { RealProgram } from '../support/real-program.js';

/** For a table with the columns `id`, `status`, `worker_pid` and `started_at`. */
export const OWN_TABLE: readonly string[] = [
  ...[
    '--table',
    'jobs',
    '--id-column',
    'id',
    '--status',
    'status',
    '--running',
    'running',
    '--queued',
    'queued',
  ],
  ...['--owner', 'worker_pid', '--started', 'started_at'],
];

export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Ids of the jobs that are orphans. */
  readonly orphans: readonly string[];
  readonly proofs: readonly string[];
  readonly alive: readonly string[];
  readonly unknown: readonly string[];
  /** How many were requeued; `null`: it was a preview. */
  readonly requeued: number | null;
  /** Left alone because a worker was quicker. */
  readonly changedMeanwhile: number;
}

interface Job {
  readonly id: string;
  readonly proof: string | null;
}

interface QueueJson {
  readonly orphans: { readonly examples: readonly Job[] };
  readonly alive: { readonly examples: readonly Job[] };
  readonly unknown: { readonly examples: readonly Job[] };
  readonly applied: { readonly requeued: number; readonly changed_meanwhile: number } | null;
}

export async function requeueOrphans(database: string, ...args: readonly string[]): Promise<Answer> {
  return requeueAs({}, database, ...args);
}

export async function requeueAs(
  options: RunOptions,
  database: string,
  ...args: readonly string[]
): Promise<Answer> {
  const { status, stdout, stderr } = await runDblock(
    ['requeue-orphans', database, '--format', 'json', ...args],
    // the journal goes beside the database
    { cwd: dirname(database), ...options },
  );
  if (stdout === '') throw new Error(`no report: ${stderr}`);
  const queues: readonly QueueJson[] = JSON.parse(stdout).databases[0].queues;
  const jobs = (group: 'orphans' | 'alive' | 'unknown') => queues.flatMap((queue) => queue[group].examples);
  const ids = (group: 'orphans' | 'alive' | 'unknown') => jobs(group).map(({ id }) => id);
  const applied = queues.flatMap((queue) => queue.applied ?? []);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    ...{ status, stdout, stderr },
    ...{ orphans: ids('orphans'), alive: ids('alive'), unknown: ids('unknown') },
    proofs: jobs('orphans').map(({ proof }) => proof ?? 'none'),
    requeued: applied.length === 0 ? null : sum(applied.map(({ requeued }) => requeued)),
    changedMeanwhile: sum(applied.map(({ changed_meanwhile: changed }) => changed)),
  };
}

/** Does not wait for it. */
export function startRequeue(database: string, ...args: readonly string[]): RealProgram {
  return new RealProgram({
    program: process.execPath,
    args: [PROGRAM, 'requeue-orphans', database, ...args],
  });
}

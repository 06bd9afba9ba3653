/** From runs to the report, its verdict and the exit code. */
import { shellQuote } from '../../doctor/quote.js';
import type { ExitCode, StressReport, Verdict } from '../../report/report.js';
import { shownRun } from '../../report/stress/headline.js';
import { showPath } from '../../sqlite/errors.js';
import type { Arena } from '../../stress/arena.js';
import { capacityOf } from '../../stress/capacity.js';
import type { StressResult } from '../../stress/result-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { compareWithBaseline, loadDifferences } from '../../stress/statistics/baseline.js';
import { spreadOf } from '../../stress/statistics/spread.js';
import { evaluateThresholds } from '../../stress/thresholds.js';
import { Interrupted } from '../interrupt.js';
import { busyNotes, type Machine } from './machine.js';
import type { Plan } from './plan.js';
import type { Rounds } from './rounds.js';
import { type Chosen, cureNotes, expectations, scenarioResultOf, unbroken } from './scenario.js';
import type { StressAim } from './target.js';

export type Result = StressResult & Pick<StressReport, 'comparison'>;

export interface PlayedOut {
  readonly aim: StressAim;
  readonly plan: Plan;
  readonly arena: Arena;
  readonly rounds: Rounds;
  readonly signal: AbortSignal;
  /** What could not be removed, in a sentence. */
  readonly left: string | null;
  /** Of the last minute, before anything was played. */
  readonly machine: Machine;
}

export function toResult({ aim, plan, arena, rounds, signal, left, machine }: PlayedOut): Result {
  const { runs, limit, load, comparison } = rounds;
  const { kind, path, bytes, readyMs, reflinked, fileSystem } = arena;
  const baseline = plan.baseline === null ? null : compareWithBaseline(plan.baseline.runs, runs);
  const shown = shownRun({ runs: [...runs] });
  const thresholds = evaluateThresholds(plan.thresholds, runs);
  const scenario =
    plan.chosen === null ? null : scenarioResultOf(plan.chosen, runs, isComplete(rounds, signal));
  return {
    target: aim.target === null ? null : { path: aim.target.path, given: aim.target.given },
    arena: { kind, path, bytes, readyMs, reflinked, fileSystem, kept: plan.options.keep === true },
    ...{ load, runs: [...runs], limit, baseline, comparison },
    capacity: shown === null ? null : capacityOf(load, shown.run),
    ...{ scenario, thresholds },
    spread: runs.length > 1 ? spreadOf(runs) : [],
    interrupted: signal.reason instanceof Interrupted ? signal.reason.signal : null,
    notes: [
      ...notesOf(aim, plan, arena),
      ...leftNotes(arena, left),
      ...busyNotes(machine, { scenario, thresholds }),
      ...(plan.compared !== null && comparison === null && limit === null
        ? ['Interrupted before the load as found had been played once: there is nothing to compare.']
        : []),
      ...(plan.chosen === null ? [] : [...cureNotes(plan.chosen), ...orphanNotes(runs, plan, arena)]),
    ],
  };
}

/** Of a comparison, rounds that were not played to their end are left out. */
function isComplete({ runs, comparison }: Rounds, signal: AbortSignal): boolean {
  return runs.length > 0 && (comparison !== null || !signal.aborted);
}

function notesOf(aim: StressAim, { played, baseline }: Plan, arena: Arena): string[] {
  const differences = baseline === null ? [] : loadDifferences(baseline.load, played.load);
  return [
    ...aim.notes,
    ...arena.removed.map(
      (folder) => `Removed what an earlier run had left when it was killed: ${showPath(folder)}.`,
    ),
    ...(arena.fileSystem === 'tmpfs'
      ? ['The arena is in memory (tmpfs): a disk takes longer to commit.']
      : []),
    ...(differences.length === 0 ? [] : [`The baseline had another load: ${differences.join(', ')}.`]),
  ];
}

function leftNotes({ kind }: Arena, left: string | null): string[] {
  if (left !== null) return [left];
  if (kind !== 'in-place') return [];
  return ["dblock's own tables were dropped; the pages that they had are free pages of the database now."];
}

/** What a kept database is good for. */
function orphanNotes(runs: Rounds['runs'], { options }: Plan, { path }: Arena): string[] {
  const last = runs.at(-1);
  if (last?.truth.find(({ id }) => id === 'none-orphaned')?.state !== 'broken') return [];
  return options.keep
    ? [
        `Its orphaned jobs: ${['dblock requeue-orphans', shellQuote(path), ...pointers(last, options)].join(' ')}`,
      ]
    : ['With --keep the database stays, and dblock requeue-orphans puts its orphaned jobs back.'];
}

/** Which queue, where there are several; and what the queue does not prove by itself: nobody works on that copy. */
function pointers({ ground }: RunResult, { table }: Plan['options']): string[] {
  if (ground?.tables !== 'queue') return [];
  return [
    ...(table === undefined ? [] : [`--table ${shellQuote(ground.table)}`]),
    ...(ground.orphansProvable ? [] : ['--workers-stopped']),
  ];
}

export function exitCodeOf(result: StressResult, chosen: Chosen | null): ExitCode {
  const { runs, scenario } = result;
  const isPlayed = scenario?.complete === true && chosen !== null;
  const thresholds = [...result.thresholds, ...(isPlayed ? expectations(chosen, runs) : [])];
  if (isPlayed && unbroken(chosen, runs).length > 0) return 1;
  if (isUntrue(result)) return 1;
  if (thresholds.some(({ state }) => state === 'broken')) return 1;
  if (thresholds.some(({ state }) => state === 'unknown') || scenario?.complete === false) return 2;
  if (result.interrupted !== null || runs.some(isUnverified)) return 2;
  return chosen === null && runs.some(isMostlyOtherwise) ? 2 : 0;
}

/** It could not be looked whether the database is whole; of a script, only the user knows which rows it leaves. */
function isUnverified({ truth }: RunResult): boolean {
  return truth.some(({ id, state }) => id === 'integrity' && state === 'unknown');
}

/** Most of the load did not come about, and not because of locks: a full disk, a constraint of the schema. */
function isMostlyOtherwise({ counters, otherFailures }: RunResult): boolean {
  return otherFailures > counters.lockSuccesses + counters.lockFailures;
}

export function verdictOf(result: StressResult, exitCode: ExitCode): Verdict {
  if (exitCode === 2) return 'incomplete';
  if (exitCode === 0) return 'ok';
  return isUntrue(result) ? 'critical' : 'warning';
}

/** In any run, those of a search among them. */
function isUntrue({ runs, limit }: Pick<StressResult, 'runs' | 'limit'>): boolean {
  if (runs.some(({ truth }) => truth.some(({ state }) => state === 'broken'))) return true;
  const curves = limit?.searches.flatMap(({ asFound, cured }) => [asFound, cured]) ?? [];
  return curves.some(
    (curve) => curve?.state === 'searched' && curve.points.some(({ untrue }) => untrue.length > 0),
  );
}

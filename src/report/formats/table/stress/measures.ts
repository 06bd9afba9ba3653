/** The numbers of one run: latencies, the histogram of waits, each writer. */
import type { ActorResult, RunResult } from '../../../../stress/run-shapes.js';
import { formatBytes, formatCount, plural } from '../../../../units.js';
import { LATENCY_HEADS, latencyRows } from '../../../stress/latency.js';
import { formatBound, formatLatency, formatShare } from '../../../stress/values.js';
import { type Page, prose, sentence } from '../page.js';
import { bar, gridLines, headedLines } from './grid.js';

export function latencyLines(page: Page, run: RunResult): string[] {
  const rows = latencyRows(run);
  if (rows.length === 0) return ['  nothing was measured'];
  return headedLines(
    page,
    [['', ...LATENCY_HEADS], ...rows],
    ['left', ...LATENCY_HEADS.map(() => 'right' as const)],
  );
}

/** No wider, or the eye does not find the number. */
const WIDEST_BAR = 40;

/** How long attempts waited for the write lock. */
export function histogramLines(page: Page, { wait }: RunResult, unicode: boolean): string[] {
  const most = Math.max(1, ...wait.buckets.map(({ count }) => count));
  const width = Math.max(8, Math.min(WIDEST_BAR, page.columns - 34));
  const rows = wait.buckets.map(({ toMs, count }) => [
    `${unicode ? '≤' : '<='} ${formatBound(toMs)}`,
    formatCount(count),
    wait.count === 0 ? '' : formatShare(count / wait.count),
    bar(count / most, width, unicode),
  ]);
  return gridLines(rows, ['right', 'right', 'right', 'left']).map((line) => `  ${line}`);
}

/** More actors than this are in JSON; in verbose all are here. */
const MOST_ACTORS = 16;

export function actorLines(page: Page, run: RunResult, unicode: boolean): string[] {
  const writers = run.actors.filter(({ role }) => role === 'writer');
  // What goes through a queue or a session is counted by those who sent it.
  const others = run.actors.filter(({ role }) => role !== 'writer' && role !== 'queue');
  const shown = page.detail === 'verbose' ? writers : writers.slice(0, MOST_ACTORS);
  const most = Math.max(1, ...writers.map(({ committed }) => committed));
  const width = Math.max(6, Math.min(WIDEST_BAR, page.columns - 58));
  const rows = shown.map((actor) => [...actorRow(actor), bar(actor.committed / most, width, unicode)]);
  const head = ['', 'committed', 'given up', 'wait p99', 'max', ''];
  const left = writers.length - shown.length;
  return [
    ...headedLines(page, [head, ...rows], ['left', 'right', 'right', 'right', 'right', 'left']),
    ...(left === 0 ? [] : [`  and ${plural(left, 'writer')} more: --verbose lists all`]),
    ...others.flatMap((actor) => prose(page, otherText(actor), 2)),
    ...run.actors.flatMap((actor) => endLines(page, actor)),
  ];
}

function actorRow({ name, committed, failed, wait }: ActorResult): string[] {
  return [
    name,
    formatCount(committed),
    formatCount(failed),
    wait.count === 0 ? '' : formatLatency(wait.p99Ms),
    wait.count === 0 ? '' : formatLatency(wait.maxMs),
  ];
}

const DID = {
  writer: ['commit', 'commits'],
  reader: ['read', 'reads'],
  checkpointer: ['checkpoint', 'checkpoints'],
  queue: ['transaction', 'transactions'],
} as const satisfies Record<ActorResult['role'], readonly [string, string]>;

function otherText({ name, role, committed, failed }: ActorResult): string {
  const [one, many] = DID[role];
  return `${sentence(name)}: ${plural(committed, one, many)}, ${formatCount(failed)} failed because of a lock.`;
}

function endLines(page: Page, { name, pid, end }: ActorResult): string[] {
  if (end.end === 'finished') return [];
  const what = end.end === 'died' ? `died (${end.how})` : 'did not stop when told to, and was killed';
  return prose(page, `${sentence(name)} (pid ${pid}) ${what}; the run went on.`, 2);
}

/** Fairness, WAL and checkpoints: a sentence each. */
export function otherLines(page: Page, run: RunResult): string[] {
  const { fairness, wal, checkpoints, actors } = run;
  const writers = actors.filter(({ role }) => role === 'writer').length;
  const start =
    wal.autocheckpointBytes === null
      ? 'the automatic checkpoint is off'
      : `the automatic checkpoint begins at about ${formatBytes(wal.autocheckpointBytes)}`;
  return [
    ...(writers < 2
      ? []
      : prose(
          page,
          `Fairness: ${fairness.jain.toFixed(3)} (Jain's index; 1 = all alike), from ${formatCount(fairness.fewest)} to ${plural(fairness.most, 'commit')}.`,
        )),
    ...(wal.peakBytes === 0
      ? []
      : prose(
          page,
          `WAL: at most ${formatBytes(wal.peakBytes)}, ${formatBytes(wal.endBytes)} at the end; ${start}.`,
        )),
    ...(checkpoints.runs === 0 ? [] : prose(page, checkpointText(checkpoints))),
  ];
}

function checkpointText({ runs, busy, duration, stalls, longestStallMs }: RunResult['checkpoints']): string {
  const stalled =
    stalls === 0
      ? 'no writer waited over 10 ms for one'
      : `${plural(stalls, 'wait')} of writers over 10 ms fell into one, the longest ${formatLatency(longestStallMs)}`;
  return `Checkpoints: ${formatCount(runs)}, ${formatCount(busy)} of them busy, at most ${formatLatency(duration.maxMs)}; ${stalled}.`;
}

/** What a run was asked to do, in words. */
import type { LoadSpec, RetryPolicy, Work } from '../../stress/load-shapes.js';
import type { ArenaResult } from '../../stress/result-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { formatBytes, formatCount, formatDuration, plural } from '../../units.js';
import type { StressReport } from '../report.js';
import { formatRate } from './values.js';

/** Facts to be joined with commas, the most important first. May have text from outside: sanitise. */
export function loadTexts({ load, runs }: Pick<StressReport, 'load' | 'runs'>): string[] {
  return [
    actorsText(load, besideOf(runs)),
    workText(load.work),
    ...(load.work.kind === 'scripts' ? [] : [beginText(load)]),
    load.busyTimeoutMs === 0 ? 'no busy timeout' : `busy timeout ${formatDuration(load.busyTimeoutMs)}`,
    ...optionTexts(load),
    ...pragmaTexts(load),
    paceText(load),
    `seed ${load.seed}`,
  ];
}

/** Writers with a part of their own: what is said of the load is not true of them. */
function besideOf(runs: readonly RunResult[]): string[] {
  const actors = runs[0]?.actors ?? [];
  return actors.flatMap(({ role, name }) => (role === 'writer' && !/^writer \d+$/.test(name) ? [name] : []));
}

function actorsText(
  { writers, readers, checkpointers, isolation }: LoadSpec,
  beside: readonly string[],
): string {
  const actors = [
    plural(writers, 'writer') + (beside.length === 0 ? '' : ` (and beside them ${beside.join(', ')})`),
    ...(readers === 0 ? [] : [plural(readers, 'reader')]),
    ...(checkpointers === 0 ? [] : [plural(checkpointers, 'checkpointer')]),
  ];
  return `${actors.join(', ')}${isolation === 'thread' ? ' as threads of one process' : ''}`;
}

function workText(work: Work): string {
  switch (work.kind) {
    case 'workload':
      return `workload ${work.name}`;
    case 'table':
      return `updates of ${work.table}`;
    case 'scripts':
      return work.scripts
        .map(({ file, weight }) => (work.scripts.length === 1 ? file : `${file}@${weight}`))
        .join(' and ');
    case 'scenario':
      return `scenario ${work.scenario}`;
  }
}

const BEGINS = {
  deferred: 'BEGIN DEFERRED',
  immediate: 'BEGIN IMMEDIATE',
  exclusive: 'BEGIN EXCLUSIVE',
  autocommit: 'no BEGIN (autocommit)',
} as const satisfies Record<LoadSpec['begin'], string>;

function beginText({ begin }: LoadSpec): string {
  return BEGINS[begin];
}

/** What is not as it is without options. */
function optionTexts({ batch, holdMs, connection, retry, writerQueue }: LoadSpec): string[] {
  return [
    ...(batch === 1 ? [] : [`${formatCount(batch)} rows a transaction`]),
    ...(holdMs === 0 ? [] : [`${formatDuration(holdMs)} of work inside`]),
    ...(connection.kind === 'per-operation' ? ['a new connection for each transaction'] : []),
    ...(connection.kind === 'shared'
      ? ['one session for all writers: who commits or fails does so for all']
      : []),
    ...(connection.kind === 'pool' ? [`${plural(connection.size, 'connection')} for each actor`] : []),
    // whoever carries out the transactions of others does not
    ...(writerQueue || connection.kind === 'shared' ? [] : [retryText(retry)]),
    ...(writerQueue ? ['all writes through one process'] : []),
  ];
}

function retryText(retry: RetryPolicy): string {
  switch (retry.kind) {
    case 'none':
      return 'no retry';
    case 'immediate':
      return `up to ${plural(retry.tries, 'retry', 'retries')} at once`;
    case 'backoff': {
      const { tries, baseMs, capMs, jitterMs } = retry;
      const jitter = jitterMs === 0 ? '' : `, plus up to ${formatDuration(jitterMs)} by chance`;
      return `up to ${plural(tries, 'retry', 'retries')} (after ${formatDuration(baseMs)}, doubling to ${formatDuration(capMs)}${jitter})`;
    }
  }
}

function pragmaTexts({ pragmas }: LoadSpec): string[] {
  const { journalMode, synchronous, autocheckpointPages, cacheSize, mmapBytes } = pragmas;
  return [
    ...(journalMode === null ? [] : [`journal_mode ${journalMode.toUpperCase()}`]),
    ...(synchronous === null ? [] : [`synchronous ${synchronous.toUpperCase()}`]),
    ...(autocheckpointPages === null ? [] : [`wal_autocheckpoint ${autocheckpointPages}`]),
    ...(cacheSize === null ? [] : [`cache_size ${cacheSize}`]),
    ...(mmapBytes === null ? [] : [`mmap_size ${formatBytes(mmapBytes)}`]),
  ];
}

function paceText({ pace, end, rampMs }: LoadSpec): string {
  const loop =
    pace.kind === 'open'
      ? `open loop, ${formatRate(pace.perSecond)} due`
      : pace.thinkMs === 0
        ? 'closed loop'
        : `closed loop with ${formatDuration(pace.thinkMs)} between transactions`;
  const until =
    end.kind === 'duration'
      ? `for ${formatDuration(end.durationMs)}`
      : `${plural(end.perWriter, 'transaction')} each`;
  return `${loop}, ${until}${rampMs === 0 ? '' : `, ramp ${formatDuration(rampMs)}`}`;
}

/** `on a copy of /srv/app.db (8 MiB, ext4)`. */
export function arenaText({ arena, target }: Pick<StressReport, 'arena' | 'target'>): string {
  const where = target === null ? WHERE.scratch() : WHERE[arena.kind](target.path);
  const facts = [
    ...(arena.kind === 'scratch' ? [] : [formatBytes(arena.bytes)]),
    ...(arena.fileSystem === null ? [] : [arena.fileSystem]),
  ];
  return facts.length === 0 ? where : `${where} (${facts.join(', ')})`;
}

const WHERE = {
  scratch: () => 'on a scratch database',
  copy: (path: string) => `on a copy of ${path}`,
  'in-place': (path: string) => `in ${path} itself`,
} as const satisfies Record<ArenaResult['kind'], (path: string) => string>;

/** A short name for the run: of a page, a suite, a heading. */
export function targetName({ target }: Pick<StressReport, 'target'>): string {
  return target === null ? 'scratch database' : target.path;
}

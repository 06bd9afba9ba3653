/** One database: look, find its queues, say what would change, or change it. */
import { resolve } from 'node:path';
import type { Evidence } from '../../doctor/shapes.js';
import { known } from '../../known.js';
import type { LockObserver } from '../../locks/platform.js';
import { type BoundQueue, bindQueue } from '../../queue/bind.js';
import { detectQueues } from '../../queue/detect.js';
import { examineQueue } from '../../queue/examine.js';
import { JOURNAL_SCHEMA, type JournalWriter, journalAt } from '../../queue/journal.js';
import type { Facts } from '../../queue/judge.js';
import { presets } from '../../queue/presets/index.js';
import { requeueQueue } from '../../queue/requeue.js';
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';
import { listTables } from '../../queue/tables.js';
import type { JournalFile } from '../../queue/undo.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import { refusalsOf, whyNotWritable } from '../checkpoint/obstacles.js';
import type { Examined } from '../gather.js';
import type { Host } from '../host.js';
import type { Detail } from '../options.js';
import { openForChange, openForReading } from './open.js';
import type { RequeueSettings } from './options.js';
import { outcomeOfUndo, undoAll } from './undo.js';
import { adviceFor, summaryOf, undoAdvice, undoSummary } from './words.js';
import { factsFrom, factsNow } from './world.js';

export interface RequeueTools {
  readonly observer: LockObserver;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly detail: Detail;
}

export async function requeueDatabase(
  { path, given, evidence }: Examined,
  settings: RequeueSettings,
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const base = { ...EMPTY, path, given };
  const refusals = refusalsOf(evidence);
  if (refusals.length > 0 && settings.apply) {
    const summary = 'Nothing was opened or changed: it could do harm.';
    return { ...base, outcome: 'refused', summary, refusals };
  }
  const notWritable = settings.apply ? whyNotWritable(evidence) : null;
  if (notWritable !== null) return failed(base, notWritable);
  try {
    if (settings.undo) return await undo(base, evidence, settings, settings.undo, tools);
    return settings.apply
      ? await change(base, evidence, settings, tools)
      : await preview(base, evidence, settings, tools);
  } catch (error) {
    if (error instanceof SqliteFailure)
      return failed(base, `SQLite refused: ${error.message} (${error.code}).`);
    throw error;
  }
}

const EMPTY: Omit<RequeueDatabase, 'path' | 'given' | 'outcome' | 'summary'> = {
  way: null,
  queues: [],
  ambiguous: [],
  proposals: [],
  unmapped: [],
  undone: null,
  journal: null,
  savedFiles: [],
  refusals: [],
  notes: [],
  advice: { text: '', commands: [] },
};

type Base = typeof EMPTY & Pick<RequeueDatabase, 'path' | 'given'>;

function failed(base: Base, summary: string): RequeueDatabase {
  return { ...base, outcome: 'failed', summary };
}

async function preview(
  base: Base,
  evidence: Evidence,
  settings: RequeueSettings,
  { observer, host, detail }: RequeueTools,
): Promise<RequeueDatabase> {
  const reading = await openForReading(evidence, observer);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const { connection, way, end } = reading.value;
  try {
    const { found, ambiguous } = detectQueues(listTables(connection), presets);
    const facts = factsFrom(evidence, host);
    const request = { ...settings, examples: detail === 'verbose' ? 1000 : 10 };
    const queues = found.map((queue) => examineQueue(connection, bindQueue(queue), facts, request));
    return conclude({ ...base, way }, queues, ambiguous, settings);
  } finally {
    end();
  }
}

async function undo(
  base: Base,
  evidence: Evidence,
  { apply, waitMs }: RequeueSettings,
  journal: JournalFile,
  { observer, host, signal }: RequeueTools,
): Promise<RequeueDatabase> {
  const reading = apply ? known(await openForChange(evidence)) : await openForReading(evidence, observer);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const { connection, way, end } = reading.value;
  try {
    const undone = await undoAll(connection, { journal, apply, waitMs, signal, sleep: host.sleep });
    const database = { ...base, way, undone, outcome: outcomeOfUndo(undone) };
    return { ...database, summary: undoSummary(undone), advice: undoAdvice(database.path, undone) };
  } finally {
    end();
  }
}

function conclude(
  base: Base,
  queues: QueueReport[],
  ambiguous: RequeueDatabase['ambiguous'] | readonly { table: string; presets: readonly string[] }[],
  settings: RequeueSettings,
): RequeueDatabase {
  const shown = ambiguous.map(({ table, presets: names }) => ({ table, presets: [...names] }));
  const outcome = outcomeOf(queues, settings);
  const database = { ...base, outcome, queues, ambiguous: shown, summary: '' };
  return { ...database, summary: summaryOf(database), advice: adviceFor(database) };
}

function outcomeOf(queues: readonly QueueReport[], { apply }: RequeueSettings): RequeueDatabase['outcome'] {
  if (queues.length === 0) return 'failed';
  const orphans = queues.reduce((sum, { orphans: o, lockFailures: f }) => sum + o.count + (f?.count ?? 0), 0);
  if (!apply) return orphans === 0 ? 'clear' : 'found';
  const done = queues.reduce((sum, { applied }) => sum + changedBy(applied), 0);
  const left = queues.some(({ applied, skipped }) => (applied?.stopped ?? null) !== null || skipped > 0);
  if (left) return done > 0 ? 'partly' : 'failed';
  const refused = queues.some(({ applied }) => (applied?.refusedCount ?? 0) > 0);
  if (refused) return 'partly';
  return orphans === 0 ? 'clear' : 'done';
}

function changedBy(applied: QueueReport['applied']): number {
  return applied === null ? 0 : applied.requeued + applied.failed + applied.retried;
}

async function change(
  base: Base,
  evidence: Evidence,
  settings: RequeueSettings,
  { observer, host, signal, detail }: RequeueTools,
): Promise<RequeueDatabase> {
  const { connection, end } = await openForChange(evidence);
  const journal = openJournal(evidence, settings, host);
  try {
    const { found, ambiguous } = detectQueues(listTables(connection), presets);
    const before = factsFrom(evidence, host);
    const queues: QueueReport[] = [];
    for (const queue of found) {
      const bound: BoundQueue = bindQueue(queue);
      queues.push(
        await requeueQueue(connection, bound, {
          ...{ settings: { ...settings, examples: detail === 'verbose' ? 1000 : 10 }, journal, signal },
          ...{ facts: before, sleep: host.sleep },
          refresh: (facts: Facts) => factsNow(evidence, observer, host, facts),
        }),
      );
    }
    const changed = queues.reduce((sum, { applied }) => sum + changedBy(applied), 0);
    const withJournal = { ...base, journal: changed > 0 ? journal.path : null };
    return conclude({ ...withJournal, way: 'connection' }, queues, ambiguous, settings);
  } finally {
    journal.close();
    end();
  }
}

function openJournal({ path }: Evidence, { journal }: RequeueSettings, host: Host): JournalWriter {
  const startedAt = new Date(host.now()).toISOString();
  const name = journal ?? `dblock-requeue-${startedAt.replace(/[-:]/g, '')}.jsonl`;
  return journalAt(resolve(host.cwd, name), { journal: JOURNAL_SCHEMA, database: path, startedAt });
}

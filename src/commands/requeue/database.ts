/** One database: look, find its queues, say what would change, or change it. */
import { resolve } from 'node:path';
import type { Refusal } from '../../checkpoint/shapes.js';
import type { Config } from '../../config.js';
import type { Evidence } from '../../doctor/shapes.js';
import { known } from '../../known.js';
import type { LockObserver } from '../../locks/platform.js';
import { UsageProblem } from '../../problem.js';
import { bindQueue } from '../../queue/bind.js';
import type { FoundQueue } from '../../queue/detect.js';
import { examineQueue } from '../../queue/examine.js';
import { describeStop } from '../../queue/failure.js';
import { JOURNAL_SCHEMA, type JournalWriter, journalAt } from '../../queue/journal.js';
import { requeueQueue } from '../../queue/requeue.js';
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';
import type { JournalFile } from '../../queue/undo.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import { saveLeftovers } from '../checkpoint/database.js';
import { refusalsOf, whyNotWritable } from '../checkpoint/obstacles.js';
import type { Examined } from '../gather.js';
import type { Host } from '../host.js';
import type { Detail } from '../options.js';
import { type Choice, chooseQueues, whySeveral } from './choose.js';
import { whatOpeningDoes } from './leftovers.js';
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
  readonly config: Config;
}

export async function requeueDatabase(
  { path, given, evidence }: Examined,
  settings: RequeueSettings,
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const base = { ...EMPTY, path, given };
  const opening = settings.apply ? mayOpen(base, evidence, settings, tools.host) : { ready: base };
  if ('outcome' in opening) return opening;
  try {
    if (settings.undo) return await undo(opening.ready, evidence, settings, settings.undo, tools);
    return settings.apply
      ? await change(opening.ready, evidence, settings, tools)
      : await preview(opening.ready, evidence, settings, tools);
  } catch (error) {
    if (error instanceof SqliteFailure) return failed(opening.ready, `It failed: ${describeStop(error)}.`);
    if (error instanceof UsageProblem) return failed(opening.ready, error.message);
    throw error;
  }
}

/** Whether a connection that writes may be opened; what a crash left is saved first. */
function mayOpen(
  base: Base,
  evidence: Evidence,
  { recover }: RequeueSettings,
  host: Host,
): RequeueDatabase | { readonly ready: Base } {
  const isRecovered = ({ check }: Refusal) => recover && check === 'hot-journal';
  const refusals = refusalsOf(evidence).filter((refusal) => !isRecovered(refusal));
  if (refusals.length > 0) {
    return {
      ...base,
      outcome: 'refused',
      summary: 'Nothing was opened or changed: it could do harm.',
      refusals,
    };
  }
  const notWritable = whyNotWritable(evidence);
  if (notWritable !== null) return failed(base, notWritable);
  const opening = whatOpeningDoes(evidence);
  if (opening === null) return { ready: base };
  if (!recover) return failed(base, `${opening} Nothing was opened; --recover goes on, and keeps a copy.`);
  const saved = saveLeftovers(evidence, host.now());
  if (!saved.known) return failed(base, `What a crash left could not be saved: ${saved.reason}.`);
  return { ready: { ...base, savedFiles: [...saved.value], notes: [opening] } };
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
  { observer, host, detail, config }: RequeueTools,
): Promise<RequeueDatabase> {
  const reading = await openForReading(evidence, observer);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const { connection, way, end } = reading.value;
  try {
    const choice = chooseQueues(connection, { ...settings, declared: config.queues });
    const facts = factsFrom(evidence, host);
    const request = { ...settings, examples: examplesIn(detail) };
    const queues = choice.found.map((queue) => examineQueue(connection, bindQueue(queue), facts, request));
    return conclude({ ...base, way }, queues, choice, settings);
  } finally {
    end();
  }
}

function examplesIn(detail: Detail): number {
  return detail === 'verbose' ? 1000 : 10;
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
  { ambiguous, proposals, unmapped, guessed }: Choice,
  settings: RequeueSettings,
): RequeueDatabase {
  const shown = ambiguous.map(({ table, presets }) => ({ table, presets: [...presets] }));
  const database = {
    ...{ ...base, outcome: outcomeOf(queues, settings), queues, ambiguous: shown, proposals, unmapped },
    notes: [...base.notes, ...(guessed && queues.length > 0 ? [GUESSED] : [])],
  };
  return { ...database, summary: summaryOf(database), advice: adviceFor(database, settings.wish) };
}

const GUESSED =
  'What these columns mean is a guess. --apply changes nothing by a guess: write the configuration below into dblock.config.json, or say --yes.';

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
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const { host, config } = tools;
  const { connection, end } = await openForChange(evidence);
  const journal = openJournal(evidence, settings, host);
  try {
    connection.setBusyTimeout(settings.waitMs);
    const choice = chooseQueues(connection, { ...settings, declared: config.queues });
    connection.setBusyTimeout(0);
    const undecided = whyNotYet(choice, settings);
    if (undecided !== null) return { ...failed(base, undecided), ...pick(choice) };
    const queues: QueueReport[] = [];
    for (const queue of choice.found) {
      queues.push(await requeueOne(connection, queue, { evidence, settings, journal }, tools));
    }
    const changed = queues.reduce((sum, { applied }) => sum + changedBy(applied), 0);
    const withJournal = { ...base, journal: changed > 0 ? journal.path : null };
    return conclude({ ...withJournal, way: 'connection' }, queues, choice, settings);
  } finally {
    journal.close();
    end();
  }
}

function pick({ proposals, unmapped }: Choice): Pick<RequeueDatabase, 'proposals' | 'unmapped'> {
  return { proposals: [...proposals], unmapped: [...unmapped] };
}

/** What the user has to decide first. */
function whyNotYet({ found, guessed }: Choice, { yes }: RequeueSettings): string | null {
  const several = whySeveral(found);
  if (several !== null) return `${several}. Nothing was changed.`;
  if (!guessed || found.length === 0 || yes) return null;
  return 'Nothing was changed: what the columns mean is a guess. Write the configuration below into dblock.config.json, or say --yes.';
}

interface ChangeContext {
  readonly evidence: Evidence;
  readonly settings: RequeueSettings;
  readonly journal: JournalWriter;
}

function requeueOne(
  connection: RowConnection,
  queue: FoundQueue,
  { evidence, settings, journal }: ChangeContext,
  { observer, host, signal, detail }: RequeueTools,
): Promise<QueueReport> {
  return requeueQueue(connection, bindQueue(queue), {
    ...{ settings: { ...settings, examples: examplesIn(detail) }, journal, signal },
    ...{ facts: factsFrom(evidence, host), sleep: host.sleep },
    refresh: (facts) => factsNow(evidence, observer, host, facts),
  });
}

function openJournal({ path }: Evidence, { journal }: RequeueSettings, host: Host): JournalWriter {
  const startedAt = new Date(host.now()).toISOString();
  const name = journal ?? `dblock-requeue-${startedAt.replace(/[-:]/g, '')}.jsonl`;
  return journalAt(resolve(host.cwd, name), { journal: JOURNAL_SCHEMA, database: path, startedAt });
}

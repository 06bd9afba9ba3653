/** From what was found and done in the queues of a database to its outcome, its summary and what to type next. */
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';
import type { Choice } from './choose.js';
import type { Base } from './frame.js';
import type { RequeueSettings } from './options.js';
import { adviceFor, lookedFor, summaryOf } from './words.js';

export function conclude(
  base: Base,
  queues: QueueReport[],
  { ambiguous, proposals, unmapped, guessed }: Choice,
  settings: RequeueSettings,
): RequeueDatabase {
  const shown = ambiguous.map(({ table, presets }) => ({ table, presets: [...presets] }));
  const database = {
    ...{ ...base, outcome: outcomeOf(queues, settings), queues, ambiguous: shown, proposals, unmapped },
    notes: [
      ...base.notes,
      ...(guessed && queues.length > 0 && !settings.yes ? [GUESSED] : []),
      ...(queues.length === 0 ? [lookedFor()] : []),
    ],
  };
  return { ...database, summary: summaryOf(database), advice: adviceFor(database, settings, guessed) };
}

const GUESSED =
  'What these columns mean is a guess. --apply changes nothing by a guess: write the configuration that is printed here into dblock.config.json, or say --yes.';

function outcomeOf(queues: readonly QueueReport[], { apply }: RequeueSettings): RequeueDatabase['outcome'] {
  if (queues.length === 0) return 'failed';
  const orphans = queues.reduce((sum, { orphans: o, lockFailures: f }) => sum + o.count + (f?.count ?? 0), 0);
  if (!apply) return orphans === 0 ? 'clear' : 'found';
  const done = queues.reduce((sum, { applied }) => sum + changedBy(applied), 0);
  if (queues.some(({ applied }) => (applied?.stopped ?? null) !== null))
    return done > 0 ? 'partly' : 'failed';
  if (queues.some(({ applied }) => (applied?.refusedCount ?? 0) > 0)) return 'partly';
  // by a limit or another option, or because dblock only explains this queue
  if (queues.some(({ skipped }) => skipped > 0)) return done > 0 ? 'partly' : 'found';
  return orphans === 0 ? 'clear' : 'done';
}

export function changedBy(applied: QueueReport['applied']): number {
  return applied === null ? 0 : applied.requeued + applied.failed + applied.retried;
}

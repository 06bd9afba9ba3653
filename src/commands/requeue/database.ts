/** One database: whether it may be opened, and then a preview, a change or an undo of it. */
import type { Refusal } from '../../checkpoint/shapes.js';
import type { Evidence } from '../../doctor/shapes.js';
import { UsageProblem } from '../../problem.js';
import { describeStop } from '../../queue/failure.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import { saveLeftovers } from '../checkpoint/database.js';
import { refusalsOf, whyNotWritable } from '../checkpoint/obstacles.js';
import type { Examined } from '../gather.js';
import type { Host } from '../host.js';
import { change } from './change.js';
import { type Base, failed, NOTHING_YET, type RequeueTools } from './frame.js';
import { whatOpeningDoes } from './leftovers.js';
import type { RequeueSettings } from './options.js';
import { preview } from './preview.js';
import { undo } from './undo.js';

export async function requeueDatabase(
  { path, given, evidence }: Examined,
  settings: RequeueSettings,
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const base = { ...NOTHING_YET, path, given };
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

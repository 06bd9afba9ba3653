/** What `--apply` would do, without changing a byte. */
import type { Evidence } from '../../doctor/shapes.js';
import { bindQueue } from '../../queue/bind.js';
import { examineQueue } from '../../queue/examine.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import { chooseQueues } from './choose.js';
import { conclude } from './conclude.js';
import { type Base, examplesIn, failed, type RequeueTools } from './frame.js';
import { whatOpeningDoes } from './leftovers.js';
import { openForReading } from './open.js';
import type { RequeueSettings } from './options.js';
import { factsWatched } from './world.js';

export async function preview(
  base: Base,
  evidence: Evidence,
  settings: RequeueSettings,
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const facts = await factsWatched(evidence, tools);
  const reading = await openForReading(evidence, tools.observer);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const { connection, way, end } = reading.value;
  try {
    const choice = chooseQueues(connection, { ...settings, declared: tools.config.queues });
    const request = { ...settings, examples: examplesIn(tools.detail) };
    const queues = choice.found.map((queue) => examineQueue(connection, bindQueue(queue), facts, request));
    const opening = whatOpeningDoes(evidence);
    if (opening === null) return conclude({ ...base, way }, queues, choice, settings);
    const typed = settings.recover ? settings.typed : [...settings.typed, '--recover'];
    const notes = [`${opening} --apply asks for --recover.`];
    return conclude({ ...base, way, notes }, queues, choice, { ...settings, typed });
  } finally {
    end();
  }
}

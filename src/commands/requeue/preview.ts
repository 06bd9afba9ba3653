/** What `--apply` would do, without changing a byte. */
import type { Evidence } from '../../doctor/shapes.js';
import { bindQueue } from '../../queue/bind.js';
import { examineQueue } from '../../queue/examine.js';
import type { Facts } from '../../queue/facts.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import { chooseQueues, tablesToRead } from './choose.js';
import { conclude } from './conclude.js';
import { type Base, examplesIn, failed, type RequeueTools } from './frame.js';
import { whatOpeningDoes } from './leftovers.js';
import { openForReading, type Reading } from './open.js';
import type { RequeueSettings } from './options.js';
import { factsWatched } from './world.js';

export async function preview(
  base: Base,
  evidence: Evidence,
  settings: RequeueSettings,
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const facts = await factsWatched(evidence, tools);
  const { config, observer } = tools;
  const choice = { ...settings, declared: config.queues };
  const choose = (connection: RowConnection) => tablesToRead(connection, choice);
  const reading = await openForReading(evidence, observer, choose);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const read = ({ connection, way }: Reading) => {
    return examineAll(connection, { ...base, way }, evidence, settings, { facts, tools });
  };
  try {
    return read(reading.value);
  } catch (error) {
    if (!(error instanceof SqliteFailure) || reading.value.way !== 'tables') throw error;
  } finally {
    reading.value.end();
  }
  // something else was needed, such as the tables behind a virtual one
  const whole = await openForReading(evidence, observer, null);
  if (!whole.known) return failed(base, `Its rows could not be read: ${whole.reason}.`);
  try {
    return read(whole.value);
  } finally {
    whole.value.end();
  }
}

function examineAll(
  connection: RowConnection,
  base: Base,
  evidence: Evidence,
  settings: RequeueSettings,
  { facts, tools: { config, detail } }: { readonly facts: Facts; readonly tools: RequeueTools },
): RequeueDatabase {
  const choice = chooseQueues(connection, { ...settings, declared: config.queues });
  const request = { ...settings, examples: examplesIn(detail) };
  const queues = choice.found.map((queue) => examineQueue(connection, bindQueue(queue), facts, request));
  const opening = whatOpeningDoes(evidence);
  if (opening === null) return conclude(base, queues, choice, settings);
  const typed = settings.recover ? settings.typed : [...settings.typed, '--recover'];
  const notes = [`${opening} --apply asks for --recover.`];
  return conclude({ ...base, notes }, queues, choice, { ...settings, typed });
}

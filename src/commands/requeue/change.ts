/** `--apply`: requeues what is an orphan, queue by queue, with a journal. */
import { resolve } from 'node:path';
import type { Evidence } from '../../doctor/shapes.js';
import { bindQueue } from '../../queue/bind.js';
import { JOURNAL_SCHEMA, type JournalWriter, journalAt } from '../../queue/journal.js';
import { requeueQueue } from '../../queue/requeue.js';
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';
import type { Host } from '../host.js';
import { type Choice, chooseQueues, whySeveral } from './choose.js';
import { changedBy, conclude } from './conclude.js';
import { type Base, examplesIn, failed, type RequeueTools } from './frame.js';
import { openForChange } from './open.js';
import type { RequeueSettings } from './options.js';
import { factsNow, factsWatched } from './world.js';

export async function change(
  base: Base,
  evidence: Evidence,
  settings: RequeueSettings,
  tools: RequeueTools,
): Promise<RequeueDatabase> {
  const { observer, host, signal, detail, config } = tools;
  const facts = await factsWatched(evidence, tools);
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
      const report = await requeueQueue(connection, bindQueue(queue), {
        ...{ settings: { ...settings, examples: examplesIn(detail) }, journal, signal, facts },
        sleep: host.sleep,
        refresh: (before) => factsNow(evidence, observer, host, before),
      });
      queues.push(report);
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
  return 'Nothing was changed: what the columns mean is a guess. Write the configuration that is printed here into dblock.config.json, or say --yes.';
}

function openJournal({ path }: Evidence, { journal }: RequeueSettings, host: Host): JournalWriter {
  const startedAt = new Date(host.now()).toISOString();
  const name = journal ?? `dblock-requeue-${startedAt.replace(/[-:]/g, '')}.jsonl`;
  return journalAt(resolve(host.cwd, name), { journal: JOURNAL_SCHEMA, database: path, startedAt });
}

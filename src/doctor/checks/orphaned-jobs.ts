import { formatCount, plural } from '../../units.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { listSome } from '../list-some.js';
import { shellQuote } from '../quote.js';
import type { QueueFacts } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly queues: readonly QueueFacts[];
  readonly orphans: number;
}

export const orphanedJobs = defineCheck<Facts>({
  id: 'orphaned-jobs',
  title: 'Jobs are left running by workers that are gone',
  severity: 'warning',
  group: 'queues',
  why: 'A worker marks a job as running and later as done. If it dies in between, or the second mark meets "database is locked", the job stays running: nobody works on it, and many frameworks never take it again. It is also how a queue shows more running jobs than there are workers.',
  sources: [
    'https://github.com/RealOrangeOne/django-tasks/issues/46',
    'https://github.com/rails/solid_queue/blob/main/app/models/solid_queue/process/prunable.rb',
  ],
  guide: {
    meaning:
      'A job is claimed, and its claimer is provably gone: its process does not run on this host any more, its heartbeat is older than its framework allows, its lease has expired, or no other process has the database open. Queues are known by their columns, or from the configuration.',
    certainty:
      'As strong as the proof that is named. Processes of other hosts and of containers that dblock cannot look into are not seen: there "no other process" says less. What a live worker left running after a lock error is not found, for its owner lives.',
    now: {
      text: 'See what would change, and why each job is an orphan. Then put them back with --apply, which can be undone.',
      commands: ['dblock requeue-orphans app.db'],
    },
    later:
      'Let a supervisor restart workers, and give them time to finish at a stop. Retry the update that marks a job as done when it meets SQLITE_BUSY. Use the rescue of the framework, where it has one.',
  },
  inspect({ evidence: { path, queues } }) {
    if (!queues) return skipped('this evidence was taken without a look at queues');
    if (!queues.known) return skipped(queues.reason);
    if (queues.value.length === 0)
      return inapplicable(
        'no table is a job queue that dblock knows, or that is declared; dblock requeue-orphans looks at others, too',
      );
    const orphans = queues.value.reduce((sum, queue) => sum + queue.orphans.count, 0);
    return facts({ path, queues: queues.value, orphans });
  },
  verdict({ queues, orphans }) {
    if (orphans === 0) return 'clear';
    return queues.some((queue) => queue.acts && queue.orphans.count > 0) ? 'warning' : 'info';
  },
  summary({ path, queues, orphans }) {
    const ofQueues = queues.filter((queue) => queue.orphans.count > 0).map(describe);
    return `${plural(orphans, 'job')} in ${path} ${orphans === 1 ? 'is' : 'are'} left running by workers that are gone: ${listSome(ofQueues)}.`;
  },
  remedy({ path, queues }) {
    const [first] = queues.filter((queue) => queue.orphans.count > 0);
    const rescue = first ? ` What ${first.name} does by itself: ${first.ownRescue}` : '';
    const text = first?.acts
      ? 'Look at what would change, and at the proof for each job; --apply then requeues them.'
      : 'dblock changes nothing in this queue; the command says what to do instead.';
    return { text: text + rescue, commands: [`dblock requeue-orphans ${shellQuote(path)}`] };
  },
});

function describe({ name, table, claimed, orphans: { count, ids, proof } }: QueueFacts): string {
  const some = `${count === 1 ? 'job' : 'jobs'} ${ids.join(', ')}${count > ids.length ? ', …' : ''}`;
  const because = count === 1 ? `: ${proof}` : `; the first: ${proof}`;
  return `${formatCount(count)} of ${formatCount(claimed)} running in ${table} of ${name} (${some}${proof === null ? '' : because})`;
}

import { formatCount, plural } from '../../units.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { listSome } from '../list-some.js';
import { shellQuote } from '../quote.js';
import type { QueueFacts } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly workers: number;
  readonly running: number;
  readonly queues: readonly Pick<QueueFacts, 'name' | 'table' | 'claimed'>[];
}

export const moreRunningThanWorkers = defineCheck<Facts>({
  id: 'more-running-than-workers',
  title: 'More jobs are running than there are workers',
  severity: 'warning',
  group: 'queues',
  why: 'A worker runs one job at a time. If more jobs are marked as running than there are workers, some of the marks are wrong: their workers died, or could not write the end of the job because the database was locked. Such jobs never finish, and where concurrency is limited they hold up the others.',
  sources: ['https://github.com/RealOrangeOne/django-tasks/issues/46'],
  guide: {
    meaning:
      'The queues of this database hold more claimed jobs than the configuration declares workers ("workers" in dblock.config.json).',
    certainty:
      'Certain as far as the declaration is: count each process or thread that runs one job. Which of the jobs are the wrong ones, only proofs tell (see orphaned-jobs); a live worker may have left one behind after a lock error. Workers that fetch several jobs ahead show more without anything being wrong.',
    now: {
      text: 'List the running jobs with their age and owner, and the proof for each that its worker is gone.',
      commands: ['dblock requeue-orphans app.db'],
    },
    later:
      'Retry the update that marks a job as done when it meets SQLITE_BUSY, with a busy timeout of some seconds. Declare the workers again when their number changes.',
  },
  inspect({ evidence: { path, queues, declared } }) {
    if (!queues) return skipped('this evidence was taken without a look at queues');
    if (queues.known && queues.value.length === 0) {
      return inapplicable(
        'no table is a job queue that dblock knows, or that is declared; dblock requeue-orphans looks at others, too',
      );
    }
    if (declared.workers === undefined) {
      return skipped(
        'declare workers in dblock.config.json; nobody outside can see how many there should be',
      );
    }
    if (!queues.known) return skipped(queues.reason);
    const running = queues.value.reduce((sum, { claimed }) => sum + claimed, 0);
    const claims = queues.value.map(({ name, table, claimed }) => ({ name, table, claimed }));
    return facts({ path, workers: declared.workers, running, queues: claims });
  },
  verdict({ running, workers }) {
    return running > workers ? 'warning' : 'clear';
  },
  summary({ path, running, workers, queues }) {
    const where = queues
      .filter(({ claimed }) => claimed > 0)
      .map(({ name, table, claimed }) => `${formatCount(claimed)} in ${table} of ${name}`);
    return `${formatCount(running)} running, ${plural(workers, 'worker')}: in ${path} at least ${plural(running - workers, 'job')} ${running - workers === 1 ? 'is' : 'are'} marked as running without anybody working on ${running - workers === 1 ? 'it' : 'them'} (${listSome(where)}).`;
  },
  remedy({ path }) {
    return {
      text: 'List them with age, owner and proof. Those of dead workers can be requeued; one that a live worker left behind needs that worker stopped, or --force with --older-than.',
      commands: [`dblock requeue-orphans ${shellQuote(path)}`],
    };
  },
});

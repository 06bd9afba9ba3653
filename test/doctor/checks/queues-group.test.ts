/** The verdicts of the checks of job queues; what they look at is staged in situations/orphaned-jobs.ts. */
import { describe, expect, it } from 'vitest';
import { moreRunningThanWorkers } from '../../../src/doctor/checks/more-running-than-workers.js';
import { orphanedJobs } from '../../../src/doctor/checks/orphaned-jobs.js';
import type { Evidence, QueueFacts } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import { healthyEvidence } from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

function queue(overrides: Partial<QueueFacts> = {}): QueueFacts {
  return {
    ...{ preset: 'laravel', name: 'Laravel', table: 'jobs', acts: true, claimed: 6 },
    orphans: { count: 2, ids: ['7', '9'], proof: 'pid 4711 is not running on this host' },
    ...{ alive: 4, unknown: 0, ownRescue: 'A worker takes the job again.' },
    ...overrides,
  };
}

const NO_ORPHANS = { count: 0, ids: [], proof: null };

function withQueues(queues: Evidence['queues'], workers?: number): Evidence {
  return healthyEvidence({
    ...(queues ? { queues } : {}),
    declared: workers === undefined ? {} : { workers },
  });
}

describe('orphaned-jobs', () => {
  it('names the jobs, the proof, the queue, and the command', () => {
    const found = findingOf(orphanedJobs, withQueues(known([queue()])));
    expect(found.severity).toBe('warning');
    expect(found.summary).toBe(
      '2 jobs in /data/app.db are left running by workers that are gone: 2 of 6 running in jobs of Laravel (jobs 7, 9; the first: pid 4711 is not running on this host).',
    );
    expect(found.remedy.commands).toEqual(['dblock requeue-orphans /data/app.db']);
    expect(found.remedy.text).toContain('What Laravel does by itself: A worker takes the job again.');
  });

  it('says that there are more than it names', () => {
    const orphans = { count: 4000, ids: ['1', '2', '3', '4', '5'], proof: 'its lease expired 2 h ago' };
    const found = findingOf(orphanedJobs, withQueues(known([queue({ claimed: 4000, orphans })])));
    expect(found.summary).toContain(
      '4,000 of 4,000 running in jobs of Laravel (jobs 1, 2, 3, 4, 5, …; the first:',
    );
  });

  it('is only worth knowing in a queue that dblock does not change', () => {
    const found = findingOf(orphanedJobs, withQueues(known([queue({ acts: false })])));
    expect(found.severity).toBe('info');
    expect(found.remedy.text).toContain('dblock changes nothing in this queue');
  });

  it('is clear while all owners live, or nothing is proven', () => {
    expect(verdictOf(orphanedJobs, withQueues(known([queue({ orphans: NO_ORPHANS })])))).toBe('clear');
    const unsure = queue({ orphans: NO_ORPHANS, alive: 0, unknown: 6 });
    expect(verdictOf(orphanedJobs, withQueues(known([unsure])))).toBe('clear');
  });

  it('says why where it cannot judge', () => {
    expect(verdictOf(orphanedJobs, withQueues(known([])))).toBe(
      'inapplicable: no table is a job queue that dblock knows, or that is declared; dblock requeue-orphans looks at others, too',
    );
    expect(verdictOf(orphanedJobs, withQueues(unknown('it has 2 GiB')))).toBe('skipped: it has 2 GiB');
    expect(verdictOf(orphanedJobs, withQueues(undefined))).toBe(
      'skipped: this evidence was taken without a look at queues',
    );
  });
});

describe('more-running-than-workers', () => {
  it('tells six running on four workers', () => {
    const found = findingOf(moreRunningThanWorkers, withQueues(known([queue()]), 4));
    expect(found.severity).toBe('warning');
    expect(found.summary).toBe(
      '6 running, 4 workers: in /data/app.db at least 2 jobs are marked as running without anybody working on them (6 in jobs of Laravel).',
    );
    expect(found.remedy.commands).toEqual(['dblock requeue-orphans /data/app.db']);
  });

  it('adds the queues of a database up', () => {
    const queues = [queue({ claimed: 3 }), queue({ table: 'blog_jobs', claimed: 2 }), queue({ claimed: 0 })];
    const found = findingOf(moreRunningThanWorkers, withQueues(known(queues), 4));
    expect(found.summary).toContain('at least 1 job is marked as running without anybody working on it');
    expect(found.summary).toContain('(3 in jobs of Laravel; 2 in blog_jobs of Laravel)');
  });

  it('is clear with as many workers as running jobs', () => {
    expect(verdictOf(moreRunningThanWorkers, withQueues(known([queue()]), 6))).toBe('clear');
  });

  it('says why where it cannot judge', () => {
    expect(verdictOf(moreRunningThanWorkers, withQueues(known([queue()])))).toBe(
      'skipped: declare workers in dblock.config.json; nobody outside can see how many there should be',
    );
    expect(verdictOf(moreRunningThanWorkers, withQueues(known([]), 4))).toBe(
      'inapplicable: no table is a job queue that dblock knows, or that is declared; dblock requeue-orphans looks at others, too',
    );
    expect(verdictOf(moreRunningThanWorkers, withQueues(unknown('it has 2 GiB'), 4))).toBe(
      'skipped: it has 2 GiB',
    );
  });
});

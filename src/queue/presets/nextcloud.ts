import { definePreset } from '../preset.js';

/**
 * The run of a job since version 34. Runs are of classes, not of jobs: it is this job's only if one run of the class
 * is going on, and one job of the class is reserved.
 */
const ITS_RUN = `(SELECT min(run.run_id) FROM {runs} AS run JOIN {classes} AS class ON class.class_id = run.class_id
  WHERE class.class_name = jobs.class AND run.status = 0
    AND 1 = (SELECT count(*) FROM {jobs} AS other WHERE other.class = jobs.class AND other.reserved_at > 0)
  HAVING count(*) = 1)`;

export const nextcloud = definePreset({
  id: 'nextcloud',
  name: 'Nextcloud background jobs',
  sources: [
    'https://github.com/nextcloud/server/blob/master/lib/private/BackgroundJob/JobList.php',
    'https://github.com/nextcloud/server/blob/master/lib/private/BackgroundJob/JobRuns.php',
    'https://github.com/nextcloud/server/issues/9992',
  ],
  tables: {
    jobs: {
      named: 'oc_jobs',
      columns: ['id', 'class', 'argument', 'last_run', 'last_checked', 'reserved_at', 'execution_duration'],
    },
    runs: {
      named: 'oc_job_runs',
      columns: ['run_id', 'class_id', 'pid', 'status', 'duration', 'ram_peak_usage'],
      optional: true,
    },
    classes: {
      named: 'oc_job_classes_registry',
      columns: ['class_id', 'class_name'],
      optional: true,
    },
  },
  counts: [
    {
      from: '{jobs}',
      state: `CASE WHEN reserved_at IS NOT 0 THEN 'claimed' WHEN last_checked > {now:unix-s} THEN 'delayed' ELSE 'queued' END`,
    },
  ],
  claims: {
    table: 'jobs',
    where: 'jobs.reserved_at IS NOT 0',
    id: 'jobs.id',
    kind: 'jobs.class',
    observed: ['last_checked', 'last_run'],
    claimedAt: { sql: 'jobs.reserved_at', format: 'unix-s' },
    // What one gets from freeing it by hand with NULL, where getNext asks for reserved_at <= ….
    disowned: {
      sql: 'jobs.reserved_at IS NULL',
      because: 'its reserved_at is NULL, which Nextcloud never takes: free is 0',
    },
    timeout: { ms: 12 * 3_600_000, setting: 'JobList::getNext, fixed' },
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    requeue: [
      // 3 is JobStatus::CRASHED.
      { update: 'runs', matching: { column: 'run_id', is: ITS_RUN }, set: { status: '3' } },
      { update: 'jobs', set: { reserved_at: '0' } },
    ],
  },
  work: {
    states: 'reserved_at: 0 → time → 0, and last_checked in the future',
    // JobList::getNext: the claim sets last_checked, too; it is what a job that was run waits behind
    waiting: 'jobs.reserved_at = 0 AND jobs.last_checked <= {now:unix-s}',
    order: 'jobs.last_checked',
    claim: { reserved_at: '{now:unix-s}', last_checked: '{now:unix-s}' },
    // a job that comes again is due after its interval: here, after the run
    done: { ...{ reserved_at: '0', last_run: '{now:unix-s}' }, last_checked: '{now:unix-s} + 3600' },
    fail: { reserved_at: '0', last_checked: '{now:unix-s} + 3600' },
    renew: { reserved_at: '0', last_checked: '0' },
  },
  prose: {
    ownRescue:
      'cron.php takes the job again 12 hours after it was reserved; a class that must not run in parallel is held up for 6 hours by one reserved job.',
    ifAlive:
      'It runs twice at the same time, which file scans and mails are not made for: Nextcloud does not fence. Pause cron meanwhile.',
  },
});

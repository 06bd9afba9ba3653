import { definePreset } from '../preset.js';

/** As ActiveRecord writes times: six digits, UTC. */
const NOW = `'{now:YYYY-MM-DD HH:MM:SS.ffffff}'`;

export const delayedJob = definePreset({
  id: 'delayed-job',
  name: 'Delayed::Job',
  sources: [
    'https://github.com/collectiveidea/delayed_job_active_record/blob/e5b4fbf/lib/delayed/backend/active_record.rb',
    'https://github.com/collectiveidea/delayed_job/blob/eaef62d/lib/delayed/worker.rb',
  ],
  tables: {
    jobs: {
      named: 'delayed_jobs',
      columns: [
        ...['id', 'priority', 'attempts', 'handler', 'last_error', 'run_at', 'locked_at', 'failed_at'],
        ...['locked_by', 'queue', 'created_at', 'updated_at'],
      ],
    },
  },
  counts: [
    {
      from: '{jobs}',
      state: `CASE WHEN failed_at IS NOT NULL THEN 'failed' WHEN locked_by IS NOT NULL THEN 'claimed'
        WHEN run_at > ${NOW} THEN iif(attempts > 0, 'retryable', 'delayed') ELSE 'queued' END`,
    },
  ],
  claims: {
    table: 'jobs',
    // A job that failed for good keeps its lock.
    where: 'jobs.locked_by IS NOT NULL AND jobs.failed_at IS NULL',
    id: 'jobs.id',
    queue: 'jobs.queue',
    observed: ['attempts', 'failed_at'],
    claimedAt: { sql: 'jobs.locked_at', format: 'text', zone: 'utc' },
    owner: {
      sql: 'jobs.locked_by',
      // Worker#name: `host:web1 pid:4711`, with a prefix such as `delayed_job.2 ` before it.
      parse: (text) => {
        const [, host = '', pid = ''] = /(?:^|\s)host:(\S+) pid:(\d+)$/.exec(text) ?? [];
        return pid === '' ? { kind: 'opaque' } : { kind: 'process', pid: Number(pid), host };
      },
    },
    timeout: { ms: 4 * 3_600_000, setting: 'Delayed::Worker.max_run_time' },
    fenced: false,
    // ActiveRecord closes connections that were idle for 5 minutes (idle_timeout).
    keepsOpen: false,
    attempts: {
      used: 'jobs.attempts',
      limitIn: 'max_attempts of the job, else Delayed::Worker.max_attempts (25 by default)',
      counted: 'at-end',
    },
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'jobs', set: { locked_at: 'NULL', locked_by: 'NULL' } }],
    // Job#fail! after Worker#failed. By default the worker deletes a failed job instead; dblock deletes none.
    fail: [
      {
        update: 'jobs',
        set: {
          attempts: 'jobs.attempts + 1',
          last_error: `'The worker died while it ran this job (dblock requeue-orphans --mode fail)'`,
          failed_at: NOW,
          updated_at: NOW,
        },
      },
    ],
    lockFailures: {
      table: 'jobs',
      where: 'jobs.failed_at IS NOT NULL',
      id: 'jobs.id',
      queue: 'jobs.queue',
      observed: ['failed_at', 'locked_by', 'attempts'],
      error: 'jobs.last_error',
      failedAt: { sql: 'jobs.failed_at', format: 'text', zone: 'utc' },
      // Delayed::Job has no retry command. Free and due is what Job.ready_to_run asks for; attempts stay, so that it
      // runs once more.
      retry: [
        { update: 'jobs', set: { failed_at: 'NULL', run_at: NOW, locked_at: 'NULL', locked_by: 'NULL' } },
      ],
    },
  },
  work: {
    states: 'locked_by: NULL → worker → row deleted',
    // Job.ready_to_run and by_priority; reserve
    waiting: `jobs.run_at <= ${NOW} AND jobs.locked_at IS NULL AND jobs.failed_at IS NULL`,
    order: 'jobs.priority, jobs.run_at',
    claim: { locked_at: NOW, locked_by: `'host:{worker:host} pid:{worker:pid}'` },
    done: 'delete',
    fail: { attempts: 'jobs.attempts + 1', last_error: `'database is locked'`, failed_at: NOW },
    renew: {
      ...{ locked_at: 'NULL', locked_by: 'NULL', failed_at: 'NULL', last_error: 'NULL' },
      ...{ attempts: '0', run_at: NOW },
    },
  },
  prose: {
    ownRescue:
      'A worker takes the job again once locked_at is older than max_run_time (4 hours by default), or at once if it has the same name.',
    ifAlive:
      'It runs twice at the same time, and the first worker deletes the row when it is done: Delayed::Job does not fence.',
  },
});

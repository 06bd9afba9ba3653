import { definePreset } from '../preset.js';

/** `"maxTries"` of the job's class, which Laravel copies into the payload; most jobs have none. */
const MAX_TRIES = `CASE WHEN json_valid(jobs.payload) THEN json_extract(jobs.payload, '$.maxTries') END`;

export const laravel = definePreset({
  id: 'laravel',
  name: 'Laravel',
  sources: [
    'https://github.com/laravel/framework/blob/bd71b45/src/Illuminate/Queue/DatabaseQueue.php',
    'https://github.com/laravel/framework/blob/bd71b45/src/Illuminate/Queue/Worker.php',
  ],
  tables: {
    jobs: {
      named: 'jobs',
      columns: ['id', 'queue', 'payload', 'attempts', 'reserved_at', 'available_at', 'created_at'],
      without: ['status', 'state'],
    },
    failed: {
      named: 'failed_jobs',
      columns: ['id', 'uuid', 'connection', 'queue', 'payload', 'exception', 'failed_at'],
      optional: true,
    },
  },
  counts: [
    {
      from: '{jobs} AS jobs',
      state: `CASE WHEN reserved_at IS NOT NULL THEN 'claimed' WHEN available_at > {now:unix-s} THEN 'delayed' ELSE 'queued' END`,
    },
    { from: '{failed}', state: `'failed'` },
  ],
  claims: {
    table: 'jobs',
    where: 'jobs.reserved_at IS NOT NULL',
    id: 'jobs.id',
    queue: 'jobs.queue',
    kind: `CASE WHEN json_valid(jobs.payload) THEN json_extract(jobs.payload, '$.displayName') END`,
    observed: ['attempts'],
    claimedAt: { sql: 'jobs.reserved_at', format: 'unix-s' },
    timeout: { ms: 90_000, setting: 'retry_after of config/queue.php' },
    fenced: false,
    keepsOpen: true,
    attempts: {
      used: 'jobs.attempts',
      max: MAX_TRIES,
      limitIn: 'maxTries of the payload, else --tries of queue:work (1 by default)',
      counted: 'at-claim',
      refund: { attempts: 'max(jobs.attempts - 1, 0)' },
    },
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'jobs', set: { reserved_at: 'NULL', available_at: '{now:unix-s}' } }],
    fail: [
      {
        insert: 'failed',
        matching: { column: 'uuid', is: `json_extract(jobs.payload, '$.uuid')` },
        values: {
          uuid: `json_extract(jobs.payload, '$.uuid')`,
          connection: `'database'`,
          queue: 'jobs.queue',
          payload: 'jobs.payload',
          exception: `'The worker died while it ran this job (dblock requeue-orphans --mode fail)'`,
          failed_at: `'{now:YYYY-MM-DD HH:MM:SS}'`,
        },
      },
      { delete: 'jobs' },
    ],
    lockFailures: {
      table: 'failed',
      where: `failed.connection = 'database'`,
      id: 'failed.uuid',
      queue: 'failed.queue',
      kind: `CASE WHEN json_valid(failed.payload) THEN json_extract(failed.payload, '$.displayName') END`,
      observed: ['payload'],
      error: 'failed.exception',
      failedAt: { sql: 'failed.failed_at', format: 'text', zone: 'ask' },
      retry: [
        {
          insert: 'jobs',
          // As queue:retry does; nothing in jobs points back at the failed row but the payload itself.
          matching: { column: 'payload', is: 'failed.payload' },
          values: {
            queue: 'failed.queue',
            payload: 'failed.payload',
            attempts: '0',
            reserved_at: 'NULL',
            available_at: '{now:unix-s}',
            created_at: '{now:unix-s}',
          },
        },
        { delete: 'failed' },
      ],
    },
  },
  work: {
    states: 'reserved_at: NULL → time → row deleted',
    // DatabaseQueue::getNextAvailableJob
    waiting: 'jobs.reserved_at IS NULL AND jobs.available_at <= {now:unix-s}',
    order: 'jobs.id',
    claim: { reserved_at: '{now:unix-s}', attempts: 'jobs.attempts + 1' },
    done: 'delete',
    fail: 'delete',
    renew: { reserved_at: 'NULL', available_at: '{now:unix-s}', attempts: '0' },
  },
  prose: {
    ownRescue:
      'A worker that polls this queue takes the job again once reserved_at is older than retry_after (90 s by default), counts one more attempt, and with the default --tries=1 fails it without running it.',
    ifAlive:
      'A second worker runs it at the same time, and the first one deletes the row when it is done: Laravel does not fence.',
  },
});

import { definePreset } from '../preset.js';

/** ErrorData of packages/core, and what the transitions add to it. */
const WITH_ERROR = `json_insert(coalesce(jobs.errors, '[]'), '$[#]', json_object(
  'message', 'The worker died while it ran this job (dblock requeue-orphans --mode fail)', 'attempt', jobs.attempt,
  'attempted_at', strftime('%Y-%m-%dT%H:%M:%fZ', jobs.attempted_at / 1000.0, 'unixepoch'), 'attempt_by', jobs.claimed_by))`;

export const sidequest = definePreset({
  id: 'sidequest',
  name: 'Sidequest.js',
  sources: [
    'https://github.com/sidequestjs/sidequest/blob/02547d9/packages/backends/sqlite/src/sqlite-backend.ts',
    'https://github.com/sidequestjs/sidequest/blob/02547d9/packages/engine/src/routines/release-stale-jobs.ts',
    'https://github.com/sidequestjs/sidequest/tree/02547d9/packages/core/src/transitions',
  ],
  tables: {
    jobs: {
      named: 'sidequest_jobs',
      columns: [
        ...['id', 'queue', 'class', 'script', 'args', 'constructor_args', 'result', 'errors', 'state'],
        ...['available_at', 'inserted_at', 'attempted_at', 'completed_at', 'failed_at', 'canceled_at'],
        ...['claimed_at', 'claimed_by', 'attempt', 'max_attempts', 'timeout', 'unique_digest'],
      ],
    },
  },
  counts: [
    {
      from: '{jobs}',
      state: `CASE state WHEN 'waiting' THEN CASE WHEN available_at <= {now:unix-ms} THEN 'queued' WHEN attempt > 0 THEN 'retryable' ELSE 'delayed' END
        WHEN 'claimed' THEN 'claimed' WHEN 'running' THEN 'claimed' WHEN 'completed' THEN 'done'
        WHEN 'failed' THEN 'failed' WHEN 'canceled' THEN 'cancelled' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'jobs',
    where: `jobs.state IN ('claimed', 'running')`,
    id: 'jobs.id',
    queue: 'jobs.queue',
    kind: 'jobs.class',
    observed: ['state', 'attempt', 'attempted_at'],
    claimedAt: { sql: 'jobs.claimed_at', format: 'unix-ms' },
    owner: {
      sql: 'jobs.claimed_by',
      parse: (text) => {
        const [, host = '', pid = ''] = /^sidequest@(.+)-(\d+)$/.exec(text) ?? [];
        return pid === '' ? { kind: 'opaque' } : { kind: 'process', pid: Number(pid), host };
      },
    },
    timeout: { ms: 600_000, setting: `timeout of the job, else the engine's releaseStaleJobsMaxStaleMs` },
    fenced: false,
    keepsOpen: true,
    // Counted when it starts to run. A waiting job runs whatever its count is: none has to be given back.
    attempts: { used: 'jobs.attempt', max: 'jobs.max_attempts', counted: 'at-claim' },
  },
  action: {
    kind: 'acts',
    requeue: [
      {
        update: 'jobs',
        set: { state: `'waiting'`, available_at: '{now:unix-ms}', claimed_at: 'NULL', claimed_by: 'NULL' },
      },
    ],
    // FailTransition
    fail: [{ update: 'jobs', set: { state: `'failed'`, failed_at: '{now:unix-ms}', errors: WITH_ERROR } }],
    lockFailures: {
      table: 'jobs',
      where: `jobs.state = 'failed'`,
      id: 'jobs.id',
      queue: 'jobs.queue',
      kind: 'jobs.class',
      observed: ['state', 'attempt', 'errors'],
      error: `CASE WHEN json_valid(jobs.errors) THEN json_extract(jobs.errors, '$[#-1]') END`,
      failedAt: { sql: 'jobs.failed_at', format: 'unix-ms' },
      // RerunTransition
      retry: [
        {
          update: 'jobs',
          set: {
            state: `'waiting'`,
            available_at: '{now:unix-ms}',
            max_attempts:
              'CASE WHEN jobs.attempt >= jobs.max_attempts THEN jobs.attempt + 1 ELSE jobs.max_attempts END',
          },
        },
      ],
    },
  },
  work: {
    states: 'state: waiting → running → completed',
    // claimPendingJob and RunTransition in one: between them nobody can come
    waiting: `jobs.state = 'waiting' AND jobs.available_at <= {now:unix-ms}`,
    order: 'jobs.inserted_at',
    claim: {
      ...{ state: `'running'`, claimed_at: '{now:unix-ms}', attempted_at: '{now:unix-ms}' },
      ...{ claimed_by: `'sidequest@{worker:host}-{worker:pid}'`, attempt: 'jobs.attempt + 1' },
    },
    done: { state: `'completed'`, completed_at: '{now:unix-ms}', result: `'null'` },
    fail: { state: `'failed'`, failed_at: '{now:unix-ms}' },
    renew: {
      ...{ state: `'waiting'`, available_at: '{now:unix-ms}', claimed_at: 'NULL', claimed_by: 'NULL' },
      ...{ attempted_at: 'NULL', completed_at: 'NULL', failed_at: 'NULL', canceled_at: 'NULL', attempt: '0' },
    },
  },
  prose: {
    ownRescue:
      'A running engine puts back jobs that were claimed more than a minute ago and never started, and retries those that have been running for longer than their timeout (else 10 minutes), as long as attempts are left.',
    ifAlive:
      'It runs twice at the same time, and whoever finishes last writes the result: Sidequest does not fence.',
  },
});

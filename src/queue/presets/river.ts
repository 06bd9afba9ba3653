import { definePreset, type Obstacle } from '../preset.js';

/** As the driver's timeString writes it: milliseconds, without zeros at the end. */
const NOW = `rtrim(rtrim('{now:YYYY-MM-DD HH:MM:SS.fff}', '0'), '.')`;
/** JobRetry: a job without attempts left gets one more. */
const ONE_MORE =
  'CASE WHEN jobs.attempt >= jobs.max_attempts THEN jobs.attempt + 1 ELSE jobs.max_attempts END';

function errorEntry(message: string): string {
  return `'at', '{now:YYYY-MM-DDTHH:MM:SS.fffZ}', 'attempt', jobs.attempt, 'error', '${message}', 'trace', ''`;
}

/** JSONB since migration 7, text before; errors may be NULL, metadata is not, and both were converted together. */
function errorsWith(message: string): string {
  return `CASE typeof(jobs.metadata)
    WHEN 'blob' THEN jsonb_insert(coalesce(jobs.errors, jsonb('[]')), '$[#]', jsonb_object(${errorEntry(message)}))
    ELSE json_insert(coalesce(jobs.errors, '[]'), '$[#]', json_object(${errorEntry(message)})) END`;
}

const BITS = [
  'available',
  'cancelled',
  'completed',
  'discarded',
  'pending',
  'retryable',
  'running',
  'scheduled',
];
const BIT_OF_OTHER = `CASE other.state ${BITS.map((state, bit) => `WHEN '${state}' THEN ${2 ** bit}`).join(' ')} ELSE 0 END`;

/** river_job_unique_idx would refuse the job as available. */
const QUEUED_AGAIN: Obstacle = {
  when: `jobs.unique_key IS NOT NULL AND jobs.unique_states & 1 AND EXISTS (SELECT 1 FROM {jobs} AS other
    WHERE other.unique_key = jobs.unique_key AND other.id <> jobs.id AND other.unique_states & ${BIT_OF_OTHER})`,
  because: 'another job with its unique key has been queued since',
};

export const river = definePreset({
  id: 'river',
  name: 'River (SQLite driver)',
  sources: [
    'https://github.com/riverqueue/river/blob/fdf6cdf/riverdriver/riversqlite/internal/dbsqlc/river_job.sql',
    'https://github.com/riverqueue/river/blob/fdf6cdf/internal/maintenance/job_rescuer.go',
  ],
  tables: {
    jobs: {
      named: 'river_job',
      columns: [
        ...['id', 'args', 'attempt', 'attempted_at', 'attempted_by', 'created_at', 'errors', 'finalized_at'],
        ...['kind', 'max_attempts', 'metadata', 'priority', 'queue', 'state', 'scheduled_at', 'tags'],
        ...['unique_key', 'unique_states'],
      ],
    },
  },
  counts: [
    {
      from: '{jobs}',
      state: `CASE state WHEN 'available' THEN 'queued' WHEN 'pending' THEN 'blocked' WHEN 'scheduled' THEN 'delayed'
        WHEN 'running' THEN 'claimed' WHEN 'retryable' THEN 'retryable' WHEN 'completed' THEN 'done'
        WHEN 'discarded' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'jobs',
    where: `jobs.state = 'running'`,
    id: 'jobs.id',
    queue: 'jobs.queue',
    kind: 'jobs.kind',
    observed: ['state', 'attempt'],
    claimedAt: { sql: 'jobs.attempted_at', format: 'text', zone: 'utc' },
    // The last client that took it: host and start time, no pid.
    owner: {
      sql: `CASE WHEN json_valid(jobs.attempted_by, 6) THEN json_extract(jobs.attempted_by, '$[#-1]') END`,
      parse: () => ({ kind: 'opaque' }),
    },
    timeout: { ms: 3_600_000, setting: 'RescueStuckJobsAfter of the client' },
    fenced: false,
    keepsOpen: true,
    // River does not take an attempt back; it allows one more.
    attempts: { used: 'jobs.attempt', max: 'jobs.max_attempts', counted: 'at-claim' },
  },
  action: {
    kind: 'acts',
    requeue: [
      {
        update: 'jobs',
        set: {
          state: `'available'`,
          scheduled_at: NOW,
          max_attempts: ONE_MORE,
          errors: errorsWith('Requeued by dblock'),
        },
      },
    ],
    fail: [
      {
        update: 'jobs',
        set: {
          state: `'discarded'`,
          finalized_at: NOW,
          errors: errorsWith('The worker died while it ran this job (dblock requeue-orphans --mode fail)'),
        },
      },
    ],
    obstacles: [
      {
        when: `json_extract(jobs.metadata, '$.cancel_attempted_at') IS NOT NULL`,
        because: `its cancellation was asked for while it ran: River's rescuer cancels it`,
      },
      QUEUED_AGAIN,
    ],
    lockFailures: {
      table: 'jobs',
      where: `jobs.state = 'discarded'`,
      id: 'jobs.id',
      queue: 'jobs.queue',
      kind: 'jobs.kind',
      observed: ['state', 'attempt', 'errors'],
      error: `CASE WHEN json_valid(jobs.errors, 6) THEN json_extract(jobs.errors, '$[#-1].error') END`,
      failedAt: { sql: 'jobs.finalized_at', format: 'text', zone: 'utc' },
      // JobRetry
      retry: [
        {
          update: 'jobs',
          set: { state: `'available'`, max_attempts: ONE_MORE, finalized_at: 'NULL', scheduled_at: NOW },
        },
      ],
      obstacles: [QUEUED_AGAIN],
    },
  },
  work: {
    states: 'state: available → running → completed',
    // JobGetAvailable, JobSetStateIfRunningMany
    waiting: `jobs.state = 'available' AND jobs.scheduled_at <= ${NOW}`,
    order: 'jobs.priority, jobs.scheduled_at, jobs.id',
    claim: { state: `'running'`, attempted_at: NOW, attempt: 'jobs.attempt + 1' },
    done: { state: `'completed'`, finalized_at: NOW },
    fail: { state: `'discarded'`, finalized_at: NOW },
    renew: {
      ...{
        state: `'available'`,
        scheduled_at: NOW,
        finalized_at: 'NULL',
        attempt: '0',
        attempted_at: 'NULL',
      },
      max_attempts: 'max(jobs.max_attempts, 1)',
    },
  },
  prose: {
    ownRescue:
      'The rescuer of the elected client makes jobs retryable that have been running for longer than RescueStuckJobsAfter (1 hour by default), and discards those whose attempts are used up.',
    ifAlive:
      'It runs twice. The late client finishes a job only while its state is running: its result is dropped, or ends the new attempt.',
  },
});

import { definePreset } from '../preset.js';

/** As ecto_sqlite3 writes :utc_datetime_usec: six digits. */
const NOW = `'{now:YYYY-MM-DDTHH:MM:SS.ffffffZ}'`;
/** A job whose attempts are used up is never fetched: as retry_all_jobs does. */
const ONE_MORE = 'max(jobs.max_attempts, jobs.attempt + 1)';

export const obanLite = definePreset({
  id: 'oban-lite',
  name: 'Oban (Lite engine)',
  sources: [
    'https://github.com/oban-bg/oban/blob/2939e31/lib/oban/engines/lite.ex',
    'https://github.com/oban-bg/oban/blob/2939e31/lib/oban/lifeline.ex',
  ],
  tables: {
    jobs: {
      named: 'oban_jobs',
      columns: [
        ...['id', 'state', 'queue', 'worker', 'args', 'meta', 'tags', 'errors', 'attempt', 'max_attempts'],
        ...['priority', 'inserted_at', 'scheduled_at', 'attempted_at', 'attempted_by', 'cancelled_at'],
        ...['completed_at', 'discarded_at'],
      ],
    },
  },
  counts: [
    {
      from: '{jobs}',
      state: `CASE state WHEN 'available' THEN 'queued' WHEN 'scheduled' THEN 'delayed' WHEN 'executing' THEN 'claimed'
        WHEN 'retryable' THEN 'retryable' WHEN 'completed' THEN 'done' WHEN 'discarded' THEN 'failed'
        WHEN 'cancelled' THEN 'cancelled' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'jobs',
    where: `jobs.state = 'executing'`,
    id: 'jobs.id',
    queue: 'jobs.queue',
    kind: 'jobs.worker',
    observed: ['state', 'attempt'],
    claimedAt: { sql: 'jobs.attempted_at', format: 'text', zone: 'utc' },
    // The name of the node: neither a pid nor always a host.
    owner: {
      sql: `CASE WHEN json_valid(jobs.attempted_by) THEN json_extract(jobs.attempted_by, '$[0]') END`,
      parse: () => ({ kind: 'opaque' }),
    },
    timeout: { ms: 3_600_000, setting: 'rescue_after of Oban.Plugins.Lifeline' },
    fenced: false,
    keepsOpen: true,
    // Oban does not take an attempt back; it allows one more.
    attempts: { used: 'jobs.attempt', max: 'jobs.max_attempts', counted: 'at-claim' },
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'jobs', set: { state: `'available'`, scheduled_at: NOW, max_attempts: ONE_MORE } }],
    // As Lifeline does when no attempt is left.
    fail: [{ update: 'jobs', set: { state: `'discarded'`, discarded_at: NOW } }],
    lockFailures: {
      table: 'jobs',
      where: `jobs.state = 'discarded'`,
      id: 'jobs.id',
      queue: 'jobs.queue',
      kind: 'jobs.worker',
      observed: ['state', 'attempt', 'errors'],
      error: `CASE WHEN json_valid(jobs.errors) THEN json_extract(jobs.errors, '$[#-1]') END`,
      failedAt: { sql: 'jobs.discarded_at', format: 'text', zone: 'utc' },
      // retry_all_jobs
      retry: [
        {
          update: 'jobs',
          set: {
            state: `'available'`,
            max_attempts: ONE_MORE,
            scheduled_at: NOW,
            completed_at: 'NULL',
            cancelled_at: 'NULL',
            discarded_at: 'NULL',
          },
        },
      ],
    },
  },
  work: {
    states: 'state: available → executing → completed',
    // Oban.Engines.Lite.fetch_jobs
    waiting: `jobs.state = 'available' AND jobs.attempt < jobs.max_attempts`,
    order: 'jobs.priority, jobs.scheduled_at, jobs.id',
    claim: {
      ...{ state: `'executing'`, attempted_at: NOW, attempt: 'jobs.attempt + 1' },
      attempted_by: `json_array('{worker:host}')`,
    },
    done: { state: `'completed'`, completed_at: NOW },
    fail: { state: `'discarded'`, discarded_at: NOW },
    renew: {
      ...{ state: `'available'`, scheduled_at: NOW, attempt: '0', attempted_at: 'NULL' },
      ...{ completed_at: 'NULL', cancelled_at: 'NULL', discarded_at: 'NULL' },
    },
  },
  prose: {
    ownRescue:
      'The Lifeline plugin, if it is used, makes jobs available again that have been executing for longer than rescue_after (1 hour by default), and discards those whose attempts are used up.',
    ifAlive:
      'It runs twice, and the late worker may complete the new attempt: Oban finishes a job by its id alone.',
  },
});

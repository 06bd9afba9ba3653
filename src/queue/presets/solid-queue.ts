import { definePreset } from '../preset.js';

const NOW = `'{now:YYYY-MM-DD HH:MM:SS.ffffff}'`;

const READY = {
  job_id: 'details.id',
  queue_name: 'details.queue_name',
  priority: 'details.priority',
  created_at: NOW,
};

export const solidQueue = definePreset({
  id: 'solid-queue',
  name: 'Rails Solid Queue',
  sources: [
    'https://github.com/rails/solid_queue/blob/29e818d/app/models/solid_queue/claimed_execution.rb',
    'https://github.com/rails/solid_queue/blob/29e818d/app/models/solid_queue/process/prunable.rb',
  ],
  tables: {
    claimed: {
      named: 'solid_queue_claimed_executions',
      columns: ['id', 'job_id', 'process_id', 'created_at'],
      without: ['queue_name', 'error'],
    },
    jobs: {
      named: 'solid_queue_jobs',
      columns: [
        ...['id', 'queue_name', 'class_name', 'arguments', 'priority', 'active_job_id'],
        ...['scheduled_at', 'finished_at', 'concurrency_key'],
      ],
    },
    ready: {
      named: 'solid_queue_ready_executions',
      columns: ['id', 'job_id', 'queue_name', 'priority', 'created_at'],
      without: ['scheduled_at', 'concurrency_key'],
    },
    processes: {
      named: 'solid_queue_processes',
      columns: ['id', 'kind', 'last_heartbeat_at', 'supervisor_id', 'pid', 'hostname'],
    },
    failed: {
      named: 'solid_queue_failed_executions',
      columns: ['id', 'job_id', 'error', 'created_at'],
    },
    scheduled: {
      named: 'solid_queue_scheduled_executions',
      columns: ['id', 'job_id', 'queue_name', 'priority', 'scheduled_at'],
      optional: true,
    },
    blocked: {
      named: 'solid_queue_blocked_executions',
      columns: ['id', 'job_id', 'queue_name', 'concurrency_key', 'expires_at'],
      optional: true,
    },
  },
  counts: [
    { from: '{ready}', state: `'queued'` },
    { from: '{scheduled}', state: `'delayed'` },
    { from: '{blocked}', state: `'blocked'` },
    { from: '{claimed}', state: `'claimed'` },
    { from: '{failed}', state: `'failed'` },
    { from: '{jobs} WHERE finished_at IS NOT NULL', state: `'done'` },
  ],
  claims: {
    table: 'claimed',
    joins:
      'JOIN {jobs} AS details ON details.id = claimed.job_id LEFT JOIN {processes} AS process ON process.id = claimed.process_id',
    where: 'true',
    id: 'claimed.job_id',
    queue: 'details.queue_name',
    kind: 'details.class_name',
    observed: ['process_id'],
    claimedAt: { sql: 'claimed.created_at', format: 'text', zone: 'utc' },
    owner: {
      sql: `process.pid || '@' || coalesce(process.hostname, '')`,
      parse: (text) => {
        const [pid = '', host = ''] = text.split(/@(.*)/s);
        if (!/^\d+$/.test(pid)) return { kind: 'opaque' };
        return { kind: 'process', pid: Number(pid), host: host === '' ? null : host };
      },
    },
    disowned: { sql: 'process.id IS NULL', because: 'its process is no longer in solid_queue_processes' },
    heartbeat: {
      ...{ sql: 'process.last_heartbeat_at', format: 'text', zone: 'utc' },
      limitMs: 300_000,
      source: 'SolidQueue.process_alive_threshold, 5 minutes by default',
    },
    // From 1.5 on a late worker notices; which version runs, the database does not say.
    fenced: false,
    // ActiveRecord closes connections that were idle for 5 minutes (idle_timeout).
    keepsOpen: false,
  },
  action: {
    kind: 'acts',
    // ClaimedExecution#release; the semaphore stays with the job.
    requeue: [
      { insert: 'ready', matching: { column: 'job_id', is: 'claimed.job_id' }, values: READY },
      { delete: 'claimed' },
    ],
    // ClaimedExecution#failed_with
    fail: [
      {
        insert: 'failed',
        matching: { column: 'job_id', is: 'claimed.job_id' },
        values: {
          job_id: 'claimed.job_id',
          error: `json_object('exception_class', 'SolidQueue::Processes::ProcessPrunedError', 'message', 'The worker died while it ran this job (dblock requeue-orphans --mode fail)', 'backtrace', json_array())`,
          created_at: NOW,
        },
      },
      { delete: 'claimed' },
    ],
    obstacles: [
      { when: 'details.finished_at IS NOT NULL', because: 'the job has finished: only its claim is left' },
      {
        when: 'EXISTS (SELECT 1 FROM {failed} AS other WHERE other.job_id = claimed.job_id)',
        because: 'the job is among the failed already',
      },
    ],
    lockFailures: {
      table: 'failed',
      joins: 'JOIN {jobs} AS details ON details.id = failed.job_id',
      where: 'details.finished_at IS NULL',
      id: 'failed.job_id',
      queue: 'details.queue_name',
      kind: 'details.class_name',
      observed: ['error'],
      error: 'failed.error',
      failedAt: { sql: 'failed.created_at', format: 'text', zone: 'utc' },
      // FailedExecution#retry, without a semaphore to take again.
      retry: [
        {
          update: 'jobs',
          matching: { column: 'id', is: 'failed.job_id' },
          set: {
            arguments: `CASE WHEN json_valid(arguments) THEN json_set(arguments, '$.executions', 0) ELSE arguments END`,
          },
        },
        { insert: 'ready', matching: { column: 'job_id', is: 'failed.job_id' }, values: READY },
        { delete: 'failed' },
      ],
      obstacles: [
        {
          when: 'details.concurrency_key IS NOT NULL',
          because:
            'its concurrency limit has to be asked for again: SolidQueue::FailedExecution#retry does that',
        },
      ],
    },
  },
  prose: {
    ownRescue:
      'A running supervisor fails the jobs of a process without a heartbeat for 5 minutes (ProcessPrunedError); it does not run them again. While no supervisor runs, nothing happens.',
    ifAlive:
      'It runs twice, and may exceed its concurrency limit. Up to 1.4 the late worker also marks it finished; from 1.5 on it does not.',
  },
});

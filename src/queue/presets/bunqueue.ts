import { definePreset } from '../preset.js';

export const bunqueue = definePreset({
  id: 'bunqueue',
  name: 'bunqueue',
  sources: ['https://www.npmjs.com/package/bunqueue/v/2.9.5'],
  tables: {
    jobs: {
      named: 'jobs',
      columns: [
        ...['id', 'queue', 'data', 'priority', 'created_at', 'run_at', 'started_at', 'completed_at'],
        ...['attempts', 'max_attempts', 'backoff', 'ttl', 'unique_key', 'custom_id', 'depends_on'],
        ...['parent_id', 'state', 'lifo', 'stall_timeout', 'last_heartbeat', 'stall_count'],
      ],
    },
    dlq: { named: 'dlq', columns: ['id', 'job_id', 'queue', 'entry', 'entered_at'], optional: true },
  },
  counts: [
    {
      from: '{jobs}',
      state: `CASE state WHEN 'waiting' THEN 'queued' WHEN 'prioritized' THEN 'queued' WHEN 'delayed' THEN 'delayed'
        WHEN 'waiting-children' THEN 'blocked' WHEN 'active' THEN 'claimed' WHEN 'completed' THEN 'done' WHEN 'failed' THEN 'failed' ELSE 'other' END`,
    },
    { from: '{dlq}', state: `'failed'` },
  ],
  claims: {
    table: 'jobs',
    where: `jobs.state = 'active'`,
    id: 'jobs.id',
    queue: 'jobs.queue',
    observed: ['state', 'attempts', 'stall_count'],
    claimedAt: { sql: 'jobs.started_at', format: 'unix-ms' },
    fenced: false,
    keepsOpen: true,
    attempts: { used: 'jobs.attempts', max: 'jobs.max_attempts', counted: 'at-end' },
  },
  action: {
    kind: 'explains',
    why: 'The broker keeps its queues in memory and only writes them to the file: while it runs, a change of the file is not seen, and may be overwritten.',
    wayOut:
      'Start the broker again: it puts every active job back, counts an attempt and a stall, and moves those without attempts left to the dead letter queue.',
    commands: ['bunqueue start'],
  },
  prose: {
    ownRescue: 'At its start the broker puts every active job back.',
    ifAlive: 'The broker does not notice.',
  },
});

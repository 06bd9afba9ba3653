import { definePreset } from '../preset.js';

export const liteque = definePreset({
  id: 'liteque',
  name: 'liteque (Karakeep)',
  sources: [
    'https://github.com/karakeep-app/liteque/blob/394fe16/src/queue.ts',
    'https://github.com/karakeep-app/liteque/blob/394fe16/src/runner.ts',
  ],
  tables: {
    tasks: {
      named: 'tasks',
      columns: [
        ...['id', 'queue', 'payload', 'createdAt', 'status', 'expireAt', 'allocationId'],
        ...['numRunsLeft', 'maxNumRuns', 'idempotencyKey', 'availableAt'],
      ],
    },
  },
  counts: [
    {
      from: '{tasks}',
      state: `CASE status WHEN 'running' THEN 'claimed' WHEN 'failed' THEN 'failed' WHEN 'pending_retry' THEN 'retryable'
        WHEN 'pending' THEN iif(availableAt > {now:unix-ms}, 'delayed', 'queued') ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'tasks',
    where: `tasks.status = 'running'`,
    id: 'tasks.id',
    queue: 'tasks.queue',
    observed: ['status', 'allocationId', 'numRunsLeft'],
    // There is no time of the claim: the lease is the claim plus the caller's own timeout.
    lease: { sql: 'tasks.expireAt', format: 'unix-s' },
    owner: { sql: 'tasks.allocationId', parse: () => ({ kind: 'opaque' }) },
    fenced: true,
    keepsOpen: true,
    attempts: {
      used: 'tasks.maxNumRuns - tasks.numRunsLeft',
      max: 'tasks.maxNumRuns',
      counted: 'at-claim',
      refund: { numRunsLeft: 'min(tasks.numRunsLeft + 1, tasks.maxNumRuns)' },
    },
  },
  action: {
    kind: 'acts',
    requeue: [
      {
        update: 'tasks',
        set: {
          status: `'pending_retry'`,
          expireAt: 'NULL',
          availableAt: '{now:unix-ms}',
          // A new token: the old worker's finalize matches no row any more.
          allocationId: 'lower(hex(randomblob(6)))',
        },
      },
    ],
    fail: [
      {
        update: 'tasks',
        set: { status: `'failed'`, expireAt: 'NULL', allocationId: 'lower(hex(randomblob(6)))' },
      },
    ],
  },
  work: {
    states: 'status: pending → running → row deleted',
    // attemptDequeue
    waiting: `tasks.status IN ('pending', 'pending_retry') AND (tasks.availableAt IS NULL OR tasks.availableAt <= {now:unix-ms})`,
    order: 'tasks.priority, tasks.createdAt',
    claim: {
      ...{ status: `'running'`, expireAt: '{now:unix-s} + 30', numRunsLeft: 'tasks.numRunsLeft - 1' },
      allocationId: 'lower(hex(randomblob(6)))',
    },
    done: 'delete',
    fail: { status: `'failed'`, expireAt: 'NULL' },
    renew: {
      ...{ status: `'pending'`, availableAt: '{now:unix-ms}', expireAt: 'NULL' },
      numRunsLeft: 'max(tasks.maxNumRuns, 1)',
    },
  },
  prose: {
    ownRescue:
      'The next dequeue takes the job again once expireAt has passed; if no runs are left, it fails the job without running it.',
    ifAlive:
      'It runs twice. The late worker cannot finish the row: its allocationId does not match any more.',
  },
});

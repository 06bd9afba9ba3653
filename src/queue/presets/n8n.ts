import { definePreset } from '../preset.js';

export const n8n = definePreset({
  id: 'n8n',
  name: 'n8n executions',
  sources: [
    'https://github.com/n8n-io/n8n/blob/master/packages/cli/src/executions/execution-recovery.service.ts',
    'https://github.com/n8n-io/n8n/blob/master/packages/@n8n/db/src/entities/execution-entity.ts',
  ],
  tables: {
    executions: {
      named: 'execution_entity',
      columns: [
        ...['id', 'finished', 'mode', 'retryOf', 'retrySuccessId', 'status', 'startedAt', 'stoppedAt'],
        ...['workflowId', 'waitTill'],
      ],
    },
  },
  counts: [
    {
      from: '{executions}',
      state: `CASE status WHEN 'new' THEN 'queued' WHEN 'running' THEN 'claimed' WHEN 'waiting' THEN 'delayed'
        WHEN 'success' THEN 'done' WHEN 'error' THEN 'failed' WHEN 'crashed' THEN 'failed'
        WHEN 'canceled' THEN 'cancelled' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'executions',
    where: `executions.status = 'running'`,
    id: 'executions.id',
    observed: ['status'],
    claimedAt: { sql: 'executions.startedAt', format: 'text', zone: 'utc' },
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'explains',
    why: 'An execution is not a job to run again: from its beginning it would repeat every node that has succeeded, with its effects outside.',
    wayOut:
      'Start n8n: it marks executions that were running as crashed. Then retry those that may be, from the list of executions.',
    commands: ['n8n start'],
  },
  prose: {
    ownRescue: 'At its start n8n marks unfinished executions as crashed, and runs those that are new.',
    ifAlive: 'Its nodes run twice.',
  },
});

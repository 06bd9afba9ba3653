import { type Claims, type Count, definePreset, type TableRule } from '../preset.js';

const NOW = `'{now:YYYY-MM-DDTHH:MM:SS.fffZ}'`;
const DIED = 'The process died while it ran this job (dblock requeue-orphans --mode fail)';

const COLUMNS = [
  ...['id', 'completed_at', 'total_tried', 'has_error', 'error', 'task_slug', 'queue', 'wait_until'],
  ...['updated_at', 'created_at'],
];
const LEASE = ['processing_until', 'processing_token'];

/** `claimed`: when a job that is neither done nor failed is being worked on. */
function countsWhen(claimed: string): Count[] {
  return [
    {
      from: '{jobs}',
      state: `CASE WHEN completed_at IS NOT NULL THEN 'done' WHEN has_error = 1 THEN 'failed' WHEN ${claimed} THEN 'claimed'
        WHEN wait_until > ${NOW} THEN iif(total_tried > 0, 'retryable', 'delayed') ELSE 'queued' END`,
    },
  ];
}

const common: Pick<Claims, 'table' | 'id' | 'queue' | 'kind' | 'attempts'> = {
  table: 'jobs',
  id: 'jobs.id',
  queue: 'jobs.queue',
  kind: 'jobs.task_slug',
  attempts: {
    used: 'jobs.total_tried',
    limitIn: 'retries of the task or workflow in the Payload config',
    counted: 'at-end',
  },
};

const OPEN = 'jobs.completed_at IS NULL AND jobs.has_error IS NOT 1';

/** handleTaskError: what it writes when no retry is left. */
const failed = {
  has_error: '1',
  error: `json_object('name', 'Error', 'cancelled', json('false'), 'message', '${DIED}')`,
  total_tried: 'coalesce(jobs.total_tried, 0) + 1',
  updated_at: NOW,
};

function jobs(columns: readonly string[], without: readonly string[]): TableRule {
  return { named: 'payload_jobs', columns: [...COLUMNS, ...columns], without };
}

export const payload = definePreset({
  id: 'payload',
  name: 'Payload CMS jobs (version 3)',
  sources: [
    'https://github.com/payloadcms/payload/blob/v3.88.0/packages/payload/src/queues/operations/runJobs/index.ts',
    'https://github.com/payloadcms/payload/issues/17645',
  ],
  tables: { jobs: jobs(['processing'], LEASE) },
  counts: countsWhen('processing = 1'),
  claims: {
    ...common,
    where: `jobs.processing = 1 AND ${OPEN}`,
    observed: ['processing', 'completed_at', 'has_error', 'total_tried'],
    // Every change of the job sets it, the claim too: the claim is at least as old.
    claimedAt: { sql: 'jobs.updated_at', format: 'text', zone: 'utc' },
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    // payload_jobs_log stays: a workflow goes on after the tasks that succeeded.
    requeue: [{ update: 'jobs', set: { processing: '0', updated_at: NOW } }],
    fail: [{ update: 'jobs', set: { ...failed, processing: '0' } }],
  },
  work: {
    states: 'processing: 0 → 1 → row deleted',
    // runJobs; deleteJobOnComplete is the default
    waiting: `${OPEN} AND jobs.processing = 0 AND (jobs.wait_until IS NULL OR jobs.wait_until < ${NOW})`,
    order: 'jobs.created_at',
    claim: { processing: '1', updated_at: NOW },
    done: 'delete',
    fail: {
      ...{ processing: '0', has_error: '1', updated_at: NOW },
      total_tried: 'coalesce(jobs.total_tried, 0) + 1',
    },
    renew: {
      ...{ processing: '0', has_error: '0', completed_at: 'NULL', wait_until: 'NULL', error: 'NULL' },
      total_tried: '0',
    },
  },
  prose: {
    ownRescue:
      'None: the job stays processing for ever, and with a concurrency key so does every later job of that key.',
    ifAlive:
      'It runs twice, and both runs append to payload_jobs_log under the same numbers, where the second fails: version 3 does not fence.',
  },
});

export const payloadV4 = definePreset({
  id: 'payload-v4',
  name: 'Payload CMS jobs (version 4)',
  sources: [
    'https://github.com/payloadcms/payload/blob/main/packages/payload/src/queues/operations/runJobs/index.ts',
    'https://github.com/payloadcms/payload/pull/17220',
  ],
  tables: { jobs: jobs(LEASE, []) },
  counts: countsWhen('processing_until IS NOT NULL'),
  claims: {
    ...common,
    where: `jobs.processing_until IS NOT NULL AND ${OPEN}`,
    observed: ['processing_token', 'completed_at', 'has_error', 'total_tried'],
    // A live process renews it every third of its length.
    lease: { sql: 'jobs.processing_until', format: 'text', zone: 'utc' },
    owner: { sql: 'jobs.processing_token', parse: () => ({ kind: 'opaque' }) },
    fenced: true,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'jobs', set: { processing_until: 'NULL', processing_token: 'NULL' } }],
    fail: [{ update: 'jobs', set: { ...failed, processing_until: 'NULL', processing_token: 'NULL' } }],
  },
  work: {
    states: 'processing_until: NULL → time → row deleted',
    waiting: `${OPEN} AND (jobs.processing_until IS NULL OR jobs.processing_until < ${NOW}) AND (jobs.wait_until IS NULL OR jobs.wait_until < ${NOW})`,
    order: 'jobs.created_at',
    claim: {
      processing_until: `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+5 minutes')`,
      ...{ processing_token: `'dblock-stress-{worker:pid}'`, updated_at: NOW },
    },
    done: 'delete',
    fail: {
      ...{ processing_until: 'NULL', processing_token: 'NULL', has_error: '1', updated_at: NOW },
      total_tried: 'coalesce(jobs.total_tried, 0) + 1',
    },
    renew: {
      ...{ processing_until: 'NULL', processing_token: 'NULL', has_error: '0', completed_at: 'NULL' },
      ...{ wait_until: 'NULL', error: 'NULL', total_tried: '0' },
    },
  },
  prose: {
    ownRescue: 'The next run of the queue takes the job again once processing_until has passed.',
    ifAlive:
      'The late process stops when it notices that processing_token is no longer its own; until then the job runs twice.',
  },
});

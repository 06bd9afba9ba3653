import { definePreset, type TableRule } from '../preset.js';

const SOURCES = ['https://github.com/justplainstuff/plainjob/blob/e13a567/src/queue.ts'];

const jobs: TableRule = {
  named: 'plainjob_jobs',
  columns: ['id', 'type', 'data', 'status', 'failed_at', 'error', 'next_run_at', 'created_at'],
  exactly: true,
};
const schedules: TableRule = {
  named: 'plainjob_scheduled_jobs',
  columns: ['id', 'type', 'status', 'cron_expression', 'next_run_at', 'created_at'],
  exactly: true,
};

export const plainjob = definePreset({
  id: 'plainjob',
  name: 'plainjob',
  sources: SOURCES,
  tables: { jobs, schedules },
  counts: [
    {
      from: '{jobs}',
      // JobStatus: Pending, Processing, Done, Failed
      state: `CASE status WHEN 0 THEN iif(next_run_at > {now:unix-ms}, 'delayed', 'queued') WHEN 1 THEN 'claimed' WHEN 2 THEN 'done' WHEN 3 THEN 'failed' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'jobs',
    where: 'jobs.status = 1',
    id: 'jobs.id',
    queue: 'jobs.type',
    kind: 'jobs.type',
    // next_run_at is when it was due, not when it was taken.
    observed: ['status', 'next_run_at'],
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'jobs', set: { status: '0', next_run_at: '{now:unix-ms}' } }],
    // markJobAsFailed
    fail: [
      {
        update: 'jobs',
        set: {
          status: '3',
          failed_at: '{now:unix-ms}',
          error: `'The worker died while it ran this job (dblock requeue-orphans --mode fail)'`,
        },
      },
    ],
  },
  work: {
    states: 'status: 0 (pending) → 1 (processing) → 2 (done)',
    // getAndMarkJobAsProcessing, and the index that serves it
    waiting: 'jobs.status = 0 AND jobs.next_run_at <= {now:unix-ms}',
    order: 'jobs.next_run_at',
    claim: { status: '1' },
    done: { status: '2' },
    fail: { status: '3', failed_at: '{now:unix-ms}', error: `'database is locked'` },
    renew: { status: '0', next_run_at: '{now:unix-ms}', failed_at: 'NULL', error: 'NULL' },
  },
  prose: {
    ownRescue:
      'An open queue puts jobs back every minute that were due more than 30 minutes ago, whether their worker lives or not: a job that waited so long is put back the moment it starts.',
    ifAlive: 'It runs twice, and whoever finishes last decides: plainjob does not fence.',
  },
});

export const plainjobSchedule = definePreset({
  id: 'plainjob-schedule',
  name: `plainjob's cron entries`,
  sources: SOURCES,
  tables: { schedules, jobs },
  counts: [
    {
      from: '{schedules}',
      state: `CASE status WHEN 0 THEN 'delayed' WHEN 1 THEN 'claimed' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'schedules',
    rowsAre: { one: 'cron entry', many: 'cron entries', freed: 'released' },
    // Between getAndMarkScheduledJobAsProcessing and markScheduledJobAsIdle lies no job, only a crash.
    where: 'schedules.status = 1',
    id: 'schedules.id',
    kind: 'schedules.type',
    observed: ['status', 'next_run_at'],
    fenced: false,
    keepsOpen: true,
  },
  action: { kind: 'acts', requeue: [{ update: 'schedules', set: { status: '0' } }] },
  prose: {
    ownRescue: 'None: the cron entry never fires again.',
    ifAlive: 'The entry may fire twice.',
  },
});

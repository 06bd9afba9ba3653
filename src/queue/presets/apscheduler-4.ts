import { definePreset } from '../preset.js';

export const apscheduler4 = definePreset({
  id: 'apscheduler-4',
  name: 'APScheduler 4 (SQLAlchemy data store)',
  sources: ['https://github.com/agronholm/apscheduler/blob/master/src/apscheduler/datastores/sqlalchemy.py'],
  tables: {
    jobs: {
      named: 'jobs',
      columns: [
        ...['id', 'task_id', 'args', 'kwargs', 'schedule_id', 'scheduled_fire_time', 'jitter'],
        ...['start_deadline', 'result_expiration_time', 'created_at', 'acquired_by', 'acquired_until'],
      ],
    },
    tasks: {
      named: 'tasks',
      columns: ['id', 'func', 'max_running_jobs', 'misfire_grace_time', 'running_jobs'],
    },
    schedules: {
      named: 'schedules',
      columns: ['id', 'task_id', 'trigger', 'coalesce', 'next_fire_time', 'acquired_by', 'acquired_until'],
    },
  },
  counts: [{ from: '{jobs}', state: `iif(acquired_by IS NULL, 'queued', 'claimed')` }],
  claims: {
    table: 'jobs',
    where: 'jobs.acquired_by IS NOT NULL',
    id: 'jobs.id',
    kind: 'jobs.task_id',
    observed: ['acquired_by', 'acquired_until'],
    owner: { sql: 'jobs.acquired_by', parse: () => ({ kind: 'opaque' }) },
    fenced: false,
    // SQLAlchemy 2 keeps the connections of a file in a pool.
    keepsOpen: true,
  },
  action: {
    kind: 'explains',
    why: 'A job is leased for 30 seconds, and counted in running_jobs of its task: both have to change together, and the scheduler does that.',
    wayOut:
      'Start a scheduler: it ends the jobs whose lease has expired as abandoned. Add those again that are to run.',
    commands: [],
  },
  prose: {
    ownRescue:
      'A running scheduler gives jobs whose lease has expired the outcome "abandoned"; it does not run them again.',
    ifAlive: 'It runs twice.',
  },
});

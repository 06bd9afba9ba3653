import { definePreset } from '../preset.js';

export const djangoQ2 = definePreset({
  id: 'django-q2',
  name: 'Django Q2 (ORM broker)',
  sources: ['https://github.com/django-q2/django-q2/blob/fa935f8/django_q/brokers/orm.py'],
  tables: {
    queue: { named: 'django_q_ormq', columns: ['id', 'key', 'payload', 'lock'], exactly: true },
    tasks: {
      named: 'django_q_task',
      columns: ['id', 'name', 'func', 'hook', 'args', 'kwargs', 'result', 'started', 'stopped', 'success'],
    },
  },
  counts: [
    {
      from: '{queue}',
      // Until lock has passed nobody else takes it; those that a cluster has fetched ahead look the same.
      state: `iif(lock > '{now:YYYY-MM-DD HH:MM:SS.ffffff}', 'claimed', 'queued')`,
    },
    { from: '{tasks}', state: `iif(success, 'done', 'failed')` },
  ],
  action: {
    kind: 'explains',
    why: 'A task that a cluster takes is hidden for the seconds of retry (60 by default) and then taken again by itself.',
    wayOut:
      'Start a cluster, and wait for retry. If tasks come back while they still run, retry is shorter than they need: set it above timeout.',
    commands: ['python manage.py qcluster'],
  },
  prose: {
    ownRescue: 'A cluster takes the task again when lock has passed: retry seconds after it was taken.',
    ifAlive: 'It runs twice.',
  },
});

import { definePreset } from '../preset.js';

/** As Django writes times; UTC with USE_TZ, which its project template sets. */
const NOW = `'{now:YYYY-MM-DD HH:MM:SS.ffffff}'`;

export const djangoTasks = definePreset({
  id: 'django-tasks',
  name: 'django-tasks (database backend)',
  sources: [
    'https://github.com/RealOrangeOne/django-tasks-db/blob/c7230a3/django_tasks_db/models.py',
    'https://github.com/RealOrangeOne/django-tasks/issues/46',
  ],
  tables: {
    tasks: {
      named: 'django_tasks_database_dbtaskresult',
      columns: [
        ...[
          'id',
          'status',
          'enqueued_at',
          'started_at',
          'finished_at',
          'args_kwargs',
          'priority',
          'task_path',
        ],
        ...['worker_ids', 'queue_name', 'backend_name', 'run_after', 'return_value'],
        ...['exception_class_path', 'traceback'],
      ],
    },
  },
  counts: [
    {
      from: '{tasks}',
      // A run_after in the year 9999 means at once. The last two names are those of older versions.
      state: `CASE status WHEN 'READY' THEN iif(run_after > ${NOW} AND run_after < '9999-01-01', 'delayed', 'queued')
        WHEN 'RUNNING' THEN 'claimed' WHEN 'FAILED' THEN 'failed' WHEN 'SUCCESSFUL' THEN 'done'
        WHEN 'SUCCEEDED' THEN 'done' WHEN 'COMPLETE' THEN 'done' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'tasks',
    where: `tasks.status = 'RUNNING'`,
    id: 'tasks.id',
    queue: 'tasks.queue_name',
    kind: 'tasks.task_path',
    observed: ['status', 'worker_ids'],
    claimedAt: { sql: 'tasks.started_at', format: 'text', zone: 'utc' },
    owner: {
      sql: `CASE WHEN json_valid(tasks.worker_ids) THEN json_extract(tasks.worker_ids, '$[#-1]') END`,
      parse: () => ({ kind: 'opaque' }),
    },
    fenced: false,
    // db_worker closes old connections between tasks, not during one.
    keepsOpen: true,
    // worker_ids is the history of its runs, which stays; there is no limit, hence nothing to give back.
    attempts: {
      used: 'CASE WHEN json_valid(tasks.worker_ids) THEN json_array_length(tasks.worker_ids) END',
      limitIn: 'no setting: django-tasks does not retry',
      counted: 'at-claim',
    },
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'tasks', set: { status: `'READY'`, started_at: 'NULL', finished_at: 'NULL' } }],
    // DBTaskResult.set_failed
    fail: [
      {
        update: 'tasks',
        set: {
          status: `'FAILED'`,
          finished_at: NOW,
          exception_class_path: `'builtins.RuntimeError'`,
          traceback: `'The worker died while it ran this task (dblock requeue-orphans --mode fail)'`,
          return_value: 'NULL',
        },
      },
    ],
    lockFailures: {
      table: 'tasks',
      where: `tasks.status = 'FAILED'`,
      id: 'tasks.id',
      queue: 'tasks.queue_name',
      kind: 'tasks.task_path',
      observed: ['status', 'worker_ids'],
      error: 'tasks.traceback',
      failedAt: { sql: 'tasks.finished_at', format: 'text', zone: 'utc' },
      // There is no retry command: as the row was when it was enqueued, but for the history in worker_ids. Both
      // columns of the error are NOT NULL, and empty without one.
      retry: [
        {
          update: 'tasks',
          set: {
            status: `'READY'`,
            started_at: 'NULL',
            finished_at: 'NULL',
            exception_class_path: `''`,
            traceback: `''`,
          },
        },
      ],
    },
  },
  work: {
    states: 'status: READY → RUNNING → SUCCESSFUL',
    // DBTaskResultQuerySet.ready, and the index that serves it
    waiting: `tasks.status = 'READY' AND (tasks.run_after <= ${NOW} OR tasks.run_after >= '9999-01-01')`,
    order: 'tasks.priority DESC, tasks.run_after',
    claim: {
      ...{ status: `'RUNNING'`, started_at: NOW },
      worker_ids: `json_insert(tasks.worker_ids, '$[#]', 'dblock-stress-{worker:pid}')`,
    },
    done: { status: `'SUCCESSFUL'`, finished_at: NOW, return_value: `'null'` },
    fail: { status: `'FAILED'`, finished_at: NOW, traceback: `'database is locked'` },
    renew: {
      ...{ status: `'READY'`, started_at: 'NULL', finished_at: 'NULL', run_after: NOW, worker_ids: `'[]'` },
      ...{ return_value: 'NULL', exception_class_path: `''`, traceback: `''` },
    },
  },
  prose: {
    ownRescue:
      'None: a task whose worker died stays RUNNING for ever, and so does one whose worker could not write its result because the database was locked.',
    ifAlive: 'It runs twice, and whoever finishes last writes the result: django-tasks does not fence.',
  },
});

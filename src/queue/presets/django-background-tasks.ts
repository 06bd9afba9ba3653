import { definePreset } from '../preset.js';

/** As Django writes times; UTC with USE_TZ, which its project template sets. */
const NOW = `'{now:YYYY-MM-DD HH:MM:SS.ffffff}'`;

const COLUMNS = [
  ...['id', 'task_name', 'task_params', 'task_hash', 'priority', 'run_at', 'repeat', 'repeat_until', 'queue'],
  ...['attempts', 'failed_at', 'last_error', 'locked_by', 'locked_at', 'verbose_name'],
  ...['creator_object_id', 'creator_content_type_id'],
];

/** What create_completed_task copies as it is. */
const KEPT = [
  ...['task_name', 'task_params', 'task_hash', 'priority', 'queue', 'locked_by', 'locked_at'],
  ...['verbose_name', 'creator_object_id', 'creator_content_type_id', 'repeat', 'repeat_until'],
];

export const djangoBackgroundTasks = definePreset({
  id: 'django-background-tasks',
  name: 'django-background-tasks',
  sources: [
    'https://github.com/django-background-tasks/django-background-tasks/blob/8b59a7e/background_task/models.py',
    'https://github.com/meeb/tubesync/issues/252',
  ],
  tables: {
    tasks: { named: 'background_task', columns: COLUMNS },
    // The same columns, locks included: only the name tells it from the queue.
    completed: { named: 'background_task_completedtask', columns: COLUMNS, optional: true },
  },
  counts: [
    {
      from: '{tasks}',
      state: `CASE WHEN failed_at IS NOT NULL THEN 'failed' WHEN locked_by IS NOT NULL THEN 'claimed'
        WHEN run_at > ${NOW} THEN iif(attempts > 0, 'retryable', 'delayed') ELSE 'queued' END`,
    },
    { from: '{completed}', state: `iif(failed_at IS NULL, 'done', 'failed')` },
  ],
  claims: {
    table: 'tasks',
    where: 'tasks.locked_by IS NOT NULL AND tasks.failed_at IS NULL',
    id: 'tasks.id',
    queue: 'tasks.queue',
    kind: 'tasks.task_name',
    observed: ['attempts', 'failed_at'],
    claimedAt: { sql: 'tasks.locked_at', format: 'text', zone: 'utc' },
    owner: {
      sql: 'tasks.locked_by',
      parse: (text) =>
        /^\d+$/.test(text) ? { kind: 'process', pid: Number(text), host: null } : { kind: 'opaque' },
    },
    timeout: { ms: 3_600_000, setting: 'MAX_RUN_TIME' },
    fenced: false,
    // With BACKGROUND_TASK_RUN_ASYNC the connection that claimed is not the one of the task.
    keepsOpen: false,
    attempts: { used: 'tasks.attempts', limitIn: 'MAX_ATTEMPTS (25 by default)', counted: 'at-end' },
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'tasks', set: { locked_by: 'NULL', locked_at: 'NULL' } }],
    // Task.reschedule without attempts left: increment_attempts, create_completed_task, delete
    fail: [
      {
        insert: 'completed',
        // Nothing refers to the task that it was; the lock is of this one run.
        matching: {
          column: 'task_hash',
          is: 'tasks.task_hash',
          and: { locked_by: 'tasks.locked_by', locked_at: 'tasks.locked_at' },
        },
        values: {
          ...Object.fromEntries(KEPT.map((column) => [column, `tasks.${column}`])),
          run_at: NOW,
          attempts: 'tasks.attempts + 1',
          failed_at: NOW,
          last_error: `'The worker died while it ran this task (dblock requeue-orphans --mode fail)'`,
        },
      },
      { delete: 'tasks' },
    ],
  },
  work: {
    states: 'locked_by: NULL → pid → row deleted',
    // TaskManager.find_available; the copy in background_task_completedtask is not made
    waiting: `tasks.locked_by IS NULL AND tasks.failed_at IS NULL AND tasks.run_at <= ${NOW}`,
    order: 'tasks.priority DESC, tasks.run_at',
    claim: { locked_by: `'{worker:pid}'`, locked_at: NOW },
    done: 'delete',
    fail: 'delete',
    renew: {
      ...{ locked_by: 'NULL', locked_at: 'NULL', failed_at: 'NULL' },
      ...{ run_at: NOW, attempts: '0', last_error: `''` },
    },
  },
  prose: {
    ownRescue:
      'A worker takes the task again once locked_at is older than MAX_RUN_TIME (1 hour by default). With BACKGROUND_TASK_RUN_ASYNC the dead locks count against the threads, so that none may be left to do so.',
    ifAlive:
      'It runs twice, and the first worker deletes the row when it is done: django-background-tasks does not fence.',
  },
});

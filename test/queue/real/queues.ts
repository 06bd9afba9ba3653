import { pythonScript, type Queue, script } from './queue-program.js';

/** Their own code, from Debian or npm. */
export const realQueues: readonly Queue[] = [
  {
    preset: 'laravel',
    needs: ['linux', 'laravel-queue'],
    command: script('php', 'laravel.php'),
    claimed: 'SELECT id FROM jobs WHERE reserved_at IS NOT NULL',
    unfinished: 'SELECT id FROM jobs',
    namesItsProcess: false,
  },
  {
    preset: 'symfony-messenger',
    needs: ['linux', 'symfony-messenger'],
    command: script('php', 'symfony_messenger.php'),
    claimed: 'SELECT id FROM messenger_messages WHERE delivered_at IS NOT NULL',
    unfinished: 'SELECT id FROM messenger_messages',
    namesItsProcess: false,
  },
  {
    preset: 'delayed-job',
    needs: ['linux', 'delayed-job'],
    command: script('ruby', 'delayed_job.rb'),
    claimed: 'SELECT id FROM delayed_jobs WHERE locked_by IS NOT NULL',
    unfinished: 'SELECT id FROM delayed_jobs',
    namesItsProcess: true,
  },
  {
    preset: 'liteque',
    needs: ['linux'],
    command: script('node', 'liteque.mjs'),
    claimed: `SELECT id FROM tasks WHERE status = 'running'`,
    unfinished: 'SELECT id FROM tasks',
    namesItsProcess: false,
  },
  {
    preset: 'plainjob',
    needs: ['linux'],
    command: script('node', 'plainjob.mjs'),
    claimed: 'SELECT id FROM plainjob_jobs WHERE status = 1',
    unfinished: 'SELECT id FROM plainjob_jobs WHERE status <> 2',
    namesItsProcess: false,
  },
  {
    preset: 'persist-queue',
    needs: ['linux', 'persist-queue'],
    command: pythonScript('persist_queue.py', 'persistqueue'),
    claimed: 'SELECT _id FROM ack_queue_default WHERE status = 2',
    unfinished: 'SELECT _id FROM ack_queue_default WHERE status <> 5',
    namesItsProcess: false,
  },
];

const played = (preset: string) => ({
  ...{ preset, needs: ['linux'] as const, namesItsProcess: false },
  command: script('node', 'played.mjs', preset),
});

/** Their schema and their statements, in a process of ours: they do not run here. */
export const playedQueues: readonly Queue[] = [
  {
    ...played('solid-queue'),
    claimed: 'SELECT job_id FROM solid_queue_claimed_executions',
    unfinished: 'SELECT id FROM solid_queue_jobs WHERE finished_at IS NULL',
    namesItsProcess: true,
  },
  {
    ...played('nextcloud'),
    claimed: 'SELECT id FROM oc_jobs WHERE reserved_at <> 0',
    unfinished: 'SELECT id FROM oc_jobs WHERE last_run = 0',
  },
  {
    ...played('payload'),
    claimed: 'SELECT id FROM payload_jobs WHERE processing',
    unfinished: 'SELECT id FROM payload_jobs',
  },
  {
    ...played('django-tasks'),
    claimed: `SELECT id FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'`,
    unfinished: `SELECT id FROM django_tasks_database_dbtaskresult WHERE status <> 'SUCCESSFUL'`,
  },
  {
    ...played('django-background-tasks'),
    claimed: 'SELECT id FROM background_task WHERE locked_by IS NOT NULL',
    unfinished: 'SELECT id FROM background_task',
    namesItsProcess: true,
  },
  {
    ...played('oban-lite'),
    claimed: `SELECT id FROM oban_jobs WHERE state = 'executing'`,
    unfinished: `SELECT id FROM oban_jobs WHERE state <> 'completed'`,
  },
  {
    ...played('river'),
    claimed: `SELECT id FROM river_job WHERE state = 'running'`,
    unfinished: `SELECT id FROM river_job WHERE state <> 'completed'`,
  },
  {
    ...played('sidequest'),
    claimed: `SELECT id FROM sidequest_jobs WHERE state IN ('claimed', 'running')`,
    unfinished: `SELECT id FROM sidequest_jobs WHERE state <> 'completed'`,
    namesItsProcess: true,
  },
  {
    ...played('litequeue'),
    claimed: 'SELECT message_id FROM Queue WHERE status = 1',
    unfinished: 'SELECT message_id FROM Queue WHERE status <> 2',
  },
];

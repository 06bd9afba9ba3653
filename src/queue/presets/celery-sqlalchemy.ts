import { definePreset } from '../preset.js';

export const celerySqlalchemy = definePreset({
  id: 'celery-sqlalchemy',
  name: 'Celery (SQLAlchemy transport)',
  sources: [
    'https://github.com/celery/kombu/blob/v5.6.2/kombu/transport/sqlalchemy/__init__.py',
    'https://github.com/celery/kombu/blob/v5.6.2/kombu/transport/sqlalchemy/models.py',
  ],
  tables: {
    messages: {
      named: 'kombu_message',
      columns: ['id', 'visible', 'timestamp', 'payload', 'version', 'queue_id'],
      exactly: true,
    },
    queues: { named: 'kombu_queue', columns: ['id', 'name'], exactly: true },
  },
  counts: [{ from: '{messages}', state: `iif(visible, 'queued', 'other')` }],
  // A message turns invisible when it is taken, and stays so when it is done.
  action: {
    kind: 'explains',
    why: 'The transport hides a message when a worker takes it, and never deletes it: one that is done and one whose worker died look the same.',
    wayOut:
      'A worker that stops in order puts its unacknowledged messages back; one that was killed cannot. Find its tasks in the result backend, and send those again. With acks_late a broker such as Redis or RabbitMQ would deliver them again.',
    commands: [],
  },
  prose: {
    ownRescue: 'None after a kill.',
    ifAlive: 'It runs twice.',
  },
});

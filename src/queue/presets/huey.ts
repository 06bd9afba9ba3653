import { definePreset } from '../preset.js';

export const huey = definePreset({
  id: 'huey',
  name: 'Huey (SqliteStorage)',
  sources: ['https://github.com/coleifer/huey/blob/358bdc5/huey/storage.py'],
  tables: {
    kv: { named: 'kv', columns: ['queue', 'key', 'value'], exactly: true },
    task: { named: 'task', columns: ['id', 'queue', 'data', 'priority'], exactly: true },
    schedule: { named: 'schedule', columns: ['id', 'queue', 'data', 'timestamp'], exactly: true },
  },
  counts: [
    { from: '{task}', state: `'queued'` },
    { from: '{schedule}', state: `'delayed'` },
  ],
  // What a dead consumer leaves: the key of each lock_task that it held.
  claims: {
    table: 'kv',
    where: `substr(kv.key, 1, length(kv.queue) + 6) = kv.queue || '.lock.'`,
    id: 'kv.key',
    queue: 'kv.queue',
    observed: ['value'],
    fenced: false,
  },
  action: {
    kind: 'explains',
    why: 'Huey deletes a task when a consumer takes it: what a dead consumer was running is gone, and there is nothing to requeue. Only the key of its lock_task is left, and keeps every later task of that lock from running.',
    wayOut:
      'Once no consumer has the file open, delete the keys of locks listed above, or let the next consumer do it. Enqueue the lost task again.',
    commands: [
      'huey_consumer.py my_app.huey --flush-locks',
      `sqlite3 DATABASE "DELETE FROM kv WHERE substr(key, 1, length(queue) + 6) = queue || '.lock.'"`,
    ],
  },
  prose: {
    ownRescue: 'None, unless the consumer is started with --flush-locks.',
    ifAlive: 'A second task of the same lock runs beside the first.',
  },
});

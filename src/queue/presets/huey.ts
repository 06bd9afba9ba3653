import { definePreset } from '../preset.js';

export const huey = definePreset({
  id: 'huey',
  name: 'Huey (SqliteStorage)',
  sources: ['https://github.com/coleifer/huey/blob/358bdc5/huey/storage.py'],
  tables: {
    kv: { named: 'kv', columns: ['queue', 'key', 'value'], exactly: true },
    // The same columns.
    counter: { named: 'counter', columns: ['queue', 'key', 'value'], exactly: true, optional: true },
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
    rowsAre: { one: 'lock of lock_task', many: 'locks of lock_task', freed: 'removed' },
    where: `substr(kv.key, 1, length(kv.queue) + 6) = kv.queue || '.lock.'`,
    id: 'kv.key',
    queue: 'kv.queue',
    observed: ['value'],
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    // As `huey_consumer --flush-locks` does at its start.
    requeue: [{ delete: 'kv' }],
    note: 'Huey deletes a task when a consumer takes it: what a dead consumer was running is gone, and cannot be requeued. Enqueue it again. Only the lock of its lock_task is left, and keeps every later task of that lock from running.',
  },
  prose: {
    ownRescue: 'None, unless the consumer is started with --flush-locks.',
    ifAlive: 'A second task of the same lock runs beside the first.',
  },
});

import { definePreset } from '../preset.js';

export const persistQueue = definePreset({
  id: 'persist-queue',
  name: 'persist-queue (SQLiteAckQueue)',
  sources: ['https://github.com/peter-wangxu/persist-queue/blob/4610732/persistqueue/sqlackqueue.py'],
  tables: {
    // ack_queue_NAME, ack_filo_queue_NAME, ack_unique_queue_NAME; the columns are fixed.
    items: {
      named: 'ack_queue_default',
      columns: ['_id', 'data', 'timestamp', 'status'],
      exactly: true,
    },
  },
  counts: [
    {
      from: '{items}',
      // AckStatus: inited, ready, unack, acked, ack_failed
      state: `CASE status WHEN 0 THEN 'queued' WHEN 1 THEN 'queued' WHEN 2 THEN 'claimed' WHEN 5 THEN 'done' WHEN 9 THEN 'failed' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'items',
    where: 'items.status = 2',
    id: 'items._id',
    // timestamp is when the item was put: nothing says when it was taken, or by whom.
    observed: ['status'],
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'items', set: { status: '1' } }],
    fail: [{ update: 'items', set: { status: '9' } }],
  },
  work: {
    states: 'status: 1 (ready) → 2 (unack) → 5 (acked)',
    waiting: 'items.status < 2',
    order: 'items._id',
    claim: { status: '2' },
    done: { status: '5' },
    fail: { status: '9' },
    renew: { status: '1' },
  },
  prose: {
    ownRescue:
      'Every new SQLiteAckQueue on the file puts all items back that are not acknowledged, those of other live processes too, unless it was made with auto_resume=False.',
    ifAlive:
      'Another worker gets the item as well, and either of them marks it: persist-queue does not fence.',
  },
});

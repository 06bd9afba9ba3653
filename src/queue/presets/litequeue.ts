import { definePreset } from '../preset.js';

export const litequeue = definePreset({
  id: 'litequeue',
  name: 'litequeue (Python)',
  sources: ['https://github.com/litements/litequeue/blob/0ef0971/src/litequeue/__init__.py'],
  tables: {
    messages: {
      named: 'Queue',
      columns: ['data', 'message_id', 'status', 'in_time', 'lock_time', 'done_time'],
      exactly: true,
    },
  },
  counts: [
    {
      from: '{messages}',
      // MessageStatus: READY, LOCKED, DONE, FAILED
      state: `CASE status WHEN 0 THEN 'queued' WHEN 1 THEN 'claimed' WHEN 2 THEN 'done' WHEN 3 THEN 'failed' ELSE 'other' END`,
    },
  ],
  claims: {
    table: 'messages',
    where: 'messages.status = 1',
    id: 'messages.message_id',
    observed: ['status'],
    claimedAt: { sql: 'messages.lock_time', format: 'unix-ns' },
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'messages', set: { status: '0', lock_time: 'NULL', done_time: 'NULL' } }],
    fail: [{ update: 'messages', set: { status: '3', done_time: '{now:unix-ns}' } }],
  },
  work: {
    states: 'status: 0 (READY) → 1 (LOCKED) → 2 (DONE)',
    // LiteQueue.pop
    waiting: 'messages.status = 0',
    order: 'messages.rowid',
    claim: { status: '1', lock_time: '{now:unix-ns}' },
    done: { status: '2', done_time: '{now:unix-ns}' },
    fail: { status: '3', done_time: '{now:unix-ns}' },
    renew: { status: '0', lock_time: 'NULL', done_time: 'NULL' },
  },
  prose: {
    ownRescue:
      'None by itself: the application may call list_locked(seconds), and retry() for each message of it.',
    ifAlive: 'It is handled twice; whoever calls done() last decides: litequeue does not fence.',
  },
});

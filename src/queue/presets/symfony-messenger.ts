import { definePreset } from '../preset.js';

/** As doctrine writes times; UTC since 6.4. */
const NOW = `'{now:YYYY-MM-DD HH:MM:SS}'`;

export const symfonyMessenger = definePreset({
  id: 'symfony-messenger',
  name: 'Symfony Messenger (Doctrine transport)',
  sources: [
    'https://github.com/symfony/doctrine-messenger/blob/227cbb2/Transport/Connection.php',
    'https://github.com/symfony/doctrine-messenger/commit/4236c40',
  ],
  tables: {
    messages: {
      named: 'messenger_messages',
      columns: ['id', 'body', 'headers', 'queue_name', 'created_at', 'available_at', 'delivered_at'],
    },
  },
  counts: [
    // Which of them are delayed depends on the zone of available_at, which the database does not say.
    { from: '{messages}', state: `iif(delivered_at IS NULL, 'queued', 'claimed')` },
  ],
  claims: {
    table: 'messages',
    where: 'messages.delivered_at IS NOT NULL',
    id: 'messages.id',
    queue: 'messages.queue_name',
    kind: `CASE WHEN json_valid(messages.headers) THEN json_extract(messages.headers, '$.type') END`,
    observed: ['available_at'],
    // UTC since 6.4 and 7.0; PHP's own zone before.
    claimedAt: { sql: 'messages.delivered_at', format: 'text', zone: 'ask' },
    timeout: { ms: 3_600_000, setting: 'redeliver_timeout of the transport' },
    fenced: false,
    keepsOpen: true,
  },
  action: {
    kind: 'acts',
    requeue: [{ update: 'messages', set: { delivered_at: 'NULL' } }],
  },
  work: {
    states: 'delivered_at: NULL → time → row deleted',
    // Connection::createAvailableMessagesQueryBuilder
    waiting: `messages.delivered_at IS NULL AND messages.available_at <= ${NOW}`,
    order: 'messages.available_at',
    claim: { delivered_at: NOW },
    done: 'delete',
    fail: 'delete',
    renew: { delivered_at: 'NULL', available_at: NOW },
  },
  prose: {
    ownRescue:
      'A consumer takes the message again once delivered_at is older than redeliver_timeout (1 hour by default).',
    ifAlive:
      'It is handled twice, and the first consumer deletes the row when it acknowledges: Messenger does not fence.',
  },
});

/** What the report of a queue adds in sentences. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { BoundQueue } from './bind.js';
import type { Wish } from './plan.js';
import type { QueueReport } from './shapes.js';
import { sideEffectNotes } from './side-effects.js';

/** What a proof by descriptors does not see. */
const NOBODY_NOTE =
  'That nobody has the database open is told by this host and of these moments: it says nothing of other hosts, of containers with a /proc of their own, and of a job that closes the connection of its worker.';

/** Of a table of one's own only its owner can say it. */
const KEEPS_OPEN_NOTE =
  'If its workers keep the database open while they run a job, say so with --keeps-open, or "keeps_open": true in the configuration: then that nobody has it open proves them gone.';

export function notesOn(
  connection: RowConnection,
  queue: BoundQueue,
  wish: Wish,
  found: Pick<QueueReport, 'orphans' | 'unknown' | 'exhausted' | 'lockFailures'>,
): string[] {
  const { action, claims, id } = queue.preset;
  const { orphans, unknown } = found;
  return [
    ...(orphans.examples.some(({ proof }) => proof === 'nobody-attached') ? [NOBODY_NOTE] : []),
    ...(id === 'generic' && unknown.count > 0 && !claims?.keepsOpen ? [KEEPS_OPEN_NOTE] : []),
    ...(action.kind === 'acts' && action.note !== undefined ? [action.note] : []),
    ...sideEffectNotes(connection, queue, wish, found),
  ];
}

/** What a crash left, and what opening the database would do with it. */
import { everAttachedPids } from '../../doctor/attachment.js';
import { lastSample } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { formatBytes } from '../../units.js';

/** A sentence; `null`: opening changes nothing by itself. */
export function whatOpeningDoes(evidence: Evidence): string | null {
  const { wal, journal } = lastSample(evidence);
  if (everAttachedPids(evidence).length > 0) return null;
  if (journal?.content.kind === 'active') {
    return 'A crash left a transaction half written: opening the database rolls it back by the journal beside it.';
  }
  if (wal === null || wal.file.bytes === 0) return null;
  return `Nobody has the database open, and a crash left a WAL of ${formatBytes(wal.file.bytes)} beside it: opening it applies what was committed there, and closing it moves that into the database and deletes the WAL.`;
}

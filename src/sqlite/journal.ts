import type { JournalState } from './shapes.js';

export type JournalParse = Exclude<JournalState['content'], { kind: 'unreadable' }>;

/**
 * A journal whose first byte is zero has nothing to roll back: its header was zeroed by a commit
 * (journal_mode=PERSIST) or is not yet synced (pager.c, hasHotJournal).
 */
export function parseJournal(firstByte: Buffer): JournalParse {
  if (firstByte.length === 0) return { kind: 'empty' };
  return { kind: firstByte[0] === 0 ? 'zeroed' : 'active' };
}

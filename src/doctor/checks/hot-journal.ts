import type { JournalState } from '../../sqlite/shapes.js';
import { type Bytes, formatBytes, formatDuration, type Milliseconds, type Pid } from '../../units.js';
import { mayUseSqlite } from '../attachment.js';
import { defineCheck, facts, inapplicable, type Remedy, skipped } from '../check.js';
import { descriptorsOf, firstSample, holders, lastSample, locksView, nameProcesses } from '../questions.js';
import { saveTogetherCommand, sqlite3Command } from '../quote.js';
import { offered, type Repair, withheld } from '../repair/rule.js';
import type { Evidence, Sample } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly journalPath: string;
  readonly journalState: 'absent' | 'empty' | 'zeroed' | 'active' | 'changing';
  readonly journalBytes: Bytes;
  readonly journalAgeMs: Milliseconds;
  readonly writerPids: readonly Pid[];
  /** They keep SHARED: the rollback, which needs EXCLUSIVE, waits for them. */
  readonly readerPids: readonly Pid[];
  readonly readers: string;
  /** They have the journal open without a lock that would protect it. */
  readonly unlockedPids: readonly Pid[];
  readonly unlocked: string;
}

export const hotJournal = defineCheck<Facts>({
  id: 'hot-journal',
  title: 'An interrupted transaction waits to be rolled back',
  severity: 'warning',
  group: 'files',
  why: 'A program died in the middle of a transaction and left its rollback journal behind. The database file may be half written; the journal holds what is needed to undo that. The next connection that may write does it before anything else: until then read-only connections fail, and if the journal is deleted or left behind in a copy, the database is corrupt.',
  sources: [
    'https://www.sqlite.org/lockingv3.html#hot_journals',
    'https://www.sqlite.org/howtocorrupt.html',
    'pager.c: hasHotJournal',
  ],
  guide: {
    meaning:
      'There is a -journal file that would be rolled back: it is not empty, does not begin with zeros, did not change between the looks, and nobody holds RESERVED, PENDING or EXCLUSIVE.',
    certainty:
      'As sure as SQLite itself is, which judges in the same way. If not every process can be seen, dblock says so instead.',
    now: {
      text: 'Keep a copy of both files, then open the database once with write permission, as the user of the application: any read rolls the transaction back. Never delete the journal.',
      commands: [
        'mkdir saved && cp -p app.db app.db-journal saved/',
        "sqlite3 app.db 'PRAGMA user_version;'",
      ],
    },
    later: 'Find out what killed the writer. Copy and restore a database together with its journal.',
  },
  inspect({ evidence }) {
    const sample = lastSample(evidence);
    if (!sample.header) return inapplicable('the database has 0 bytes: there is nothing to roll back');
    const content = sample.journal?.content;
    if (content?.kind === 'unreadable') return skipped(`the journal cannot be read: ${content.reason}`);
    const view = locksView(evidence);
    const found = factsOf(evidence);
    if (found.journalState === 'active' && found.writerPids.length === 0 && !view.complete) {
      return skipped(`there is a journal, but its writer may be hidden: ${view.reason}`);
    }
    const strangers = found.unlockedPids.filter((pid) => usesAnotherDatabase(evidence, pid));
    if (found.journalState === 'active' && strangers.length > 0) {
      return skipped(
        `${nameProcesses(evidence, strangers)} writes this journal for another database file, which was moved away or replaced: do not open ${found.path}, SQLite would apply the journal to it`,
      );
    }
    return facts(found);
  },
  verdict({ journalState, writerPids }) {
    return journalState === 'active' && writerPids.length === 0 ? 'warning' : 'clear';
  },
  summary({ path, journalPath, journalBytes, journalAgeMs, readers, readerPids, unlocked, unlockedPids }) {
    const found = `${journalPath} (${formatBytes(journalBytes)}, last written ${formatDuration(journalAgeMs)} ago) holds an unfinished transaction of ${path}, and no process holds a write lock.`;
    if (unlockedPids.length > 0)
      return `${found} ${unlocked} still has the journal open, without the locks that protect it.`;
    if (readerPids.length > 0)
      return `${found} The rollback cannot start while ${readers} has the database locked for reading.`;
    return `${found} The next connection that may write rolls it back.`;
  },
  remedy(found) {
    return remedyOf(found);
  },

  repair: {
    ids: ['hot-journal'],
    safety: 'safe',
    summary:
      'Saves the database and the journal, then opens the database: SQLite rolls the transaction back. Not while a process has the journal open or reads the database.',
    plan({ unlocked, unlockedPids, readers, readerPids, journalBytes }, { evidence }) {
      if (unlockedPids.length > 0) return withheld(`${unlocked} has the journal open: end it first`);
      if (readerPids.length > 0)
        return withheld(`${readers} reads the database: the rollback needs it alone`);
      return offered(evidence, [rollBack(journalBytes)]);
    },
  },
});

function factsOf(evidence: Evidence): Facts {
  const sample = lastSample(evidence);
  const writerPids = unique(evidence.samples.flatMap(writers));
  const readerPids = holders(sample, 'SHARED', 'READ');
  const unlockedPids = journalOwners(sample);
  return {
    path: evidence.path,
    journalPath: sample.journal?.file.path ?? `${evidence.path}-journal`,
    journalState: stateOf(firstSample(evidence).journal, sample.journal),
    journalBytes: sample.journal?.file.bytes ?? 0,
    journalAgeMs: sample.journal ? Math.max(0, sample.atMs - sample.journal.file.modifiedAtMs) : 0,
    writerPids,
    readerPids,
    readers: nameProcesses(evidence, readerPids),
    unlockedPids,
    unlocked: nameProcesses(evidence, unlockedPids),
  };
}

/** A journal that changes between the samples belongs to transactions that come and go between our looks. */
function stateOf(first: JournalState | null, last: JournalState | null): Facts['journalState'] {
  if (!last || last.content.kind === 'unreadable') return 'absent';
  if (last.content.kind !== 'active') return last.content.kind;
  const same =
    first?.content.kind === 'active' &&
    first.file.inode === last.file.inode &&
    first.file.bytes === last.file.bytes &&
    first.file.modifiedAtMs === last.file.modifiedAtMs;
  return same ? 'active' : 'changing';
}

/** RESERVED, PENDING or EXCLUSIVE, which is a write lock on the SHARED bytes. PENDING is read-locked by every reader. */
function writers(sample: Sample): Pid[] {
  const names = ['RESERVED', 'PENDING', 'SHARED'] as const;
  return names.flatMap((name) => holders(sample, name, 'WRITE'));
}

/** It opened the database under this name, but the file that it has is no longer there. */
function usesAnotherDatabase(evidence: Evidence, pid: Pid): boolean {
  const databases = descriptorsOf(lastSample(evidence), pid, 'database');
  return databases.every(({ current }) => !current) && mayUseSqlite(evidence, pid);
}

function journalOwners(sample: Sample): Pid[] {
  return sample.kernel.processes
    .filter(({ descriptors }) => descriptors.some(({ file, current }) => file === 'journal' && current))
    .map(({ pid }) => pid);
}

function unique(pids: readonly Pid[]): Pid[] {
  return [...new Set(pids)];
}

function remedyOf({ path, journalPath, unlocked, unlockedPids, readers, readerPids }: Facts): Remedy {
  const save = saveTogetherCommand(path, [journalPath]);
  const rollBack = sqlite3Command(path, 'PRAGMA user_version;');
  if (unlockedPids.length > 0) {
    return {
      text: `Stop ${unlocked}: another connection may roll its transaction back while it still writes. Then keep a copy of both files, and open the database once with write permission. Never delete the journal.`,
      commands: [`kill ${unlockedPids.join(' ')}`, save, rollBack],
    };
  }
  const wait =
    readerPids.length > 0 ? ` End ${readers} first: the rollback needs the database to itself.` : '';
  return {
    text: `Keep a copy of both files, then open the database once with write permission, as the user of the application: any statement that reads rolls the transaction back. Never delete the journal.${wait}`,
    commands: [save, rollBack],
  };
}

function rollBack(journalBytes: Bytes): Repair {
  return {
    id: 'hot-journal',
    what: 'Let SQLite roll the interrupted transaction back.',
    steps: ['PRAGMA user_version;'],
    locks: `Nobody can use the database (EXCLUSIVE) while the journal (${formatBytes(journalBytes)}) is played back.`,
    undo: null,
    byIdOnly: null,
    notes: ['Any next connection that may write would do the same.'],
    action: { kind: 'roll-back' },
  };
}

/** The locks on the database file itself: os.h, PENDING_BYTE and what follows it. */
import type { LockText } from './lock.js';

const SOURCES = [
  'https://www.sqlite.org/lockingv3.html',
  'https://www.sqlite.org/atomiccommit.html',
  'os.h: PENDING_BYTE, RESERVED_BYTE, SHARED_FIRST, SHARED_SIZE',
  'os_unix.c: unixLock, posixUnlock',
];

const ONE_LINE =
  'The kernel joins neighbouring bytes that one process has locked in the same way into one line: ask whether a line contains the byte, not where it starts.';

export const shared: LockText = {
  id: 'SHARED',
  names: ['SHARED_LOCK', '1073741826'],
  title: 'Somebody reads the database, or in WAL mode merely has it open',
  bytes:
    'Bytes 1073741826 to 1073742335 (510 bytes) of the database file, for reading. Any number of processes can have it. For writing, the same bytes are EXCLUSIVE.',
  heldBy:
    'In rollback mode: every connection inside a read, from its first SELECT to the end of the transaction or of the cursor; also a writer. In WAL mode: every connection from its first use of the database until it is closed. There it only means "attached" and is no sign of a read.',
  blocks:
    'In rollback mode it keeps a writer from committing: COMMIT needs EXCLUSIVE and waits, with the busy timeout, until all others have let go. In WAL mode it blocks nothing but leaving WAL mode, and the clean-up at the last close.',
  reading: 'One line of READ for each process, however many of its connections read.',
  procLocks: ['3: POSIX  ADVISORY  READ 21013 fe:00:2181350 1073741826 1073742335'],
  certainty:
    'The kernel names the process, never the connection or the thread. A process without a line does not read (rollback mode), unless it lost its locks, uses immutable=1 or a VFS without kernel locks (unix-none, unix-dotfile), or is out of sight in another PID namespace.',
  now: {
    text: 'If a COMMIT waits for it: find the cursor that is not read to its end, or the transaction that was left open after a SELECT.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only commit-waits-for-readers'],
  },
  later:
    'Read cursors to their end and end read transactions. Better: switch to WAL mode, where readers do not hold up commits.',
  related: ['EXCLUSIVE', 'PENDING', 'DMS', 'commit-waits-for-readers', 'rollback-journal'],
  sources: SOURCES,
};

export const reserved: LockText = {
  id: 'RESERVED',
  names: ['RESERVED_LOCK', '1073741825'],
  title: 'The one writer in rollback mode, before it commits',
  bytes: 'Byte 1073741825 of the database file, for writing. Only one process can have it.',
  heldBy:
    'In rollback mode: the connection that has begun to write, from BEGIN IMMEDIATE or its first INSERT, UPDATE or DELETE until its transaction ends. In WAL mode nobody: there the write lock is WRITE, in -shm.',
  blocks:
    'All other writers: they wait with the busy timeout if they are at the start of their transaction, and fail at once if they have read in it. Readers come and go freely.',
  reading: 'A WRITE line for the byte, and the READ line of the same process for SHARED.',
  procLocks: [
    '1: POSIX  ADVISORY  WRITE 21014 fe:00:2181350 1073741825 1073741825',
    '2: POSIX  ADVISORY  READ 21014 fe:00:2181350 1073741826 1073742335',
  ],
  certainty:
    'Exact about who holds it at the moment of looking. Who waits for it cannot be seen: SQLite asks again and again, and never queues in the kernel.',
  now: {
    text: 'If it lasts for seconds, one transaction is kept open. See which process, and what it does between its first write and COMMIT.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only write-lock-held,stopped-lock-holder'],
  },
  later:
    'Keep write transactions short: no network call and no waiting in them. Roll back on every error path.',
  related: ['WRITE', 'PENDING', 'EXCLUSIVE', 'SQLITE_BUSY', 'write-lock-held'],
  sources: SOURCES,
};

export const pending: LockText = {
  id: 'PENDING',
  names: ['PENDING_LOCK', '1073741824'],
  title: 'A commit waits for the readers to leave',
  bytes:
    'Byte 1073741824 of the database file: for writing by the writer, and for an instant for reading by all who enter.',
  heldBy:
    'In rollback mode: a writer at COMMIT that waits until the last reader has gone. It is kept after a COMMIT that failed with SQLITE_BUSY, until COMMIT is repeated or the transaction is rolled back. Every connection locks it for an instant, for reading, on the way to SHARED. Older versions (3.40.1) also take it for an instant at each close.',
  blocks: 'All new readers and all other writers. Readers that are in may finish.',
  reading: `${ONE_LINE} PENDING and RESERVED of one writer are one line of two bytes.`,
  procLocks: [
    '1: POSIX  ADVISORY  WRITE 21014 fe:00:2181350 1073741824 1073741825',
    '2: POSIX  ADVISORY  READ 21014 fe:00:2181350 1073741826 1073742335',
    '3: POSIX  ADVISORY  READ 21013 fe:00:2181350 1073741826 1073742335',
  ],
  certainty:
    'Lines like these mean: 21014 waits to commit, or its COMMIT failed and it did nothing about that; 21013 reads. Which of the two it is cannot be seen from outside.',
  now: {
    text: 'Find the readers: they hold SHARED. End the read, or the process. If there is no reader, the writer ignored a failed COMMIT.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only commit-waits-for-readers'],
  },
  later:
    'Switch to WAL mode, where a commit does not wait for readers. Repeat a COMMIT that failed with SQLITE_BUSY, or roll back.',
  related: [
    'RESERVED',
    'SHARED',
    'EXCLUSIVE',
    'SQLITE_BUSY',
    'commit-waits-for-readers',
    'commit-behind-readers',
  ],
  sources: SOURCES,
};

export const exclusive: LockText = {
  id: 'EXCLUSIVE',
  names: ['EXCLUSIVE_LOCK'],
  title: 'One process has the whole database to itself',
  bytes:
    'Bytes 1073741826 to 1073742335 of the database file, the same as SHARED, but for writing. Only one process can have it, and no other can have SHARED then.',
  heldBy:
    'In rollback mode: a writer while it writes to the database file, for the length of a commit, and whoever rolls back a hot journal. In WAL mode: the last connection at its close, a change of the journal mode, and locking_mode=EXCLUSIVE. With locking_mode=EXCLUSIVE or the unix-excl VFS it is kept until the connection is closed.',
  blocks: 'Everybody else, readers too. They wait with the busy timeout.',
  reading: `${ONE_LINE} A committing writer has all three in one line; EXCLUSIVE that was taken straight from SHARED has no RESERVED.`,
  procLocks: [
    '1: POSIX  ADVISORY  WRITE 21014 fe:00:2181350 1073741824 1073742335',
    '',
    '1: POSIX  ADVISORY  WRITE 21015 fe:00:2181350 1073741826 1073742335',
  ],
  certainty:
    'Exact about the holder. A commit holds it for as long as it writes, so only one that lasts while nothing is written is a fault: exclusive-locking looks twice.',
  now: {
    text: 'Let a commit or rollback finish. If nothing is written, look for locking_mode=EXCLUSIVE or vfs=unix-excl in the holder.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only exclusive-locking,write-lock-held'],
  },
  later:
    'Commit in smaller batches. Leave locking_mode at NORMAL wherever more than one process uses the database. In WAL mode, commits need no EXCLUSIVE.',
  related: ['SHARED', 'PENDING', 'RESERVED', 'exclusive-locking', 'hot-journal', 'connection-churn'],
  sources: [...SOURCES, 'https://www.sqlite.org/pragma.html#pragma_locking_mode'],
};

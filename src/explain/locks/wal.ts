/** The locks on the -shm file, in WAL mode: os_unix.c, UNIX_SHM_BASE; wal.c, WAL_WRITE_LOCK and what follows it. */
import type { LockText } from './lock.js';

const SOURCES = [
  'https://www.sqlite.org/walformat.html#wal_locks',
  'https://www.sqlite.org/wal.html',
  'wal.c: WAL_WRITE_LOCK, WAL_CKPT_LOCK, WAL_RECOVER_LOCK, WAL_READ_LOCK',
  'os_unix.c: unixShmLock, unixShmSystemLock',
];

const ATTACHED = [
  '3: POSIX  ADVISORY  READ 21015 fe:00:2181353 128 128',
  '4: POSIX  ADVISORY  READ 21015 fe:00:2181351 1073741826 1073742335',
];

export const write: LockText = {
  id: 'WRITE',
  names: ['WAL_WRITE_LOCK', '120'],
  title: 'The one writer in WAL mode',
  bytes: 'Byte 120 of the -shm file, for writing. Only one process can have it.',
  heldBy:
    'A connection inside a write transaction, from BEGIN IMMEDIATE or its first write until COMMIT or ROLLBACK. Also a FULL, RESTART or TRUNCATE checkpoint, a recovery, and whoever creates the index.',
  blocks:
    'All other writers: they wait with the busy timeout if they are at the start of their transaction, and fail at once if they have read in it. Readers go on, and so does a PASSIVE checkpoint.',
  reading:
    'A writer also holds one READ lock and DMS, and SHARED on the database file. A checkpoint that holds WRITE has it in one line with CKPT: 120 121.',
  procLocks: [
    '1: POSIX  ADVISORY  WRITE 21015 fe:00:2181353 120 120',
    '2: POSIX  ADVISORY  READ 21015 fe:00:2181353 124 124',
    ...ATTACHED,
  ],
  certainty:
    'Exact about who holds it at the moment of looking; not about which connection or thread of that process. Who waits for it cannot be seen: SQLite asks again and again, and never queues in the kernel.',
  now: {
    text: 'If it lasts for seconds, one transaction is kept open. See which process, and what it does between its first write and COMMIT.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only write-lock-held,stopped-lock-holder'],
  },
  later:
    'Keep write transactions short: no network call and no waiting in them. Roll back on every error path. Run FULL, RESTART and TRUNCATE checkpoints at quiet times.',
  related: [
    'RESERVED',
    'CKPT',
    'RECOVER',
    'SQLITE_BUSY',
    'SQLITE_BUSY_SNAPSHOT',
    'write-lock-held',
    'long-transaction',
    'writer-queue-starves',
  ],
  sources: SOURCES,
};

export const ckpt: LockText = {
  id: 'CKPT',
  names: ['WAL_CKPT_LOCK', 'CHECKPOINT', '121'],
  title: 'A checkpoint is running',
  bytes:
    'Byte 121 of the -shm file, for writing by a checkpoint. Readers use it only through the snapshot API.',
  heldBy:
    'A connection that copies frames from the WAL into the database: the autocheckpoint after a commit, or PRAGMA wal_checkpoint. Also a recovery. The checkpoint at the last close does not take it: it has EXCLUSIVE on the database.',
  blocks:
    'Other checkpoints, at once: they do nothing, and PRAGMA wal_checkpoint gives the row 1, -1, -1 without an error. It blocks neither readers nor writers by itself; FULL, RESTART and TRUNCATE hold WRITE as well.',
  reading: 'Alone: a PASSIVE checkpoint. As 120 121: one that keeps writers out. As 120 122: a recovery.',
  procLocks: [
    '1: POSIX  ADVISORY  WRITE 21016 fe:00:2181353 121 121',
    '',
    '1: POSIX  ADVISORY  WRITE 21016 fe:00:2181353 120 121',
  ],
  certainty:
    'Exact about the holder. That a checkpoint runs does not mean that it gets anywhere: it stops at the oldest snapshot that somebody still reads. A row of 0 with fewer frames copied than there are is not an error either.',
  now: {
    text: 'If it lasts, see whether the holder waits for readers (READ0 to READ4) or for the disk.',
    commands: [
      'dblock locks app.db',
      'dblock doctor app.db --only reader-pins-wal,wal-starved,checkpoint-absent',
    ],
  },
  later:
    'Read the row that PRAGMA wal_checkpoint returns: the first number is 1 if it was kept from finishing. Run it outside any transaction, from one place.',
  related: [
    'WRITE',
    'READ0',
    'READ1-READ4',
    'SQLITE_LOCKED',
    'checkpoint-absent',
    'autocheckpoint-off',
    'checkpoint-stall',
  ],
  sources: [
    ...SOURCES,
    'https://www.sqlite.org/pragma.html#pragma_wal_checkpoint',
    'wal.c: sqlite3WalCheckpoint',
  ],
};

export const recover: LockText = {
  id: 'RECOVER',
  names: ['WAL_RECOVER_LOCK', 'RECOVERY', '122'],
  title: 'The WAL index is being rebuilt',
  bytes:
    'Byte 122 of the -shm file, for writing, together with 120 and 121. Others touch it for reading, for an instant.',
  heldBy:
    'The first connection after a crash, or the first that finds the index damaged, while it reads the whole WAL and builds a new index.',
  blocks:
    'Everybody else, readers too: they get SQLITE_BUSY_RECOVERY, after the busy timeout. Those that had begun to read before go on.',
  reading: 'WRITE, CKPT and RECOVER are one line.',
  procLocks: ['1: POSIX  ADVISORY  WRITE 21017 fe:00:2181353 120 122'],
  certainty:
    'Exact about the holder. A recovery normally takes milliseconds: to see it twice means a large WAL, a slow disk or a stopped process.',
  now: {
    text: 'Let it finish. If it does not, see whether the process is stopped (state T) or waits for the disk (D); if it must be ended, the next process starts again.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only write-lock-held,stopped-lock-holder'],
  },
  later: 'Keep the WAL small, and keep one connection open for as long as the application runs.',
  related: ['SQLITE_BUSY_RECOVERY', 'WRITE', 'DMS', 'stopped-lock-holder'],
  sources: [...SOURCES, 'https://www.sqlite.org/walformat.html#recovery', 'wal.c: walIndexRecover'],
};

export const read0: LockText = {
  id: 'READ0',
  names: ['WAL_READ_LOCK(0)', '123'],
  title: 'A reader that uses the database file alone',
  bytes: 'Byte 123 of the -shm file: for reading by readers, for writing by a checkpoint while it copies.',
  heldBy:
    'A reader that began when everything in the WAL was already in the database: it need not look into the WAL at all. Also a checkpoint, for writing, while it copies pages.',
  blocks:
    'A reader with READ0 keeps every checkpoint from copying anything, since the file must not change under it. A PASSIVE checkpoint then reports no error and copies 0 frames. Writers go on, and the WAL grows.',
  reading: 'READ is a reader, WRITE a checkpoint that copies at this moment.',
  procLocks: [
    '1: POSIX  ADVISORY  READ 21018 fe:00:2181353 123 123',
    '2: POSIX  ADVISORY  READ 21018 fe:00:2181353 128 128',
  ],
  certainty:
    'Exact about the process. Whether it is one long read or many short ones, only two looks can tell: while a backlog stays the same, it is the same read.',
  now: {
    text: 'Find the read that does not end: a cursor that is not read to its end, or a transaction left open after a SELECT.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only reader-pins-wal'],
  },
  later: 'Keep reads short, and close cursors. Let long exports read from a copy (VACUUM INTO).',
  related: ['READ1-READ4', 'CKPT', 'reader-pins-wal'],
  sources: [...SOURCES, 'wal.c: walTryBeginRead, walCheckpoint'],
};

export const readMarks: LockText = {
  id: 'READ1-READ4',
  names: [
    'READ1',
    'READ2',
    'READ3',
    'READ4',
    'READ',
    'WAL_READ_LOCK',
    'WAL_READ_LOCK(1)',
    'WAL_READ_LOCK(2)',
    'WAL_READ_LOCK(3)',
    'WAL_READ_LOCK(4)',
    '124',
    '125',
    '126',
    '127',
  ],
  title: 'Readers of the WAL, each slot at one snapshot',
  bytes:
    'Bytes 124 (READ1) to 127 (READ4) of the -shm file: for reading by readers, for writing for an instant by whoever changes the mark. Beside each lock, -shm keeps a mark: the last frame that its readers see.',
  heldBy:
    'Every connection inside a read transaction that looks into the WAL, and the writer, which reads too. Readers with the same snapshot share a slot, so the number of readers is not limited to four; when all slots are taken, later readers share the newest mark that fits.',
  blocks:
    'A checkpoint cannot copy frames beyond the oldest mark that is held. The WAL starts again from its first frame only when nobody holds any of the four. Writers and other readers are not blocked. WRITE on all four at once is the WAL starting again.',
  reading:
    'The slot of a process is the byte in its READ line. READ4 and DMS are neighbours, so a reader on READ4 shows 127 128.',
  procLocks: [
    '1: POSIX  ADVISORY  READ 21019 fe:00:2181353 124 124',
    '',
    '1: POSIX  ADVISORY  READ 21020 fe:00:2181353 127 128',
  ],
  certainty:
    'Exact about the process and its snapshot: dblock locks shows the frame. A mark that nobody holds means nothing. Whether a slot is held by one long read or by many short ones, only two looks can tell.',
  now: {
    text: 'If the WAL grows, find who holds the oldest mark, and in it the read that does not end.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only reader-pins-wal,wal-starved'],
  },
  later: 'Keep reads short, close cursors, and leave gaps between reads that overlap.',
  related: ['READ0', 'CKPT', 'SQLITE_BUSY_SNAPSHOT', 'reader-pins-wal', 'wal-starved', 'overlapping-readers'],
  sources: [...SOURCES, 'wal.c: walTryBeginRead, walRestartLog'],
};

export const dms: LockText = {
  id: 'DMS',
  names: ['UNIX_SHM_DMS', '128'],
  title: 'Somebody uses the WAL index ("dead man\'s switch")',
  bytes:
    'Byte 128 of the -shm file: for reading by everybody attached; for writing for an instant by the first one.',
  heldBy:
    'Every connection in WAL mode, from its first use of the database until it is closed. The first one takes it for writing, cuts the old -shm to 3 bytes, and goes over to reading.',
  blocks:
    'Nothing, as long as it is held for reading. That somebody holds it tells newcomers that -shm is valid; if nobody does, the next one throws -shm away and rebuilds it.',
  reading: 'One READ line for each attached process. With READ4 it is one line: 127 128.',
  procLocks: ['1: POSIX  ADVISORY  READ 21015 fe:00:2181353 128 128'],
  certainty:
    'A process that has -shm open without this lock has lost it: see lost-locks. If nobody holds it, what -shm says is out of date. In another PID namespace the holders are out of sight.',
  now: {
    text: 'Nothing needs to be done about it. If a process should have it and has not, it lost its locks.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only lost-locks,split-brain'],
  },
  later: 'Never open and close -shm as a file in a process that uses the database.',
  related: ['SHARED', 'RECOVER', 'SQLITE_PROTOCOL', 'lost-locks', 'leftover-wal'],
  sources: [...SOURCES, 'os_unix.c: unixLockSharedMemory, UNIX_SHM_DMS'],
};

import type { CodeText } from './code.js';

const ROLLED_BACK = 'After an I/O error SQLite may have rolled the transaction back by itself.';

export const ioerrLock: CodeText = {
  name: 'SQLITE_IOERR_LOCK',
  title: 'The operating system failed to lock the file',
  summary: 'fcntl failed, and not because somebody holds the lock',
  meaning:
    'A lock request failed, and not because somebody else has the lock: that would be SQLITE_BUSY. The file system cannot lock, or lost its server, or the device reports an error.',
  otherTexts: [],
  situations: [
    {
      situation:
        'A network, FUSE or shared-folder file system that does not support fcntl locks, or lost its server',
      soon: 'at once',
      why: 'SQLite takes EACCES, EAGAIN, EBUSY, EINTR, ENOLCK and ETIMEDOUT for "busy", EPERM for "no permission", and all else for this.',
    },
    {
      situation: 'F_GETLK on -shm fails when the WAL index is opened',
      soon: 'at once',
      why: '',
    },
  ],
  certainty:
    'Read in the source of SQLite 3.53.2; not seen. The file system type is the best clue: network-filesystem shows it.',
  now: {
    text: 'See on which file system the database is, and what the kernel says of it.',
    commands: ['findmnt -T app.db', 'dmesg | tail', 'dblock doctor app.db --only network-filesystem'],
  },
  later: 'Keep the database on a local disk.',
  related: ['disk I/O error', 'network-filesystem', 'SQLITE_BUSY'],
  sources: [
    'https://www.sqlite.org/rescode.html#ioerr_lock',
    'https://man7.org/linux/man-pages/man2/fcntl_locking.2.html',
    'os_unix.c: sqliteErrorFromPosixError, unixLock, unixLockSharedMemory',
  ],
};

export const ioerrShmopen: CodeText = {
  name: 'SQLITE_IOERR_SHMOPEN',
  title: 'The -shm file could not be reset when the WAL was first opened',
  summary: 'The first to attach could not truncate -shm',
  meaning:
    'The first connection to attach to a WAL database truncates the -shm file and builds a new index. The truncation failed. If the file cannot even be opened, it is SQLITE_CANTOPEN instead.',
  otherTexts: [],
  situations: [
    {
      situation: 'The first connection attaches, and ftruncate on -shm fails',
      soon: 'at once',
      why: 'A read-only or failing device, a quota, or a file system without support for it.',
    },
  ],
  certainty: 'Read in the source of SQLite 3.53.2 (Unix); not seen.',
  now: {
    text: 'See what the kernel says, and whether the file system is full or read-only.',
    commands: ['dmesg | tail', 'df -h . && df -i .', 'findmnt -T app.db'],
  },
  later: 'Keep the database on a local disk with room to spare.',
  related: ['disk I/O error', 'DMS', 'low-disk-space', 'SQLITE_CANTOPEN'],
  sources: ['https://www.sqlite.org/rescode.html#ioerr_shmopen', 'os_unix.c: unixLockSharedMemory'],
};

export const ioerrShmsize: CodeText = {
  name: 'SQLITE_IOERR_SHMSIZE',
  title: 'The -shm file could not grow: usually the disk is full',
  summary: '-shm cannot grow, because the disk is full',
  meaning:
    'The index in -shm grows in steps of 32 KiB, and the disk had no room for one. Even a read of a WAL database needs it when nobody else has the database open.',
  otherTexts: [],
  situations: [
    {
      situation: 'Opening a WAL database on a full disk, even to read',
      soon: 'at once',
      why: 'The log says "disk I/O error", not that the disk is full.',
    },
  ],
  certainty: 'Seen with SQLite 3.40.1 on a full tmpfs.',
  now: {
    text: 'Make room by removing other files. Never delete -wal or -journal: they are part of the database.',
    commands: ['df -h .', 'dblock doctor app.db --only low-disk-space,wal-oversized'],
  },
  later:
    'Watch the free space. A WAL that only grows is a common cause: reader-pins-wal, wal-starved, checkpoint-absent.',
  related: ['disk I/O error', 'SQLITE_FULL', 'low-disk-space', 'reader-pins-wal'],
  sources: ['https://www.sqlite.org/rescode.html#ioerr_shmsize', 'os_unix.c: unixShmMap'],
};

export const ioerrShmlock: CodeText = {
  name: 'SQLITE_IOERR_SHMLOCK',
  title: 'A lock of the WAL index was asked for without the index being open',
  summary: 'No longer used',
  meaning:
    'Documented as no longer used. In the source it remains as a guard against a call in the wrong order.',
  otherTexts: [],
  situations: [
    {
      situation: 'None in ordinary use',
      soon: 'never seen',
      why: 'A custom VFS, or memory that was overwritten, could produce it.',
    },
  ],
  certainty: 'From the documentation and the source of SQLite 3.53.2; not seen.',
  now: {
    text: 'Note the version of SQLite and the VFS in use, restart the process, and check the database.',
    commands: ["sqlite3 app.db 'PRAGMA quick_check;'"],
  },
  later: 'Update SQLite, and leave out any VFS of your own.',
  related: ['disk I/O error'],
  sources: ['https://www.sqlite.org/rescode.html#ioerr_shmlock', 'os_unix.c: unixShmLock'],
};

export const ioerrShmmap: CodeText = {
  name: 'SQLITE_IOERR_SHMMAP',
  title: 'The -shm file could not be mapped into memory',
  summary: 'mmap of -shm failed',
  meaning:
    'WAL mode needs memory that all processes share: they map the -shm file. The mapping failed. Either this file system cannot do it, or the process has no address space left.',
  otherTexts: [],
  situations: [
    {
      situation:
        'The file system does not support shared mappings (ENODEV): some network, FUSE and shared-folder ones',
      soon: 'at once',
      why: 'Every access fails, from the first on.',
    },
    {
      situation: 'A limit on memory or on the number of mappings is reached (ENOMEM)',
      soon: 'at once',
      why: 'It comes and goes with the load.',
    },
  ],
  certainty:
    'Read in the source of SQLite 3.53.2 and in mmap(2); not seen. Which file systems are meant is not verified.',
  now: {
    text: 'See on which file system the database is, and the limits of the process.',
    commands: ['findmnt -T app.db', 'cat /proc/PID/limits', 'dblock doctor app.db --only network-filesystem'],
  },
  later:
    'Move the database to a local disk. If that cannot be and one process is enough, locking_mode=EXCLUSIVE set before the first access works without -shm.',
  related: ['disk I/O error', 'network-filesystem', 'exclusive-locking'],
  sources: [
    'https://www.sqlite.org/rescode.html#ioerr_shmmap',
    'https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory',
    'https://man7.org/linux/man-pages/man2/mmap.2.html',
    'os_unix.c: unixShmMap',
  ],
};

export const ioerrDeleteNoent: CodeText = {
  name: 'SQLITE_IOERR_DELETE_NOENT',
  title: 'The journal was gone when the transaction wanted to delete it',
  summary: 'COMMIT found its journal deleted by somebody else',
  meaning: `To commit in rollback mode SQLite deletes the journal. Somebody else had deleted it before. That should be impossible while the writer holds its locks, so they were probably lost, and another process took the journal for that of a crash and rolled the transaction back. ${ROLLED_BACK}`,
  otherTexts: [],
  situations: [
    {
      situation:
        'The process opened and closed the database as a plain file (a copy, a hash, an upload) during the transaction, then COMMIT',
      soon: 'at once',
      why: 'Closing any descriptor of the file drops all locks of the process on it.',
    },
    {
      situation: 'A person or a clean-up script deleted the -journal file',
      soon: 'at once',
      why: 'It held what was needed to undo a half-written transaction.',
    },
  ],
  certainty:
    'Seen with SQLite 3.40.1: a writer whose locks were dropped, a second process that committed meanwhile, and then this error at COMMIT. The error itself does not say who deleted the journal.',
  now: {
    text: 'Take it seriously: two processes may have written at the same time. Stop the writers, save the files, and check the copy.',
    commands: [
      'mkdir saved && cp -p app.db* saved/',
      "sqlite3 saved/app.db 'PRAGMA integrity_check;'",
      'dblock doctor app.db --only lost-locks,split-brain',
    ],
  },
  later:
    'In processes that use SQLite, never open the database as a file: back up with VACUUM INTO, .backup or the backup API, or copy from another process. Keep clean-up scripts away from -journal and -wal.',
  related: ['disk I/O error', 'lost-locks', 'RESERVED'],
  sources: [
    'https://www.sqlite.org/rescode.html#ioerr_delete_noent',
    'https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_',
    'os_unix.c: unixDelete, unixClose',
  ],
};

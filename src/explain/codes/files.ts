import type { CodeText } from './code.js';

export const cantopen: CodeText = {
  name: 'SQLITE_CANTOPEN',
  title: 'A file could not be opened: the database, or one beside it',
  summary: 'The database, -wal or -shm cannot be opened',
  meaning:
    'The file that could not be opened need not be the database: in WAL mode it is often -wal or -shm, although the database itself is readable. It is no lock: waiting does not help.',
  otherTexts: [],
  situations: [
    {
      situation: 'The path is wrong or relative to another folder, or the folder does not exist',
      soon: 'at once',
      why: '',
    },
    {
      situation: 'WAL mode: -wal or -shm may not be read by this user',
      soon: 'at once',
      why: 'Often they belong to root, after a command run with sudo.',
    },
    {
      situation: 'WAL mode: -wal is there, -shm is not, and the folder is not writable',
      soon: 'at once',
      why: 'Where both are missing it is SQLITE_READONLY_DIRECTORY.',
    },
    {
      situation: 'The process has too many files open (EMFILE)',
      soon: 'at once',
      why: 'Then it also fails for files that worked a minute ago. Look for connections that are never closed.',
    },
  ],
  certainty: 'Seen with SQLite 3.40.1 on Linux. The text does not say which file it was; strace does.',
  now: {
    text: 'Look at the owners and modes of all files and of the folder, and at the number of open files. Do not delete -wal or -shm: they may hold committed changes.',
    commands: [
      'ls -ln app.db*; ls -lnd .',
      'dblock doctor app.db --only sidecar-permissions',
      'ls /proc/PID/fd | wc -l; grep "open files" /proc/PID/limits',
    ],
  },
  later:
    'Use absolute paths. Run maintenance as the user of the application. Close connections, or keep one per thread.',
  related: ['sidecar-permissions', 'SQLITE_READONLY_DIRECTORY', 'leftover-wal'],
  sources: ['https://www.sqlite.org/rescode.html#cantopen', 'os_unix.c: unixOpen, unixOpenSharedMemory'],
};

export const corrupt: CodeText = {
  name: 'SQLITE_CORRUPT',
  title: 'The content of the database contradicts itself',
  summary: 'Pages do not fit together: lost locks, a foreign WAL, a copy without its WAL',
  meaning:
    'SQLite found pages that do not belong together. As far as locks and the WAL go: two processes wrote at the same time because the locks did not hold; a WAL or journal of another database lay beside it; or the database was copied or restored without its -wal or -journal. Disks and memory can be the cause too.',
  otherTexts: [],
  situations: [
    {
      situation: 'A restored or replaced database with the -wal of another one beside it',
      soon: 'at once',
      why: 'Often there is no error at all: in experiments the rows of the other database came back, or "no such table", while integrity_check said ok.',
    },
    {
      situation: 'A copy of the database file alone, taken while it was in use',
      soon: 'at once',
      why: 'What was in -wal or -journal is missing.',
    },
    {
      situation:
        'Locks that were lost or do not reach: a closed descriptor, a fork, a network file system, hard links, an overlay',
      soon: 'at once',
      why: 'The damage was done earlier; it is only found now.',
    },
    {
      situation: 'The WAL-reset bug of SQLite 3.7.0 to 3.51.2',
      soon: 'at once',
      why: 'Rare. Described by SQLite; not reproduced here.',
    },
  ],
  certainty:
    'That the database is damaged is certain; why, the error does not say. The checks that it names find causes which are still there, not those that are gone.',
  now: {
    text: 'Stop all writers. Save the database, -wal and -journal together before anything else opens them. Work on the copy: check it, and recover from it what a backup does not have.',
    commands: [
      'dblock doctor app.db',
      'mkdir saved && cp -p app.db* saved/',
      "sqlite3 saved/app.db 'PRAGMA integrity_check;'",
      'sqlite3 saved/app.db .recover | sqlite3 recovered.db',
    ],
  },
  later:
    'Mend the cause before you put the data back: see foreign-wal, lost-locks, fork-shared-connection, network-filesystem and wal-reset-bug. Back up with VACUUM INTO, .backup or the backup API instead of copying the file.',
  related: [
    'foreign-wal',
    'lost-locks',
    'fork-shared-connection',
    'network-filesystem',
    'hard-links',
    'wal-reset-bug',
    'integrity',
    'crash-mid-commit',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#corrupt',
    'https://www.sqlite.org/howtocorrupt.html',
    'https://www.sqlite.org/recovery.html',
    'pager.c: pagerOpenWalIfPresent',
  ],
};

export const full: CodeText = {
  name: 'SQLITE_FULL',
  title: 'There is no room to write',
  summary: 'The disk is full, or the database has reached its largest size',
  meaning:
    'A commit first writes to -wal or -journal, and there was no room: on the disk of the database, or on that of temporary files, or because of max_page_count. It is no lock. The statement failed, and SQLite may have rolled the whole transaction back.',
  otherTexts: [],
  situations: [
    {
      situation: 'The disk is full, often because of a WAL that nobody can checkpoint',
      soon: 'at once',
      why: 'A checkpoint that cannot grow the database fails too, so the WAL keeps growing.',
    },
    {
      situation: 'The disk with the temporary files is full',
      soon: 'at once',
      why: 'Sorting, VACUUM and large transactions need them. As documented; not seen.',
    },
    {
      situation: 'PRAGMA max_page_count is reached',
      soon: 'at once',
      why: 'The disk may have room.',
    },
    {
      situation: 'Opening a WAL database on a full disk',
      soon: 'at once',
      why: 'Then it is SQLITE_IOERR_SHMSIZE, "disk I/O error".',
    },
  ],
  certainty: 'Seen with SQLite 3.40.1 on a full tmpfs and with max_page_count.',
  now: {
    text: 'Make room by removing other files. Never delete -wal or -journal: they are part of the database. If the WAL is large, truncate it once there is room for the checkpoint.',
    commands: [
      'df -h . /tmp',
      'dblock doctor app.db --only low-disk-space,reader-pins-wal,wal-starved,checkpoint-absent,wal-oversized',
      "sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE);'",
    ],
  },
  later: 'Watch the free space and the size of the WAL. Keep reads short, so that checkpoints can finish.',
  related: ['low-disk-space', 'SQLITE_IOERR_SHMSIZE', 'reader-pins-wal', 'wal-starved', 'checkpoint-absent'],
  sources: [
    'https://www.sqlite.org/rescode.html#full',
    'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
    'https://www.sqlite.org/pragma.html#pragma_max_page_count',
    'https://www.sqlite.org/tempfiles.html',
  ],
};

export const notadb: CodeText = {
  name: 'SQLITE_NOTADB',
  title: 'The file does not begin like a SQLite database',
  summary: 'A wrong file: -wal or -shm itself, an encrypted or overwritten database',
  meaning:
    'The first bytes are not those of a SQLite database. Usually it is the wrong file, or an encrypted database that was opened without its key. It is no lock.',
  otherTexts: ['file is encrypted or is not a database'],
  situations: [
    {
      situation: 'The path leads to another file: app.db-wal, app.db-shm, a dump, a compressed backup',
      soon: 'at once',
      why: '',
    },
    {
      situation: 'An encrypted database (SQLCipher and its like) without its key',
      soon: 'at once',
      why: 'To SQLite it looks like random bytes.',
    },
    {
      situation: 'The beginning of the file was overwritten, or a copy was cut off',
      soon: 'at once',
      why: 'If -wal is still there, it may hold a good first page: save both files before anything opens them.',
    },
  ],
  certainty:
    'Certain that the header is not valid. Seen with SQLite 3.40.1; the longer text is that of older versions.',
  now: {
    text: 'Look at what the file is. If it should be a database, save it together with its -wal and -journal first.',
    commands: ['file app.db', 'head -c 16 app.db | xxd', 'dblock doctor app.db'],
  },
  later: 'Give the database a name that no other tool writes to, and test your backups by opening them.',
  related: ['SQLITE_CORRUPT', 'foreign-wal'],
  sources: [
    'https://www.sqlite.org/rescode.html#notadb',
    'https://www.sqlite.org/fileformat2.html#magic_header_string',
    'btree.c: lockBtree',
  ],
};

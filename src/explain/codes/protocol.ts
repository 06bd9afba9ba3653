import type { CodeText } from './code.js';

export const protocol: CodeText = {
  name: 'SQLITE_PROTOCOL',
  title: 'A read in WAL mode could not begin in 100 tries',
  summary: 'The WAL index stayed unreadable, or all its read slots taken, through 100 tries',
  meaning:
    'To begin a transaction in WAL mode, SQLite must read the WAL index and take a read slot. Both normally take microseconds. It tried 100 times with growing pauses, about 10 seconds in all, and failed each time. The busy timeout has no part in that: 10 seconds is 10 seconds, whatever it is set to.',
  otherTexts: [],
  situations: [
    {
      situation: 'Somebody keeps WRITE while the index in -shm is unreadable: half written, or overwritten',
      soon: 'after about 10 s',
      why: 'Measured: 9.97 to 10.03 s with a busy timeout of 0 and of 2 s.',
    },
    {
      situation: 'Somebody keeps DMS exclusively, or all read slots',
      soon: 'after about 10 s',
      why: 'SQLite itself holds these for microseconds, so usually a process that is stopped at that moment, or another program that locks bytes of -shm.',
    },
    {
      situation: 'Very many processes that begin and end transactions all at once',
      soon: 'after about 10 s',
      why: 'Documented as very rare; not seen.',
    },
  ],
  certainty:
    'The time and its independence of the busy timeout are measured with SQLite 3.40.1. Who is to blame is an inference: a lock that lasts this long is not one that a healthy SQLite holds. On network file systems it may come from locks that do not work (not verified).',
  now: {
    text: 'Look for a process that is stopped (state T) or that is no SQLite program but has -shm open or locked, and let it go on or end it.',
    commands: [
      'dblock locks app.db',
      'dblock doctor app.db --only stopped-lock-holder,network-filesystem',
      'fuser -v app.db-shm',
    ],
  },
  later:
    'Let nothing but SQLite touch -shm: no backup agent, no file synchronisation, no copy in place. Keep the database off network file systems. Do not suspend or freeze single processes of the application.',
  related: ['WRITE', 'DMS', 'READ1-READ4', 'stopped-lock-holder', 'network-filesystem'],
  sources: [
    'https://www.sqlite.org/rescode.html#protocol',
    'https://www.sqlite.org/walformat.html#wal_locks',
    'wal.c: walTryBeginRead, walIndexReadHdr',
  ],
};

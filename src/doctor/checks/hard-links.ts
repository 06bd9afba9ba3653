import { plural } from '../../units.js';
import { defineCheck, facts } from '../check.js';
import { lastSample } from '../questions.js';
import { shellQuote } from '../quote.js';

interface Facts {
  readonly path: string;
  readonly links: number;
  readonly inode: string;
  /** Hard links cannot leave it; `null`: not known. */
  readonly mountPoint: string | null;
}

export const hardLinks = defineCheck<Facts>({
  id: 'hard-links',
  title: 'The database file has more than one name',
  severity: 'warning',
  group: 'files',
  why: "SQLite derives the names of -wal, -shm and -journal from the name that the database was opened with. Two processes that open one file under two names use different sidecar files: neither sees the commits in the other's WAL, nor an interrupted transaction in the other's journal, and the database is corrupted.",
  sources: ['https://www.sqlite.org/howtocorrupt.html', 'os_unix.c: verifyDbFile'],
  guide: {
    meaning: 'The database file has more than one name (hard link).',
    certainty:
      'Certain. Where the other names are, and whether anybody opens them, is not known: a name that only a backup keeps does no harm.',
    now: { text: 'Find the other names.', commands: ['find / -xdev -samefile app.db'] },
    later:
      'Keep one name. Where a second is needed, make a symbolic link: SQLite follows it to the real name.',
  },
  inspect({ evidence }) {
    const { links, inode } = lastSample(evidence).database;
    const mountPoint = evidence.fileSystem.known ? evidence.fileSystem.value.mountPoint : null;
    return facts({ path: evidence.path, links, inode, mountPoint });
  },
  verdict({ links }) {
    return links > 1 ? 'warning' : 'clear';
  },
  summary({ path, links, inode }) {
    return `${path} is one of ${plural(links, 'name')} of the same file (inode ${inode}). Processes that open it under different names use different -wal and -journal files.`;
  },
  remedy({ path, mountPoint }) {
    return {
      text: 'Find the other names, and keep one. Where a second name is needed, make it a symbolic link: SQLite follows those to the real name. A name that only a backup keeps does no harm until somebody opens it.',
      commands: [`find ${shellQuote(mountPoint ?? '/')} -xdev -samefile ${shellQuote(path)}`],
    };
  },
});

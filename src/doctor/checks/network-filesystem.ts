import { isNetworkFileSystem } from '../../sqlite/network-file-systems.js';
import { defineCheck, facts, skipped } from '../check.js';
import { lastSample } from '../questions.js';
import { shellQuote, sqlite3Command } from '../quote.js';

interface Facts {
  readonly path: string;
  readonly fileSystemType: string;
  readonly mountPoint: string;
  readonly source: string;
  readonly network: boolean;
  readonly journalMode: 'rollback' | 'wal' | 'unknown';
  /** The mount option that keeps locks on this machine; `null`: none seen. */
  readonly localLockOption: string | null;
}

/** nfs(5) and mount.cifs(8): with these the server, and so every other machine, never hears of our locks. */
const LOCAL_LOCK_OPTIONS: readonly string[] = ['nolock', 'local_lock=all', 'local_lock=posix', 'nobrl'];

export const networkFilesystem = defineCheck<Facts>({
  id: 'network-filesystem',
  title: 'The database is on a network or shared file system',
  severity: 'critical',
  group: 'files',
  why: 'SQLite relies on the file system to keep two writers apart. File systems that are shared between machines, or between a virtual machine and its host, often lock badly or only locally. In WAL mode it also needs memory that all processes share: two machines can never have that, so each overwrites what the other committed.',
  sources: [
    'https://www.sqlite.org/wal.html',
    'https://www.sqlite.org/howtocorrupt.html',
    'https://www.sqlite.org/useovernet.html',
    'https://man7.org/linux/man-pages/man5/nfs.5.html',
  ],
  guide: {
    meaning:
      'The database lies on a file system that other machines may write to, or whose locks may not reach them: NFS, SMB, 9p, FUSE and others. Critical in WAL mode, else a warning.',
    certainty:
      'Certain about the type of the file system, as the kernel names it; not seen is whether a second machine really opens the file. Some of these lock well in rollback mode: SQLite cannot tell, and neither can dblock. File systems that look local but are not (a synchronised folder) are not seen.',
    now: {
      text: 'See where it is, and whether another machine opens it. If only one does, leave WAL mode while nobody has it open; then move it.',
      commands: ['findmnt -T app.db', "sqlite3 app.db 'PRAGMA journal_mode=DELETE;'"],
    },
    later:
      'Keep the database on a disk of the machine that uses it, and let other machines ask that one instead of the file.',
  },
  inspect({ evidence }) {
    if (!evidence.fileSystem.known)
      return skipped(`the file system is not known: ${evidence.fileSystem.reason}`);
    const { type, mountPoint, source, options } = evidence.fileSystem.value;
    return facts({
      path: evidence.path,
      fileSystemType: type,
      mountPoint,
      source,
      network: isNetworkFileSystem(type),
      journalMode: lastSample(evidence).header?.journalMode ?? 'rollback',
      localLockOption: options.find((option) => LOCAL_LOCK_OPTIONS.includes(option)) ?? null,
    });
  },
  verdict({ network, journalMode }) {
    if (!network) return 'clear';
    return journalMode === 'wal' ? 'critical' : 'warning';
  },
  summary({ path, fileSystemType, mountPoint, source, journalMode, localLockOption }) {
    const place = `${path} is on ${fileSystemType} (${source}, mounted on ${mountPoint})`;
    const risk =
      journalMode === 'wal'
        ? 'and in WAL mode: a second machine that opens it shares no memory with this one, and corrupts it'
        : 'whose locks may not reach other machines, or may fail for no visible reason';
    const local = localLockOption
      ? ` The mount option ${localLockOption} keeps its locks on this machine.`
      : '';
    return `${place}, ${risk}.${local}`;
  },
  remedy({ path, journalMode }) {
    const move =
      'Move the database to a disk of the machine that uses it, and let other machines ask that one instead of the file.';
    const where = `findmnt -T ${shellQuote(path)}`;
    if (journalMode !== 'wal') return { text: move, commands: [where] };
    return {
      text: `${move} Until then, and only if a single machine opens it, leave WAL mode while no process has it open.`,
      commands: [where, sqlite3Command(path, 'PRAGMA journal_mode=DELETE;')],
    };
  },
});

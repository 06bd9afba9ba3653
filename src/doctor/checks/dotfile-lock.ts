import { formatDuration, type Milliseconds, type Pid } from '../../units.js';
import { everOpenPids } from '../attachment.js';
import { defineCheck, facts, type Remedy, skipped } from '../check.js';
import { lastSample, nameProcesses, processesView } from '../questions.js';
import { shellQuote } from '../quote.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  /** `null`: there is no such folder. */
  readonly lockPath: string | null;
  readonly lockAgeMs: Milliseconds;
  readonly attachedPids: readonly Pid[];
  readonly attached: string;
  /** They hold ordinary locks, which a dotfile lock neither sees nor excludes. */
  readonly ordinaryPids: readonly Pid[];
  readonly ordinary: string;
}

/** 10 s: a younger folder may belong to somebody who came after our look. Libraries that renew theirs call it stale then. */
const STALE_MS: Milliseconds = 10_000;

export const dotfileLock = defineCheck<Facts>({
  id: 'dotfile-lock',
  title: 'A lock folder lies beside the database',
  severity: 'warning',
  group: 'files',
  why: 'SQLite with the unix-dotfile VFS locks a database by making the folder <database>.lock beside it. If its process dies the folder stays, and everybody who uses that VFS finds the database locked until somebody removes it. Ordinary connections do not look at it: used side by side, both kinds write at the same time, which corrupts the database. Some other lock libraries make a folder of the same name.',
  sources: ['https://www.sqlite.org/vfs.html#standard_unix_vfses', 'os_unix.c: dotlockLock'],
  guide: {
    meaning:
      'Beside the database lies a folder named after it, with .lock at the end. A warning if nobody has the database open and the folder is older than 10 s, or if somebody uses the database with ordinary locks; else good to know.',
    certainty:
      'Certain that the folder is there. Who made it is not known: SQLite with vfs=unix-dotfile, or a lock library of the application. Such locks leave nothing in the kernel, so holders cannot be told.',
    now: {
      text: 'Find out who made it. If nobody has the database open, on no machine and in no container that shares the folder, remove it.',
      commands: ['dblock locks app.db', 'rmdir app.db.lock'],
    },
    later:
      'Use the default VFS in every program: its locks vanish with their process. Change all programs at the same time, with everything stopped.',
  },
  inspect({ evidence }) {
    const found = factsOf(evidence);
    const view = processesView(evidence);
    if (found.lockPath !== null && found.attachedPids.length === 0 && !view.complete) {
      return skipped(`there is a lock folder, but whoever made it may be hidden: ${view.reason}`);
    }
    return facts(found);
  },
  verdict({ lockPath, lockAgeMs, attachedPids, ordinaryPids }) {
    if (lockPath === null) return 'clear';
    const isLeftBehind = attachedPids.length === 0 && lockAgeMs >= STALE_MS;
    return isLeftBehind || ordinaryPids.length > 0 ? 'warning' : 'info';
  },
  summary({ path, lockPath, lockAgeMs, attachedPids, attached, ordinaryPids, ordinary }) {
    const folder = `${lockPath} was made ${formatDuration(lockAgeMs)} ago`;
    if (ordinaryPids.length > 0) {
      return `${folder}, and ${ordinary} uses ${path} with ordinary locks: if the folder is a lock of SQLite's, the two do not exclude each other.`;
    }
    if (attachedPids.length === 0) return `${folder}, and nobody has ${path} open.`;
    return `${folder}, and ${attached} has ${path} open without an ordinary lock: it probably locks with such folders, which dblock cannot look into.`;
  },
  remedy(found) {
    return remedyOf(found);
  },
});

function factsOf(evidence: Evidence): Facts {
  const { dotfileLock: folder, path } = evidence;
  const sample = lastSample(evidence);
  const attachedPids = everOpenPids(evidence);
  const ordinaryPids = [...new Set(sample.kernel.locks.map(({ pid }) => pid))];
  return {
    path,
    lockPath: folder?.path ?? null,
    lockAgeMs: folder ? Math.max(0, sample.atMs - folder.modifiedAtMs) : 0,
    attachedPids,
    attached: nameProcesses(evidence, attachedPids),
    ordinaryPids,
    ordinary: nameProcesses(evidence, ordinaryPids),
  };
}

function remedyOf({ lockPath, attachedPids, ordinaryPids }: Facts): Remedy {
  if (ordinaryPids.length > 0) {
    return {
      text: 'Find out who made the folder. If a program opens the database with vfs=unix-dotfile, let it use the default VFS as the others do, with everything stopped for the change; then check the database with --deep. If it belongs to a lock library of the application, mute this check with that reason.',
      commands: [],
    };
  }
  if (attachedPids.length === 0) {
    return {
      text: 'Make sure that no machine or container that shares this folder is using the database; then remove the folder. It is empty, and a real lock is made again.',
      commands: [`rmdir ${shellQuote(lockPath ?? '')}`],
    };
  }
  return {
    text: 'On a local disk the default VFS is better: its locks vanish with their process, many can read at once, and WAL mode works. Change it in every program at the same time.',
    commands: [],
  };
}

import { readlinkSync } from 'node:fs';
import { type Known, known, unknown } from '../known.js';
import type { Pid } from '../units.js';
import { livingThread, PROC, readOrNull, readProcessStat } from './proc.js';
import type { AttachedProcess } from './shapes.js';
import { findSqliteLibraries, type LibraryCache } from './sqlite-libraries.js';

/** USER_HZ: what proc(5) counts start times in, 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

const GONE = 'the process ended meanwhile';
const DENIED = 'no permission to inspect this process; run dblock as root';

/** Who these processes are. Never throws: what cannot be read is unknown, with the reason. */
export function describeLinux(pids: readonly Pid[], proc = PROC): AttachedProcess[] {
  const users = parsePasswd(readOrNull('/etc/passwd') ?? '');
  const bootMs = bootTimeMs(readOrNull(`${proc}/stat`) ?? '');
  const libraries: LibraryCache = new Map();
  return pids.map((pid) => describeProcess(pid, { proc, users, bootMs, libraries }));
}

interface Surroundings {
  readonly proc: string;
  readonly users: ReadonlyMap<number, string>;
  readonly bootMs: number | null;
  readonly libraries: LibraryCache;
}

function describeProcess(pid: Pid, { proc, users, bootMs, libraries }: Surroundings): AttachedProcess {
  const stat = readProcessStat(pid, proc);
  const tid = stat?.state === 'Z' ? livingThread(pid, proc) : null;
  const [shownAs, shownIn] = tid === null ? [pid, proc] : [tid, `${proc}/${pid}/task`];
  const uid = /^Uid:\s+(\d+)/m.exec(readOrNull(`${proc}/${pid}/status`) ?? '')?.[1];
  return {
    pid,
    parentPid: stat?.parentPid ?? null,
    user:
      uid === undefined ? unknown(GONE) : known({ uid: Number(uid), name: users.get(Number(uid)) ?? null }),
    command: readCommand(shownAs, shownIn),
    executable: readExecutable(shownAs, shownIn),
    startedAtMs:
      stat && bootMs !== null ? known(bootMs + (stat.startTicks * 1000) / TICKS_PER_SECOND) : unknown(GONE),
    sqliteLibraries: stat ? findSqliteLibraries(shownAs, shownIn, libraries) : unknown(GONE),
  };
}

function readCommand(pid: Pid, proc: string): Known<string[]> {
  const text = readOrNull(`${proc}/${pid}/cmdline`);
  if (text === null) return unknown(GONE);
  // A program that renames itself (setproctitle) leaves the rest of its arguments' room as zeros.
  const line = text.replace(/\0+$/, '');
  // proc(5): nothing can be read of one that is ending.
  return line === '' ? unknown('the process shows no command line') : known(line.split('\0'));
}

function readExecutable(pid: Pid, proc: string): Known<string> {
  try {
    return known(readlinkSync(`${proc}/${pid}/exe`));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    return unknown(code === 'ENOENT' ? GONE : DENIED);
  }
}

/** passwd(5): the names that belong to user ids on this machine. */
function parsePasswd(text: string): Map<number, string> {
  const fields = text.split('\n').map((line) => line.split(':'));
  return new Map(fields.filter(([, , uid]) => uid).map(([name = '', , uid]) => [Number(uid), name]));
}

export function bootTimeMs(stat: string): number | null {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

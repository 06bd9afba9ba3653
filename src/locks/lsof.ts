import { spawnSync } from 'node:child_process';
import { known, unknown } from '../known.js';
import { formatDevice } from '../sqlite/files.js';
import type { FileIdentity } from '../sqlite/shapes.js';
import type { Bytes, Milliseconds, Pid } from '../units.js';
import { type LsofProcess, parseLsof } from './lsof-fields.js';
import type { AttachedProcess, Descriptor, KernelSample, ProcessSighting, View } from './shapes.js';
import type { WatchedDatabase } from './watched.js';

/** lsof walks the descriptors of every process, and may wait for a mount that does not answer. */
const PATIENCE_MS: Milliseconds = 10_000;
const OUTPUT_LIMIT: Bytes = 64 * 2 ** 20;

const NO_LOCKS =
  'lock owners are visible only on Linux: lsof lists open files, not who holds which bytes of them';
const OWN_USER =
  'without root, lsof lists only processes of the same user; run dblock as root to include the others';
const NOT_INSTALLED =
  'lsof is not installed, so attached processes cannot be listed; install it, for example with apt-get install lsof';
const NOT_FROM_LSOF = 'lsof does not tell';

/**
 * Attached processes of each database, for systems without /proc. Who holds which lock stays unknown there, and
 * so does a deleted file that a process still has open: lsof is asked for files by name.
 *
 * Verified with lsof 4.95 on Linux. [U] Unverified on macOS: that the device and inode it prints are those of
 * stat, that a mapped `-shm` is listed (there as `txt`), and that other users' processes are left out silently.
 * @param self dblock's own pid, which is never reported
 * @param program which lsof to run
 */
export function observeWithLsof(
  databases: readonly WatchedDatabase[],
  self: Pid,
  program = 'lsof',
): KernelSample[] {
  if (databases.length === 0) return []; // without names lsof would list everything
  const names = databases.flatMap((database) => filesOf(database).map(({ path }) => path));
  const { processes, view } = ask(program, ['-F', 'pfDi', '--', ...names]);
  const others = processes.filter(({ pid }) => pid !== self);
  return databases.map((database) => ({
    locks: [],
    locksView: { complete: false, reason: NO_LOCKS },
    processes: others.flatMap((process) => sight(process, database) ?? []),
    processesView: view,
  }));
}

/**
 * Who these processes are, as far as lsof knows: user, parent, and the name of the program in place of its
 * command line. [U] Unverified on macOS: as above.
 */
export function describeWithLsof(pids: readonly Pid[], program = 'lsof'): AttachedProcess[] {
  if (pids.length === 0) return [];
  // -a: of these processes only one file, the working directory, instead of all that they have open
  const { processes, view } = ask(program, ['-a', '-d', 'cwd', '-F', 'pRuLc', '-p', pids.join(',')]);
  const reason = view.complete ? 'the process ended meanwhile' : view.reason;
  return pids.map((pid) =>
    describe(
      pid,
      processes.find((process) => process.pid === pid),
      reason,
    ),
  );
}

function describe(pid: Pid, process: LsofProcess | undefined, reason: string): AttachedProcess {
  const { parentPid = null, uid = null, login = null, program = null } = process ?? {};
  return {
    pid,
    parentPid,
    user: uid === null ? unknown(reason) : known({ uid, name: login }),
    command: program === null ? unknown(reason) : known([program]),
    executable: unknown(NOT_FROM_LSOF),
    startedAtMs: unknown(NOT_FROM_LSOF),
    sqliteLibraries: unknown('which SQLite a process has loaded is only looked for on Linux'),
  };
}

interface WatchedFile {
  readonly file: Descriptor['file'];
  readonly path: string;
  readonly identity: FileIdentity;
}

function filesOf({ path, database, wal, shm, journal }: WatchedDatabase): WatchedFile[] {
  const files = [
    { file: 'database', path, identity: database },
    { file: 'wal', path: `${path}-wal`, identity: wal },
    { file: 'shm', path: `${path}-shm`, identity: shm },
    { file: 'journal', path: `${path}-journal`, identity: journal },
  ] as const;
  return files.flatMap(({ identity, ...file }) => (identity ? { ...file, identity } : []));
}

/** `null`: has none of the files. */
function sight(process: LsofProcess, database: WatchedDatabase): ProcessSighting | null {
  const watched = filesOf(database);
  const held = process.files.flatMap(({ descriptor, device, inode }) => {
    if (device === null || inode === null) return [];
    const one: FileIdentity = { device: formatDevice(device), inode: String(inode) };
    const match = watched.find(({ identity }) => isSameFile(identity, one));
    return match ? { descriptor, ...match } : [];
  });
  if (held.length === 0) return null;
  return {
    pid: process.pid,
    state: '?', // lsof knows no states
    descriptors: held
      .filter(({ descriptor }) => isNumber(descriptor))
      .map(({ descriptor, file, identity: { device, inode } }) => {
        return { fd: Number(descriptor), file, current: true, identity: { device, inode } };
      }),
    mapsShm: held.some(({ descriptor, file }) => file === 'shm' && !isNumber(descriptor)),
  };
}

function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.device === other.device && one.inode === other.inode;
}

function isNumber(descriptor: string): boolean {
  return /^\d+$/.test(descriptor);
}

interface Answer {
  readonly processes: readonly LsofProcess[];
  readonly view: View;
}

/** @param options after `-w`, which keeps warnings about mounts out of stderr */
function ask(program: string, options: readonly string[]): Answer {
  const { error, status, stdout, stderr } = spawnSync(program, ['-w', ...options], {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    maxBuffer: OUTPUT_LIMIT,
  });
  if (error) return { processes: [], view: { complete: false, reason: explain(error) } };
  const processes = parseLsof(stdout);
  // 1 is no failure: at least one of the names is not open, or one of the processes is gone (lsof(8), DIAGNOSTICS)
  if (status === 0 || (status === 1 && (processes.length > 0 || stderr.trim() === ''))) {
    return { processes, view: isRoot() ? { complete: true } : { complete: false, reason: OWN_USER } };
  }
  const [complaint = ''] = stderr.trim().split('\n');
  return {
    processes,
    view: { complete: false, reason: `lsof failed: ${complaint || `exit code ${status}`}` },
  };
}

function explain(error: Error): string {
  const code = 'code' in error ? error.code : null;
  if (code === 'ENOENT') return NOT_INSTALLED;
  if (code === 'ETIMEDOUT') return `lsof did not answer within ${PATIENCE_MS / 1000} s`;
  return `lsof could not be run: ${error.message}`;
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** The facts about the machine that a plan needs; queue itself looks at nothing. */
import { hostname } from 'node:os';
import { attachedNow, everAttachedPids } from '../../doctor/attachment.js';
import { lastSample, nameProcess, processesView } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { containedPids, innerPid } from '../../locks/contained.js';
import { processLife } from '../../locks/life.js';
import type { LockObserver } from '../../locks/platform.js';
import type { Facts, Life, Users } from '../../queue/facts.js';
import { fileSystemOf, readMountinfo } from '../../sqlite/file-system.js';
import { statFile } from '../../sqlite/files.js';
import type { Milliseconds, Pid } from '../../units.js';
import type { Host } from '../host.js';

/** From evidence that has just been taken. */
export function factsFrom(evidence: Evidence, host: Host): Facts {
  return { nowMs: host.now(), host: hostname(), ...factsAbout(usersIn(evidence), host) };
}

function factsAbout(users: Users, host: Host): Pick<Facts, 'users' | 'life' | 'contained'> {
  return { users, life: rememberLives(host), contained: findContained(users, host) };
}

/** Where it cannot be seen who uses the database, any process of a container may. Looks when it is first asked. */
function findContained(users: Users, { platform }: Host): Facts['contained'] {
  if (platform !== 'linux' || users.kind === 'nobody') return () => [];
  let inner: ReadonlyMap<Pid, Pid | null> | null = null;
  return (pid) => {
    inner ??= new Map(
      (users.kind === 'some' ? users.pids : containedPids()).map((outer) => [outer, innerPid(outer)]),
    );
    return [...inner].flatMap(([outer, itsOwn]) => (itsOwn === pid ? outer : []));
  };
}

/** Whoever was seen in any sample counts: it may come back. */
function usersIn(evidence: Evidence): Users {
  const now = attachedNow(evidence);
  const pids = now.length > 0 ? now : everAttachedPids(evidence);
  if (pids.length > 0) {
    const names = pids.map((pid) => nameProcess(evidence, pid));
    return { kind: 'some', pids, names, gone: now.length === 0 };
  }
  const view = processesView(evidence);
  return view.complete ? { kind: 'nobody', looks: 1, overMs: 0 } : { kind: 'unseen', reason: view.reason };
}

/** Enough to see whoever has the database open for a tenth of the time; uneven, so as not to keep step with a poller. */
const LOOKS = 16;

export interface Watch {
  readonly observer: LockObserver;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly intervalMs: Milliseconds;
}

/** From evidence that has just been taken. Where it shows nobody, dblock looks again and again over the interval. */
export async function factsWatched(
  evidence: Evidence,
  { observer, host, signal, intervalMs }: Watch,
): Promise<Facts> {
  let facts = factsFrom(evidence, host);
  const startedMs = host.now();
  for (let looks = 2; facts.users.kind === 'nobody'; looks += 1) {
    const leftMs = intervalMs - (host.now() - startedMs);
    if (leftMs <= 0) break;
    signal.throwIfAborted();
    await host.sleep(Math.min(leftMs, ((looks % 3) + 1) * (intervalMs / LOOKS / 2)));
    const users = wroteMeanwhile(evidence) ?? usersNow(evidence, observer, facts.users);
    if (users.kind !== 'nobody') return { ...facts, nowMs: host.now(), ...factsAbout(users, host) };
    facts = { ...facts, users: { ...users, looks, overMs: host.now() - startedMs } };
  }
  return { ...facts, nowMs: host.now() };
}

/** Each process is looked up once: who is dead stays dead, and a new process of that number started after the claim. */
function rememberLives(host: Host): Facts['life'] {
  const lives = new Map<Pid, Life>();
  return (pid) => {
    const life = lives.get(pid) ?? processLife(host.platform, pid);
    lives.set(pid, life);
    return life;
  };
}

/** Whoever opens the database for one statement leaves no other trace than this. `null`: nobody did. */
function wroteMeanwhile(evidence: Evidence): Users | null {
  const { path } = evidence;
  const { database, wal } = lastSample(evidence);
  const changed = [
    [database, statFile(path)],
    [wal?.file ?? null, statFile(`${path}-wal`)],
  ].some(([before, now]) => before?.modifiedAtMs !== now?.modifiedAtMs || before?.inode !== now?.inode);
  if (!changed) return null;
  const reason =
    'somebody changed the database between two looks, and was gone again: its workers may open it for single statements only';
  return { kind: 'unseen', reason };
}

/** The same later on, through the kernel alone: this process has a connection by then and must not open the file. */
export function factsNow(evidence: Evidence, observer: LockObserver, host: Host, before: Facts): Facts {
  const now = usersNow(evidence, observer, before.users);
  return { ...before, ...factsAbout(together(before.users, now), host) };
}

/** One more look adds to those before, and does not make up for what they saw. */
function together(before: Users, now: Users): Users {
  if (now.kind !== 'nobody' || before.kind === 'unseen') return now;
  return before.kind === 'some' ? { ...before, gone: true } : { ...before, looks: before.looks + 1 };
}

function usersNow(evidence: Evidence, observer: LockObserver, before: Users): Users {
  if (before.kind === 'unseen') return before;
  const { path } = evidence;
  const { database } = lastSample(evidence);
  const fileSystem = fileSystemOf(path, readMountinfo());
  const [sample] = observer.observe([
    {
      ...{ path, database, wal: statFile(`${path}-wal`), shm: statFile(`${path}-shm`), journal: null },
      fileSystem: fileSystem.known ? fileSystem.value : null,
    },
  ]);
  if (!sample) return { kind: 'unseen', reason: 'the processes could not be listed' };
  const pids = sample.processes.map(({ pid }) => pid);
  const known = evidence.processes.map(({ pid }) => pid);
  const strangers = pids.filter((pid) => !known.includes(pid));
  const processes = [...evidence.processes, ...(strangers.length > 0 ? observer.describe(strangers) : [])];
  return usersIn({ ...evidence, processes, samples: [{ ...lastSample(evidence), kernel: sample }] });
}

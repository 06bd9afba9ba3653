/** The facts about the machine that a plan needs; queue itself looks at nothing. */
import { hostname } from 'node:os';
import { attachedNow } from '../../doctor/attachment.js';
import { lastSample, nameProcess, processesView } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { processLife } from '../../locks/life.js';
import type { LockObserver } from '../../locks/platform.js';
import type { Facts, Life, Users } from '../../queue/judge.js';
import { fileSystemOf, readMountinfo } from '../../sqlite/file-system.js';
import { statFile } from '../../sqlite/files.js';
import type { Pid } from '../../units.js';
import type { Host } from '../host.js';

/** From evidence that has just been taken. */
export function factsFrom(evidence: Evidence, host: Host): Facts {
  return { nowMs: host.now(), host: hostname(), life: rememberLives(host), users: usersIn(evidence) };
}

function usersIn(evidence: Evidence): Users {
  const pids = attachedNow(evidence);
  if (pids.length > 0) return { kind: 'some', names: pids.map((pid) => nameProcess(evidence, pid)) };
  const view = processesView(evidence);
  return view.complete ? { kind: 'nobody' } : { kind: 'unseen', reason: view.reason };
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

/** The same later on, through the kernel alone: this process has a connection by then and must not open the file. */
export function factsNow(evidence: Evidence, observer: LockObserver, host: Host, before: Facts): Facts {
  return { ...before, life: rememberLives(host), users: usersNow(evidence, observer, before.users) };
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

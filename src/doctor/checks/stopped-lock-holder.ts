import type { LockName } from '../../locks/shapes.js';
import type { Pid } from '../../units.js';
import { defineCheck, type Inspection, type Remedy, skipped } from '../check.js';
import { factsIfSeen, ifAttached } from '../live.js';
import {
  attachedPids,
  holders,
  lastSample,
  lockingMode,
  locksView,
  nameProcess,
  nameProcesses,
  sightingOf,
  writerLock,
} from '../questions.js';
import type { Evidence, Sample } from '../shapes.js';

interface StoppedHolder {
  readonly pid: Pid;
  readonly process: string;
  readonly state: 'stopped' | 'traced';
  readonly locks: readonly string[];
  readonly blocks: 'writers' | 'checkpoints';
}

interface Facts {
  readonly holders: readonly StoppedHolder[];
}

export const stoppedLockHolder = defineCheck<Facts>({
  id: 'stopped-lock-holder',
  title: 'A stopped process holds a lock',
  severity: 'critical',
  group: 'now',
  why: 'A process that is suspended (Ctrl-Z, kill -STOP, a debugger) keeps its locks but does nothing to give them up. Nobody else can tell that it will never finish: they wait for their busy timeout and fail, again and again, until it continues or ends.',
  sources: [
    'https://www.sqlite.org/lockingv3.html',
    'https://www.sqlite.org/walformat.html#wal_locks',
    'https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html',
  ],
  guide: {
    meaning:
      'A process that holds a lock is stopped (state T in the last look), or halted by a debugger or tracer (state t in every look). Critical if it keeps others from reading or writing; a warning if it only keeps a checkpoint back.',
    certainty:
      'The state and the lock are certain at the moment of looking. Whether the process will go on by itself is not known. A process in a frozen container or waiting for a dead disk (state D) is not stopped in this sense: write-lock-held finds its lock.',
    now: {
      text: 'Let it go on, or end it. If it is ended, SQLite rolls its open transaction back; but one with EXCLUSIVE and journal_mode MEMORY or OFF leaves the database half written.',
      commands: ['kill -CONT PID', 'kill -KILL PID', 'grep TracerPid /proc/PID/status'],
    },
    later:
      'Do not suspend shells in a transaction, and do not put breakpoints between BEGIN and COMMIT on a shared database. Freeze all processes of an application together, or none.',
  },
  inspect({ evidence }) {
    return ifAttached(evidence, locksView(evidence), () => inspectHolders(evidence));
  },
  verdict({ holders: stopped }) {
    if (stopped.length === 0) return 'clear';
    return stopped.some((holder) => holder.blocks === 'writers') ? 'critical' : 'warning';
  },
  summary({ holders: stopped }) {
    return stopped.map(describeHolder).join(' ');
  },
  remedy({ holders: stopped }) {
    return remedyFor(stopped);
  },
});

function inspectHolders(evidence: Evidence): Inspection<Facts> {
  const sample = lastSample(evidence);
  const hurtful = attachedPids(sample).filter((pid) => hurtfulLocks(sample, pid).length > 0);
  const stopped = hurtful.flatMap((pid) => stoppedHolder(evidence, sample, pid));
  const unseen = hurtful.filter((pid) => !/^[A-Za-z]$/.test(sightingOf(sample, pid)?.state ?? ''));
  if (stopped.length === 0 && unseen.length > 0) {
    return skipped(
      `whether the holder of a lock is stopped could not be read: ${nameProcesses(evidence, unseen)}`,
    );
  }
  return factsIfSeen({ holders: stopped }, stopped.length > 0, locksView(evidence));
}

function stoppedHolder(evidence: Evidence, sample: Sample, pid: Pid): StoppedHolder[] {
  const state = stoppedState(evidence, pid);
  if (state === null) return [];
  const locks = hurtfulLocks(sample, pid);
  const onlyCheckpoints = locks.every((name) => name === 'CKPT' || /^READ\d$/.test(name));
  const blocks = onlyCheckpoints ? 'checkpoints' : 'writers';
  return [{ pid, process: nameProcess(evidence, pid), state, locks, blocks }];
}

/** A tracer stops its process for an instant at each system call: `t` counts only if every sample saw it. */
function stoppedState(evidence: Evidence, pid: Pid): StoppedHolder['state'] | null {
  const states = evidence.samples.map((sample) => sightingOf(sample, pid)?.state);
  if (states.at(-1) === 'T') return 'stopped';
  return states.every((state) => state === 't') ? 'traced' : null;
}

/** Locks that keep others from something; merely being attached in WAL mode (SHARED and DMS) does not. */
function hurtfulLocks(sample: Sample, pid: Pid): string[] {
  const writer = writerLock(sample, pid);
  const onDatabase = writer ? [writer] : lockingMode(sample) === 'wal' ? [] : heldBy(sample, pid, ['SHARED']);
  const exclusive = heldBy(sample, pid, ['WRITE', 'CKPT', 'RECOVER', 'DMS'], 'WRITE');
  return [...onDatabase, ...exclusive, ...heldBy(sample, pid, ['READ0', 'READ1', 'READ2', 'READ3', 'READ4'])];
}

function heldBy(sample: Sample, pid: Pid, names: readonly LockName[], mode?: 'WRITE'): string[] {
  return names.filter((name) => holders(sample, name, mode).includes(pid));
}

function describeHolder({ process, state, locks }: StoppedHolder): string {
  const how = state === 'stopped' ? 'is stopped (state T)' : 'is halted by a debugger or tracer (state t)';
  return `${process} ${how} and holds ${locks.join(', ')}: until it continues or ends, ${consequence(locks)}.`;
}

function consequence(locks: readonly string[]): string {
  const has = (...names: string[]) => names.some((name) => locks.includes(name));
  if (has('EXCLUSIVE', 'RECOVER', 'DMS')) return 'nobody else can read or write';
  if (has('PENDING')) return 'nobody else can write, and no new reader can enter';
  if (has('WRITE', 'RESERVED')) return 'nobody else can write';
  if (has('SHARED')) return 'nobody else can commit';
  if (has('CKPT')) return 'no checkpoint can run and the WAL grows';
  return 'no checkpoint can go past its snapshot and the WAL grows';
}

/** With journal_mode MEMORY or OFF there is no journal to undo what EXCLUSIVE let it write (pragma.html#pragma_journal_mode). */
const MAY_BE_HALF_WRITTEN =
  ' But if it uses journal_mode MEMORY or OFF, the database is then left half written: let it continue.';

function remedyFor(stopped: readonly StoppedHolder[]): Remedy {
  const texts = [];
  const isExclusive = stopped.some(({ locks }) => locks.includes('EXCLUSIVE'));
  if (stopped.some(({ state }) => state === 'stopped')) {
    texts.push(
      `Let it continue. It may have been suspended in a shell (jobs and fg show that), by kill -STOP, or by a supervisor that freezes it. If it must not go on, end it with kill -KILL: SQLite rolls an open transaction back.${isExclusive ? MAY_BE_HALF_WRITTEN : ''}`,
    );
  }
  if (stopped.some(({ state }) => state === 'traced')) {
    texts.push(
      'Find the tracer by its pid, and let it continue or detach: a breakpoint in a transaction stops every writer.',
    );
  }
  return { text: texts.join(' '), commands: stopped.map(commandFor) };
}

function commandFor({ pid, state }: StoppedHolder): string {
  return state === 'stopped' ? `kill -CONT ${pid}` : `grep TracerPid /proc/${pid}/status`;
}

/** Constructed answers of the kernel: somebody has the database open, so that a WAL index is believed. */
import { lockNamesIn } from '../../src/locks/byte-ranges.js';
import type { LockObserver } from '../../src/locks/platform.js';
import type { AttachedProcess, Descriptor, HeldLock, KernelSample, View } from '../../src/locks/shapes.js';
import type { Random } from './random.js';

const PIDS = [4121, 4122, 99_999] as const;

/** Of the two samples; the second is often as the first, as with a lock that is held. */
export type Kernels = readonly [KernelSample, KernelSample];

export function liveKernels(random: Random): Kernels {
  const first = liveKernel(random);
  return [first, random.chance(60) ? first : liveKernel(random)];
}

/** DMS is held by the first process, mostly. */
function liveKernel(random: Random): KernelSample {
  const pids = PIDS.slice(0, 1 + random.below(3));
  const attached = random.chance(95) ? pids.flatMap((pid) => [lock(pid, 'READ', 'shm', 128, 128)]) : [];
  const more = Array.from({ length: random.below(5) }, () => randomLock(random, random.pick(pids)));
  return {
    locks: [...attached, ...more].filter(({ names }) => names.length > 0),
    locksView: view(random),
    processes: random.chance(85) ? pids.map((pid) => sighting(random, pid)) : [],
    processesView: view(random),
  };
}

function randomLock(random: Random, pid: number): HeldLock {
  const mode = random.pick(['READ', 'WRITE'] as const);
  if (random.chance(30)) {
    const from = 1_073_741_824 + random.below(3);
    return lock(pid, mode, 'database', from, random.pick([from, from + random.below(3), 1_073_742_335]));
  }
  const from = 119 + random.below(10);
  return lock(pid, mode, 'shm', from, from + random.below(10));
}

function lock(
  pid: number,
  mode: HeldLock['mode'],
  file: HeldLock['file'],
  firstByte: number,
  lastByte: number,
): HeldLock {
  return { pid, mode, file, names: lockNamesIn(file, { firstByte, lastByte }), firstByte, lastByte };
}

function sighting(random: Random, pid: number): KernelSample['processes'][number] {
  const descriptors = (['database', 'wal', 'shm', 'journal'] as const).flatMap((file) =>
    random.chance(75) ? [descriptor(random, file)] : [],
  );
  return {
    pid,
    state: random.pick(['S', 'R', 'T', 't', 'D', 'Z', '?']),
    descriptors,
    mapsShm: random.chance(60),
  };
}

function descriptor(random: Random, file: Descriptor['file']): Descriptor {
  const identity = { device: 'fe:00', inode: String(random.below(1000)) };
  return { fd: 3 + random.below(20), file, current: random.chance(85), identity };
}

function view(random: Random): View {
  return random.chance(80) ? { complete: true } : { complete: false, reason: 'a part is out of sight' };
}

/** Answers with the samples in turn. Without any, nobody has the database open. */
export function observerOf(kernels: Kernels | null): LockObserver {
  const nobody: KernelSample = {
    ...{ locks: [], locksView: { complete: true } },
    ...{ processes: [], processesView: { complete: true } },
  };
  let answers = 0;
  return {
    observe(databases) {
      const answer = kernels?.[answers] ?? kernels?.[1] ?? nobody;
      answers += 1;
      return databases.map(() => answer);
    },
    describe: (pids) => pids.map(describe),
  };
}

const HOSTILE_COMMANDS = [
  ['python3', 'worker.py'],
  [],
  ['', ''],
  ['\u001b[2Jlitestream', 'replicate', '\u202e'.repeat(500)],
];

function describe(pid: number, index: number): AttachedProcess {
  return {
    pid,
    parentPid: index === 0 ? null : PIDS[0],
    user: { known: true, value: { uid: 1000, name: null } },
    command: { known: true, value: HOSTILE_COMMANDS[pid % 4] ?? [] },
    executable: { known: false, reason: 'out of sight' },
    startedAtMs: { known: true, value: 0 },
    sqliteLibraries: {
      known: true,
      value: [
        {
          path: '/lib/libsqlite3.so.0',
          linkage: 'shared',
          version: index === 0 ? '3.40.1' : null,
          sourceId: null,
        },
      ],
    },
  };
}

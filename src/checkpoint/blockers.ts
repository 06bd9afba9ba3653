/** Who kept a checkpoint from finishing: pure, from one look at the locks and the WAL index. */
import type { WalIndex } from '../sqlite/shapes.js';
import { type Frames, formatCount, type Pid, plural } from '../units.js';
import { isBlocking } from './mode.js';
import type { CheckpointBlocker, CheckpointMode } from './shapes.js';

/** One lock of one process, by SQLite's names. */
export interface LockSighting {
  readonly pid: Pid;
  readonly mode: 'READ' | 'WRITE';
  readonly names: readonly string[];
}

/** What the kernel and the WAL index showed at one moment. */
export interface Look {
  readonly locks: readonly LockSighting[];
  /** `null`: it could not be read. */
  readonly index: WalIndex | null;
  /** Letters of /proc/PID/stat. */
  readonly states: ReadonlyMap<Pid, string>;
  /** Why a blocker may be missing; `null`: nothing is hidden. */
  readonly hidden: string | null;
}

/** A writer keeps a READ slot for as long as its transaction lasts. */
const OWN_SNAPSHOT = ' It is writing: this may be the snapshot of that transaction, which ends with it.';

type Sighted = Omit<CheckpointBlocker, 'process' | 'summary'>;

const SLOTS = [0, 1, 2, 3, 4];

/** @param self the process that checkpoints; @param nameOf the process in words, with its pid */
export function findBlockers(
  mode: CheckpointMode,
  look: Look,
  self: Pid,
  nameOf: (pid: Pid) => string,
): CheckpointBlocker[] {
  const others = { ...look, locks: look.locks.filter(({ pid }) => pid !== self) };
  const sighted = [...holdersOf(mode, others), ...SLOTS.flatMap((slot) => readersOf(mode, others, slot))];
  return sighted.map((one) => {
    const process = nameOf(one.pid);
    const own = one.role === 'reader' && writersIn(others).includes(one.pid) ? OWN_SNAPSHOT : '';
    return { ...one, process, summary: `${describe(mode, one, process, look.index)}${own}` };
  });
}

/** EXCLUSIVE keeps everybody out, CKPT every other checkpoint, and WRITE those that take it too. */
function holdersOf(mode: CheckpointMode, look: Look): Sighted[] {
  const exclusive = pidsWith(look, 'SHARED', 'WRITE');
  const checkpointers = pidsWith(look, 'CKPT', 'WRITE');
  const writers = writersIn(look).filter((pid) => isBlocking(mode) && !checkpointers.includes(pid));
  const of = (role: Sighted['role'], pids: readonly Pid[]) =>
    pids.map((pid) => ({
      pid,
      role,
      slot: null,
      mark: null,
      framesHeldBack: null,
      state: stateOf(look, pid),
    }));
  return [...of('exclusive', exclusive), ...of('checkpointer', checkpointers), ...of('writer', writers)];
}

/** wal.c, walCheckpoint: a held mark limits what is copied; READ0 stops it all; a restart needs READ1 to READ4 free. */
function readersOf(mode: CheckpointMode, look: Look, slot: number): Sighted[] {
  const mark = slot === 0 ? 0 : (look.index?.readMarks[slot] ?? null);
  const held = framesHeldBack(look.index, slot, mark);
  const stopsRestart = slot > 0 && (mode === 'restart' || mode === 'truncate');
  if (held === 0 && !stopsRestart) return [];
  return pidsWith(look, `READ${slot}`, 'READ').map((pid) => ({
    ...{ pid, role: 'reader' as const, slot, mark },
    framesHeldBack: held,
    state: stateOf(look, pid),
  }));
}

function writersIn(look: Look): Pid[] {
  return pidsWith(look, 'WRITE', 'WRITE');
}

function framesHeldBack(index: WalIndex | null, slot: number, mark: Frames | null): Frames | null {
  if (!index || mark === null) return null;
  return Math.max(0, index.mxFrame - (slot === 0 ? index.nBackfill : mark));
}

function pidsWith({ locks }: Look, name: string, mode: LockSighting['mode']): Pid[] {
  const pids = locks.filter((lock) => lock.mode === mode && lock.names.includes(name)).map(({ pid }) => pid);
  return [...new Set(pids)];
}

function stateOf({ states }: Look, pid: Pid): string {
  return states.get(pid) ?? '?';
}

function describe(mode: CheckpointMode, one: Sighted, process: string, index: WalIndex | null): string {
  const stopped = one.state === 'T' || one.state === 't' ? ' (and is stopped)' : '';
  switch (one.role) {
    case 'exclusive':
      return `${process} holds EXCLUSIVE on the database${stopped}: nobody else can use it.`;
    case 'checkpointer':
      return `${process} holds CKPT${stopped}: it is checkpointing itself, and only one can at a time.`;
    case 'writer':
      return `${process} holds WRITE${stopped}: a ${mode} checkpoint has to wait for it.`;
    case 'reader':
      return `${process} holds ${readerText(one, index)}${stopped}.`;
  }
}

function readerText({ slot, mark, framesHeldBack: held }: Sighted, index: WalIndex | null): string {
  if (slot === 0) return `READ0, a read of the database file alone: ${heldText(held, index)}`;
  const at = mark === null ? '' : ` at frame ${formatCount(mark)}`;
  return `READ${slot}${at}: ${held === 0 ? 'it has seen every frame, but while it reads, the WAL cannot be started again' : heldText(held, index)}`;
}

function heldText(held: Frames | null, index: WalIndex | null): string {
  if (held === null || !index) return 'frames after its snapshot cannot be copied';
  return `the last ${plural(held, 'frame')} of ${formatCount(index.mxFrame)} cannot be copied`;
}

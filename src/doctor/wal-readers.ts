/** Who reads from the WAL, and what that keeps a checkpoint from copying. */
import type { LockName } from '../locks/shapes.js';
import type { WalIndex } from '../sqlite/shapes.js';
import type { Bytes, Frames, Pid } from '../units.js';
import { bothSamples, holders, holdersThroughout, trustedIndex } from './questions.js';
import type { Evidence, Sample } from './shapes.js';

/** wal.c, WAL_FRAME_HDRSIZE. */
const FRAME_HEADER_BYTES = 24;

/** "1000 or more pages", about 4 MB: SQLite's default (sqlite.org/wal.html#automatic_checkpoint). */
export const AUTOCHECKPOINT_FRAMES: Frames = 1000;

export function frameBytes(index: WalIndex, frames: Frames): Bytes {
  return frames * (FRAME_HEADER_BYTES + index.pageBytes);
}

/** READ1 … READ4 are readers of the WAL; READ0 is one of the database file alone. */
const WAL_SLOTS: readonly { readonly name: LockName; readonly slot: number }[] = [
  { name: 'READ1', slot: 1 },
  { name: 'READ2', slot: 2 },
  { name: 'READ3', slot: 3 },
  { name: 'READ4', slot: 4 },
];

/** One process that kept its old snapshot in both samples. */
export interface ReaderPin {
  readonly pid: Pid;
  readonly slot: number;
  /** The last frame that it sees; 0 for READ0. */
  readonly mark: Frames;
  /** Committed frames that cannot be checkpointed because of it. */
  readonly framesBehind: Frames;
  readonly bytesBehind: Bytes;
}

/** Readers that one old snapshot has kept through both samples, those furthest behind first. */
export function readerPins(evidence: Evidence): ReaderPin[] {
  const [first, last] = bothSamples(evidence)?.map(trustedIndex) ?? [];
  if (!first || !last) return [];
  const inWal = WAL_SLOTS.flatMap(({ name, slot }) => {
    const mark = pinnedMark(first, last, slot);
    if (mark === null) return [];
    return holdersThroughout(evidence, name, 'READ').map((pid) => pinOf(last, { pid, slot, mark }, mark));
  });
  const pins = [...inWal, ...databaseOnlyPins(evidence, first, last)];
  return pins.sort((a, b) => b.framesBehind - a.framesBehind || a.pid - b.pid);
}

/**
 * While READ1 to READ4 are held the WAL cannot start again. A new reader takes the newest mark, and a mark does not change while it is held (wal.c, walTryBeginRead):
 * one that was old in the first sample and is the same in the second belongs to the same read.
 */
function pinnedMark(first: WalIndex, last: WalIndex, slot: number): Frames | null {
  const mark = first.salts === last.salts ? (first.readMarks[slot] ?? null) : null;
  return mark !== null && mark < first.mxFrame && mark === last.readMarks[slot] && mark < last.mxFrame
    ? mark
    : null;
}

/** READ0 is only given while every frame is in the database: with a backlog that stays, it is the same read. */
function databaseOnlyPins(evidence: Evidence, first: WalIndex, last: WalIndex): ReaderPin[] {
  const stayed = first.salts === last.salts && first.nBackfill === last.nBackfill;
  if (!stayed || first.nBackfill >= Math.min(first.mxFrame, last.mxFrame)) return [];
  const pids = holdersThroughout(evidence, 'READ0', 'READ');
  return pids.map((pid) => pinOf(last, { pid, slot: 0, mark: 0 }, last.nBackfill));
}

function pinOf(
  index: WalIndex,
  reader: Pick<ReaderPin, 'pid' | 'slot' | 'mark'>,
  lastCopyable: Frames,
): ReaderPin {
  const framesBehind = index.mxFrame - lastCopyable;
  return { ...reader, framesBehind, bytesBehind: frameBytes(index, framesBehind) };
}

/**
 * Processes that read from the WAL: while one does, no writer can start it again from its first frame.
 * The writer is not counted: it holds a slot for its own snapshot, and lets go of it before it starts the WAL again.
 */
function walReaders(sample: Sample): Pid[] {
  const writers = holders(sample, 'WRITE', 'WRITE');
  const readers = WAL_SLOTS.flatMap(({ name }) => holders(sample, name, 'READ'));
  return [...new Set(readers)].filter((pid) => !writers.includes(pid));
}

/** Committed frames that a checkpoint could copy now: those after nBackfill and up to the oldest mark that is held. */
export function copyableFrames(sample: Sample, index: WalIndex): Frames {
  if (holders(sample, 'READ0').length > 0) return 0;
  const held = WAL_SLOTS.filter(({ name }) => holders(sample, name).length > 0);
  const marks = held.flatMap(({ slot }) => index.readMarks[slot] ?? []);
  return Math.max(0, Math.min(index.mxFrame, ...marks) - index.nBackfill);
}

/** The WAL as both samples saw it while readers kept it from starting again. */
export interface Starvation {
  readonly readers: readonly Pid[];
  /** Committed between the samples, after what was there. */
  readonly grewFrames: Frames;
}

/** Twice the size at which a checkpoint should have let the WAL start again. */
const STARVED_FRAMES: Frames = 2 * AUTOCHECKPOINT_FRAMES;
const MOSTLY_BACKFILLED = 0.9;

/**
 * Whether the WAL is long, almost all of it in the database, and yet not started again because some reader was
 * there both times; `null` if not, or if one old reader explains it (`readerPins`).
 */
export function starvation(evidence: Evidence): Starvation | null {
  const samples = bothSamples(evidence);
  const [first, last] = samples?.map(trustedIndex) ?? [];
  if (!samples || !first || !last || first.salts !== last.salts) return null;
  const isLong = last.mxFrame >= STARVED_FRAMES && last.nBackfill >= MOSTLY_BACKFILLED * last.mxFrame;
  const readers = samples.map(walReaders);
  if (!isLong || readers.some((pids) => pids.length === 0) || isExplainedByPin(evidence, last)) return null;
  return { readers: [...new Set(readers.flat())], grewFrames: Math.max(0, last.mxFrame - first.mxFrame) };
}

function isExplainedByPin(evidence: Evidence, { nBackfill }: WalIndex): boolean {
  return readerPins(evidence).some(
    (pin) => pin.mark < nBackfill || pin.framesBehind >= AUTOCHECKPOINT_FRAMES,
  );
}

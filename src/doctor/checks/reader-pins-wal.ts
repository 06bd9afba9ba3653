import {
  type Frames,
  formatBytes,
  formatCount,
  formatDuration,
  type Milliseconds,
  plural,
} from '../../units.js';
import { defineCheck, type Remedy } from '../check.js';
import { factsIfSeen, ifWalIndex } from '../live.js';
import { isLitestream } from '../process-questions.js';
import { locksView, nameProcess, sampledForMs } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { AUTOCHECKPOINT_FRAMES, type ReaderPin, readerPins } from '../wal-readers.js';

interface Pin extends ReaderPin {
  readonly process: string;
  readonly heldAtLeastMs: Milliseconds;
  /** It keeps a read transaction open on purpose, and checkpoints itself. */
  readonly litestream: boolean;
}

interface Facts {
  readonly path: string;
  readonly mxFrame: Frames;
  readonly nBackfill: Frames;
  /** Those furthest behind first. */
  readonly pins: readonly Pin[];
}

export const readerPinsWal = defineCheck<Facts>({
  id: 'reader-pins-wal',
  title: 'A long read keeps the WAL from being checkpointed',
  severity: 'warning',
  group: 'now',
  why: 'A reader in WAL mode sees the database as it was when its transaction began, so nothing that was committed later may be copied into the database file while it reads. The WAL grows with every commit until the read ends, and a longer WAL makes every read slower. Often the read is not at work at all: a cursor that was never closed, or a transaction left open.',
  sources: [
    'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
    'https://www.sqlite.org/walformat.html#how_the_various_locks_are_used',
    'wal.c: walTryBeginRead, walCheckpoint',
  ],
  guide: {
    meaning:
      'WAL mode: one process kept the same old snapshot in both looks: a READ slot whose mark is behind the last frame, or READ0 while there is a backlog. A warning from 1,000 frames behind, the length at which SQLite checkpoints by itself; below that, and for Litestream, which does it on purpose, good to know.',
    certainty:
      'Certain about the process and the frame: a mark cannot change while it is held. How long the read lasted before the first look is not known, nor which connection it is. It needs -shm to be readable and somebody to hold DMS.',
    now: {
      text: 'Find the read that does not end, and end it. Then checkpoint the rest.',
      commands: [
        'dblock locks app.db',
        'ps -o pid,ppid,stat,lstart,args -p PID',
        "sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE);'",
      ],
    },
    later:
      'Read cursors to their end or close them. End a transaction that began with SELECT. Let long exports and database browsers read a copy (VACUUM INTO).',
  },
  inspect({ evidence }) {
    return ifWalIndex(evidence, (_, [, { mxFrame, nBackfill }]) => {
      const heldAtLeastMs = sampledForMs(evidence);
      const pins = readerPins(evidence).map((pin) => ({
        ...pin,
        process: nameProcess(evidence, pin.pid),
        heldAtLeastMs,
        litestream: isLitestream(evidence, pin.pid),
      }));
      return factsIfSeen(
        { path: evidence.path, mxFrame, nBackfill, pins },
        pins.length > 0,
        locksView(evidence),
      );
    });
  },
  verdict({ pins }) {
    if (pins.length === 0) return 'clear';
    const isFarBehind = pins.some((pin) => !pin.litestream && pin.framesBehind >= AUTOCHECKPOINT_FRAMES);
    return isFarBehind ? 'warning' : 'info';
  },
  summary({ pins, mxFrame, nBackfill }) {
    return pins.map((pin) => describePin(pin, mxFrame, nBackfill)).join(' ');
  },
  remedy({ path, pins }) {
    return remedyFor(path, pins);
  },
});

function describePin(pin: Pin, mxFrame: Frames, nBackfill: Frames): string {
  const { process, slot, mark, framesBehind, bytesBehind, heldAtLeastMs, litestream } = pin;
  const where =
    slot === 0
      ? `READ0 (the database file alone), which stops every checkpoint at frame ${formatCount(nBackfill)}`
      : `READ${slot} at frame ${formatCount(mark)}`;
  const kept = `the last ${plural(framesBehind, 'frame')} of ${formatCount(mxFrame)} (${formatBytes(bytesBehind)}) cannot be checkpointed`;
  const purpose = litestream
    ? ' It is Litestream, which does this on purpose and checkpoints by itself.'
    : '';
  return `${process} has held ${where}, for at least ${formatDuration(heldAtLeastMs)}: ${kept}.${purpose}`;
}

function remedyFor(path: string, pins: readonly Pin[]): Remedy {
  const pids = pins.filter((pin) => !pin.litestream).map((pin) => pin.pid);
  if (pids.length === 0) {
    return {
      text: 'Nothing to do while Litestream replicates: see that it is alive and that its log shows no errors.',
      commands: [],
    };
  }
  return {
    text: 'In its code, look for a read that does not end, in this order: a cursor or iterator that is not read to its end or closed; a transaction that began with SELECT and is left open, as in an idle session or a database browser; a long export, which can read from a copy (VACUUM INTO) instead. Once it has ended, or you ended the process, checkpoint the rest.',
    commands: [
      ...[...new Set(pids)].map((pid) => `ps -o pid,ppid,stat,lstart,args -p ${pid}`),
      sqlite3Command(path, 'PRAGMA wal_checkpoint(TRUNCATE);'),
    ],
  };
}

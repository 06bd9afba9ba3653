import type { WalIndex } from '../../sqlite/shapes.js';
import { type Bytes, type Frames, formatBytes, formatCount, type Pid } from '../../units.js';
import { defineCheck, facts, type Inspection, skipped } from '../check.js';
import { ifWalIndex, type SamplePair } from '../live.js';
import { isLitestream } from '../process-questions.js';
import { attachedPids, holders, lastSample, locksView, nameProcesses } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { checkpointRepair } from '../repair/plans.js';
import { impossible, offered } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';
import { AUTOCHECKPOINT_FRAMES, copyableFrames, frameBytes } from '../wal-readers.js';

interface Facts {
  readonly path: string;
  readonly mxFrame: Frames;
  readonly nBackfill: Frames;
  /** What a checkpoint could have copied both times, whatever readers hold. */
  readonly copyableFrames: Frames;
  readonly copyableBytes: Bytes;
  readonly checkpointing: boolean;
  readonly litestreamPids: readonly Pid[];
  readonly litestream: string;
}

/** Four times the size at which SQLite's own autocheckpoint starts: several commits in a row did not run one. */
const ABSENT_FRAMES: Frames = 4 * AUTOCHECKPOINT_FRAMES;

export const checkpointAbsent = defineCheck<Facts>({
  id: 'checkpoint-absent',
  title: 'Nobody checkpoints the WAL',
  severity: 'warning',
  group: 'now',
  why: 'Commits go into the WAL, and a checkpoint copies them into the database. SQLite starts one by itself when a commit leaves 1,000 or more frames, unless the application switched that off (wal_autocheckpoint = 0, or a WAL hook of its own) and does not do it instead. Then the WAL grows until the disk is full, and reads become slower on the way.',
  sources: [
    'https://www.sqlite.org/wal.html#automatic_checkpoint',
    'https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint',
    'https://www.sqlite.org/c3ref/wal_hook.html',
    'main.c: sqlite3WalDefaultHook',
  ],
  guide: {
    meaning:
      'WAL mode: in both looks at least 4,000 frames could have been copied into the database, no reader prevented it, and nobody was checkpointing. With Litestream attached only good to know: it checkpoints by itself.',
    certainty:
      "Certain that the frames were there and free to copy. That nobody ever checkpoints is inferred: four times SQLite's own limit means that several commits in a row did not. A read that kept them from it and has just ended looks the same: then the next commit does it.",
    now: {
      text: 'Checkpoint now, then look for the reason.',
      commands: ["sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE);'"],
    },
    later:
      'In this order: PRAGMA wal_autocheckpoint = 0 or a large number where connections are opened; a WAL hook that replaced the automatic one; a checkpointer that died or whose errors are ignored.',
  },
  inspect({ evidence }) {
    return ifWalIndex(evidence, (samples, indexes) => inspectBacklog(evidence, samples, indexes));
  },
  verdict({ checkpointing, copyableFrames: frames, litestreamPids }) {
    if (checkpointing || frames < ABSENT_FRAMES) return 'clear';
    return litestreamPids.length > 0 ? 'info' : 'warning';
  },
  summary({ mxFrame, nBackfill, copyableFrames: frames, copyableBytes, litestream, litestreamPids }) {
    const backlog = `${formatCount(nBackfill)} of ${formatCount(mxFrame)} frames of the WAL are in the database. At least ${formatCount(frames)} more (${formatBytes(copyableBytes)}) could be, no reader prevents it, and nobody is doing it.`;
    return litestreamPids.length > 0
      ? `${backlog} ${litestream} is attached: Litestream checkpoints by itself.`
      : backlog;
  },
  remedy({ path, litestreamPids }) {
    if (litestreamPids.length > 0) {
      return {
        text: 'Look at the Litestream log for failed checkpoints, and at its checkpoint settings: until it checkpoints, the WAL is meant to grow.',
        commands: [],
      };
    }
    return {
      text: 'Checkpoint now, then find why it did not happen, in this order: PRAGMA wal_autocheckpoint = 0 or a large number where connections are opened; a WAL hook that replaced the automatic one; a checkpointer process or thread that died or whose errors are ignored.',
      commands: [sqlite3Command(path, 'PRAGMA wal_checkpoint(TRUNCATE);')],
    };
  },

  repair: {
    ids: ['checkpoint-absent'],
    safety: 'safe',
    summary:
      'A checkpoint, as dblock checkpoint runs it, unless Litestream is attached. The finding comes back unless its cause is found.',
    plan({ litestreamPids, litestream }, { evidence }) {
      if (litestreamPids.length > 0)
        return impossible(`${litestream} is attached: Litestream checkpoints by itself`);
      return offered(evidence, [checkpointRepair('checkpoint-absent', evidence, 'Checkpoint now.')]);
    },
  },
});

function inspectBacklog(
  evidence: Evidence,
  samples: SamplePair,
  [first, last]: readonly [WalIndex, WalIndex],
): Inspection<Facts> {
  const copyable = Math.min(copyableFrames(samples[0], first), copyableFrames(samples[1], last));
  const view = locksView(evidence);
  if (copyable >= ABSENT_FRAMES && !view.complete) return skipped(view.reason);
  const litestreamPids = attachedPids(lastSample(evidence)).filter((pid) => isLitestream(evidence, pid));
  return facts({
    path: evidence.path,
    mxFrame: last.mxFrame,
    nBackfill: last.nBackfill,
    copyableFrames: copyable,
    copyableBytes: frameBytes(last, copyable),
    checkpointing: samples.some((sample) => holders(sample, 'CKPT', 'WRITE').length > 0),
    litestreamPids,
    litestream: nameProcesses(evidence, litestreamPids),
  });
}

import type { WalStatus } from '../../checkpoint/shapes.js';
import { everOpenPids } from '../../doctor/attachment.js';
import { lockRows } from '../../doctor/lock-rows.js';
import { lastSample, locksView, processesView, trustedIndex } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { frameBytes } from '../../doctor/wal-readers.js';
import { known, unknown } from '../../known.js';
import type { CheckpointStatus } from '../../report/report.js';
import { FRAME_HEADER_BYTES } from '../../sqlite/wal.js';

/** Sizes, frames, and who has it open and pins what. */
export function statusOf(evidence: Evidence): CheckpointStatus {
  const { database, wal } = lastSample(evidence);
  return {
    databaseBytes: database.bytes,
    walBytes: wal?.file.bytes ?? null,
    frames: framesOf(evidence),
    attached: lockRows(evidence),
    limits: hiddenReasons(evidence),
  };
}

/** By the index while somebody vouches for it; else all committed frames wait: the next to open recovers them all. */
function framesOf(evidence: Evidence): WalStatus['frames'] {
  const sample = lastSample(evidence);
  const index = trustedIndex(sample);
  if (index) {
    const backlogFrames = index.mxFrame - index.nBackfill;
    const { mxFrame, nBackfill: backfilled } = index;
    return known({ mxFrame, backfilled, backlogFrames, backlogBytes: frameBytes(index, backlogFrames) });
  }
  const nothing = { mxFrame: 0, backfilled: 0, backlogFrames: 0, backlogBytes: 0 };
  const { walScan } = evidence;
  if (walScan === null) return known(nothing);
  if (!walScan.known) return unknown(walScan.reason);
  const mxFrame = walScan.value.committedFrames;
  if (everOpenPids(evidence).length > 0) return unknown('the WAL index could not be read');
  const pageBytes = sample.wal?.content.kind === 'header' ? sample.wal.content.header.pageBytes : 0;
  const backlogBytes = mxFrame * (FRAME_HEADER_BYTES + pageBytes);
  return known({ ...nothing, mxFrame, backlogFrames: mxFrame, backlogBytes });
}

/** Whether it is certain that nobody has the database open. */
export function isSurelyAlone(evidence: Evidence): boolean {
  const views = [locksView(evidence), processesView(evidence)];
  return everOpenPids(evidence).length === 0 && views.every((view) => view.complete);
}

function hiddenReasons(evidence: Evidence): string[] {
  const views = [locksView(evidence), processesView(evidence)];
  return [...new Set(views.flatMap((view) => (view.complete ? [] : view.reason)))];
}

/** The words for repairs and what became of them, which several formats share. */
import type { FixBackup, FixRepair, Repair } from '../doctor/repair/shapes.js';
import { formatBytes, formatDuration } from '../units.js';
import type { FixDatabase } from './report.js';
import type { Tone } from './style.js';

/** The reason of a repair that was left out because others were asked for by id. */
export const NOT_ASKED = 'it was not asked for';

/** `safe`, or why a plain `--apply` leaves it out. */
export function safetyText({ byIdOnly }: Repair): string {
  return byIdOnly === null ? 'safe' : 'by id only';
}

export const RESULT_WORDS = {
  planned: 'Plan',
  'left-out': 'Left out',
  cleared: 'Cleared',
  'still-there': 'Still there',
  prevented: 'Prevented',
  failed: 'Failed',
  'not-tried': 'Not tried',
} as const satisfies Record<FixRepair['result']['result'], string>;

export const RESULT_TONES = {
  planned: 'info',
  'left-out': 'muted',
  cleared: 'ok',
  'still-there': 'warning',
  prevented: 'warning',
  failed: 'incomplete',
  'not-tried': 'muted',
} as const satisfies Record<FixRepair['result']['result'], Tone>;

/** What there is to say of the result beyond its word; `null`: nothing. */
export function resultText({ result }: FixRepair): string | null {
  switch (result.result) {
    case 'planned':
      return null;
    case 'cleared':
      return `Done in ${formatDuration(result.durationMs)}, and diagnosed again: the finding is gone.`;
    case 'left-out':
    case 'not-tried':
      return `Not done: ${result.reason}.`;
    case 'still-there':
      return `Done, and diagnosed again: ${result.summary}`;
    case 'prevented':
    case 'failed':
      return result.summary;
  }
}

export function estimateText({ estimate }: FixRepair): string | null {
  if (estimate === null) return null;
  if (!estimate.known) return `not measured: ${estimate.reason}`;
  const { durationMs, grewBytes } = estimate.value;
  const size =
    grewBytes === 0
      ? 'the database stays as large as it is'
      : `the database ${grewBytes > 0 ? 'grows' : 'shrinks'} by ${formatBytes(Math.abs(grewBytes))}`;
  return `${durationMs < 10 ? `${durationMs.toFixed(1)} ms` : formatDuration(durationMs)} on a private copy; ${size}.`;
}

export function backupText({ backup }: FixDatabase): string | null {
  return backup === null ? null : describeBackup(backup);
}

function describeBackup(backup: FixBackup): string {
  if (backup.kind === 'left-out') return `No backup: ${backup.reason}.`;
  if (backup.kind === 'failed') return `No backup, so nothing was changed: ${backup.reason}.`;
  const { path, files, bytes, method, durationMs } = backup;
  const how = method === 'files' ? 'copied while nobody used it' : "by SQLite's backup API, as of one moment";
  return `Backup: ${path} (${files.join(', ')}; ${formatBytes(bytes)}, ${how}, in ${formatDuration(durationMs)})`;
}

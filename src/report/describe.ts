/** What was examined, in words and numbers. Has no text from outside. */
import type { Evidence, Sample } from '../doctor/shapes.js';
import { formatBytes, formatDuration, plural } from '../units.js';
import { countOf, type OutcomeKind } from './outcomes.js';
import type { DoctorDatabase } from './report.js';

const MODES = {
  rollback: 'rollback mode',
  wal: 'WAL mode',
  unknown: 'unknown journal mode',
} as const;

/** What the database is, and when it was looked at: `WAL mode, 40 KiB, WAL 80 KiB, 1 process attached, …`. */
export function factsText(evidence: Evidence): string {
  const sample = lastOf(evidence);
  return [...fileTexts(sample), attachedText(sample), whenText(sample)].join(', ');
}

/** Shorter: mode, size and who is attached. */
export function briefFactsText(evidence: Evidence): string {
  const sample = lastOf(evidence);
  return [modeText(sample), formatBytes(sample.database.bytes), attachedText(sample)].join(', ');
}

/** `20 checks clear, 3 inapplicable, 4 skipped; 2 samples, 250 ms apart`. */
export function countsText({ outcomes, evidence }: DoctorDatabase): string {
  const clear = `${plural(countOf(outcomes, 'clear'), 'check')} clear`;
  const counts = [clear, ...restCounts(outcomes, ['inapplicable', 'skipped'])].join(', ');
  return `${counts}; ${samplesText(evidence)}`;
}

/** `20 clear, 4 skipped`. */
export function briefCountsText({ outcomes }: DoctorDatabase): string {
  return [`${countOf(outcomes, 'clear')} clear`, ...restCounts(outcomes, ['skipped'])].join(', ');
}

function restCounts(outcomes: DoctorDatabase['outcomes'], kinds: readonly OutcomeKind[]): string[] {
  return kinds
    .filter((kind) => countOf(outcomes, kind) > 0)
    .map((kind) => `${countOf(outcomes, kind)} ${kind}`);
}

function lastOf({ samples }: Evidence): Sample {
  const sample = samples.at(-1);
  if (!sample) throw new Error('evidence without a sample');
  return sample;
}

function modeText({ header }: Sample): string {
  return header === null ? 'empty' : MODES[header.journalMode];
}

function fileTexts(sample: Sample): string[] {
  const { database, wal, journal } = sample;
  return [
    modeText(sample),
    formatBytes(database.bytes),
    ...(wal === null ? [] : [`WAL ${formatBytes(wal.file.bytes)}`]),
    ...(journal === null ? [] : [`journal ${formatBytes(journal.file.bytes)}`]),
  ];
}

function attachedText({ kernel: { processes, processesView } }: Sample): string {
  const seen = `${plural(processes.length, 'process', 'processes')} attached`;
  if (processesView.complete) return processes.length === 0 ? 'nobody attached' : seen;
  return processes.length === 0 ? 'no attached process seen' : `at least ${seen}`;
}

/** `2026-11-20 03:00:00 UTC`. */
function whenText({ atMs }: Sample): string {
  const at = new Date(atMs).toISOString();
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
}

/** Two samples are what makes "held" and "growing" facts. */
function samplesText({ samples: [first, second] }: Evidence): string {
  return first && second ? `2 samples, ${formatDuration(second.atMs - first.atMs)} apart` : '1 sample';
}

/** One database: look, decide whether and how, save what a crash left, run, look again. */
import { isBlocking } from '../../checkpoint/mode.js';
import { runCheckpoint } from '../../checkpoint/run.js';
import type { CheckpointMode, CheckpointOutcome } from '../../checkpoint/shapes.js';
import { attachedNow, everAttachedPids, everOpenPids } from '../../doctor/attachment.js';
import { lastSample, nameProcess } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import type { Known } from '../../known.js';
import { known } from '../../known.js';
import type { LockObserver } from '../../locks/platform.js';
import type { CheckpointDatabase } from '../../report/report.js';
import { saveBeside } from '../../sqlite/saved-copy.js';
import { FRAME_HEADER_BYTES } from '../../sqlite/wal.js';
import { type Bytes, formatBytes, formatDuration, type Milliseconds, type Pid } from '../../units.js';
import type { Examined } from '../gather.js';
import type { Host } from '../host.js';
import { refusalsOf, resetBugOf, unseenObstacles, whyNotWritable, whyNoWal } from './obstacles.js';
import type { CheckpointSettings } from './options.js';
import { outcomeOf } from './outcome.js';
import { isSurelyAlone, statusOf } from './status.js';
import { worldOf } from './world.js';

/** How long looking takes, which counts as waiting (--wait). */
export interface Looking {
  /** When the look at this database began. */
  readonly beganMs: Milliseconds;
  /** What the look afterwards will take, as far as the first one tells. */
  readonly afterwardsMs: Milliseconds;
}

export interface CheckpointTools {
  /** `null`: looking does not count. */
  readonly looking: Looking | null;
  readonly observer: LockObserver;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** `null`: the file cannot be examined any more, and the user was told. */
  lookAgain(): Promise<Evidence | null>;
  /** Tells the user at once. */
  warn(text: string): void;
}

export async function checkpointDatabase(
  { path, given, evidence }: Examined,
  settings: CheckpointSettings,
  tools: CheckpointTools,
): Promise<CheckpointDatabase> {
  const before = statusOf(evidence);
  const base = { path, given, requestedMode: settings.mode, before };
  const early = decideEarly(evidence, settings);
  if (early) return { ...base, outcome: early, after: null, savedFiles: [], notes: [] };
  const { mode, replaced } = chooseMode(evidence, settings);
  const warning = isBlocking(mode) ? waitWarning(evidence, settings.waitMs) : null;
  const warnings = [...forcedNotes(evidence, settings), ...[replaced, warning].flatMap((one) => one ?? [])];
  for (const text of warnings) tools.warn(text);
  const notes = [...warnings, ...unseenObstacles(evidence)];
  const saved = settings.save ? saveLeftovers(evidence, tools.host.now()) : known([]);
  if (!saved.known) return { ...base, outcome: unsaved(saved.reason), after: null, savedFiles: [], notes };
  const outcome = await runOne(
    evidence,
    { ...settings, mode },
    { replaced, requestedMode: settings.mode },
    tools,
  );
  const later = await tools.lookAgain();
  const after = later && statusOf(later);
  return { ...base, outcome, after, savedFiles: saved.value, notes };
}

/** Whatever needs no connection to be told; `null`: a checkpoint is to be run. */
function decideEarly(evidence: Evidence, settings: CheckpointSettings): CheckpointOutcome | null {
  const { wal } = lastSample(evidence);
  const walBytes = wal?.file.bytes ?? 0;
  if (settings.onlyAboveBytes !== null && walBytes < settings.onlyAboveBytes) {
    const size = wal === null ? 'There is no WAL' : `The WAL has ${formatBytes(walBytes)}`;
    return unneeded(`${size}, and less than ${formatBytes(settings.onlyAboveBytes)} is left alone.`);
  }
  const refusals = refusalsOf(evidence);
  if (refusals.length > 0 && !settings.force) {
    const summary =
      'Nothing was opened or changed, because a checkpoint could do harm; --force runs it all the same.';
    return { outcome: 'refused', summary, refusals };
  }
  const noWal = whyNoWal(evidence);
  if (noWal !== null) return failed(noWal, 'Only databases in WAL mode have something to checkpoint.');
  if (everOpenPids(evidence).length === 0 && walBytes === 0) {
    return unneeded('Nobody has it open and there is no WAL: everything is in the database.');
  }
  const readOnly = whyNotWritable(evidence);
  return readOnly === null ? null : failed(readOnly, 'Run it as the user of the application.');
}

function unneeded(summary: string): CheckpointOutcome {
  return { outcome: 'unneeded', summary };
}

function failed(summary: string, text: string): CheckpointOutcome {
  return { outcome: 'failed', summary, code: null, run: null, blockers: [], remedy: { text, commands: [] } };
}

function unsaved(reason: string): CheckpointOutcome {
  return failed(
    `What a crash left could not be saved: ${reason}. Nothing was opened or changed.`,
    'Make room or give permission, or leave the copy out with --no-save.',
  );
}

function forcedNotes(evidence: Evidence, { force }: CheckpointSettings): string[] {
  return force
    ? refusalsOf(evidence).map(({ check, reason }) => `Forced in spite of ${check}: ${reason}`)
    : [];
}

/** Every restart of the WAL is a moment at which a SQLite with the bug can lose commits: passive makes none itself. */
function chooseMode(
  evidence: Evidence,
  { mode, force }: CheckpointSettings,
): { mode: CheckpointMode; replaced: string | null } {
  const bug = isBlocking(mode) ? resetBugOf(evidence) : null;
  if (bug === null) return { mode, replaced: null };
  const why = `${bug} That SQLite has the WAL-reset bug: a checkpoint of its own that meets a restart of the WAL can lose commits.`;
  if (force) return { mode, replaced: null };
  return {
    mode: 'passive',
    replaced: `Passive instead of ${mode}: ${why} --force runs ${mode} all the same.`,
  };
}

/** `null` if writers can bear the wait, or nobody is there. */
function waitWarning(evidence: Evidence, waitMs: Milliseconds): string | null {
  if (waitMs === 0 || attachedNow(evidence).length === 0) return null;
  const declared = evidence.declared.connections?.busyTimeoutMs ?? null;
  const wait = `Writers may be kept waiting for ${formatDuration(waitMs)}`;
  if (declared === null) {
    return `${wait}: with a shorter busy timeout they fail with SQLITE_BUSY. Theirs is not declared (connections.busy_timeout_ms).`;
  }
  if (declared >= waitMs) return null;
  return `${wait}, and their busy timeout is declared as ${formatDuration(declared)}: they can fail with SQLITE_BUSY.`;
}

/** A WAL that nobody uses, be it whole or damaged, and a journal: opening the database changes or deletes them. */
function saveLeftovers(evidence: Evidence, nowMs: Milliseconds): Known<string[]> {
  if (everAttachedPids(evidence).length > 0) return known([]);
  const { wal, journal } = lastSample(evidence);
  const files = [
    ...(wal && wal.file.bytes > 0 ? [wal.file] : []),
    ...(journal?.content.kind === 'active' ? [journal.file] : []),
  ];
  const suffix = `.saved-${new Date(nowMs).toISOString().replace(/[-:]/g, '')}`;
  const saved: string[] = [];
  for (const file of files) {
    const copy = saveBeside(file, suffix, growthOf(evidence));
    if (!copy.known) return copy;
    saved.push(copy.value);
  }
  return known(saved);
}

/** What the database file will grow by. */
function growthOf(evidence: Evidence): Bytes {
  const { database, header } = lastSample(evidence);
  const pages = evidence.walScan?.known ? evidence.walScan.value.databasePages : 0;
  return Math.max(0, pages * (header?.pageBytes ?? 0) - database.bytes);
}

async function runOne(
  evidence: Evidence,
  settings: CheckpointSettings,
  asked: { readonly replaced: string | null; readonly requestedMode: CheckpointMode },
  { observer, host, signal, looking }: CheckpointTools,
): Promise<CheckpointOutcome> {
  const { path } = evidence;
  const { mode, waitMs, retryForMs } = settings;
  const mayClose = mode === 'truncate' || isSurelyAlone(evidence);
  const world = worldOf(evidence, observer, host, mayClose);
  const frameBytes = FRAME_HEADER_BYTES + (lastSample(evidence).header?.pageBytes ?? 0);
  // Whoever retries has a deadline of its own.
  const untilMs =
    looking === null || retryForMs !== null ? null : looking.beganMs + waitMs - looking.afterwardsMs;
  const request = { path, mode, waitMs, retryForMs, untilMs, frameBytes, signal };
  const result = await runCheckpoint(request, world);
  return outcomeOf(result, { path, ...asked, nameOf: (pid) => nameOf(evidence, observer, pid) });
}

/** Of one that came since the first look, too. */
export function nameOf(evidence: Evidence, observer: LockObserver, pid: Pid): string {
  const isKnown = evidence.processes.some((process) => process.pid === pid);
  const processes = isKnown ? evidence.processes : [...evidence.processes, ...observer.describe([pid])];
  return nameProcess({ ...evidence, processes }, pid);
}

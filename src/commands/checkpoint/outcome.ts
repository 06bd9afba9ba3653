/** From what a run did to what the user is told. */
import { findBlockers, type Look } from '../../checkpoint/blockers.js';
import { describeFailure } from '../../checkpoint/failure.js';
import type { RunResult } from '../../checkpoint/run.js';
import type {
  CheckpointBlocker,
  CheckpointMode,
  CheckpointOutcome,
  CheckpointRemedy,
  CheckpointRun,
} from '../../checkpoint/shapes.js';
import { shellQuote } from '../../doctor/quote.js';
import { showPath } from '../../sqlite/errors.js';
import { formatBytes, type Pid, plural } from '../../units.js';

export interface Told {
  readonly path: string;
  readonly requestedMode: CheckpointMode;
  /** Why another mode was run; `null`: it was not. */
  readonly replaced: string | null;
  nameOf(pid: Pid): string;
}

export function outcomeOf(result: RunResult, told: Told): CheckpointOutcome {
  const mode = result.run?.mode ?? told.requestedMode;
  const blockers = result.look ? findBlockers(mode, result.look, result.pid, told.nameOf) : [];
  if (result.kind === 'failed') return failedOutcome(result, told, blockers);
  const { run, verdict } = result;
  if (verdict.verdict === 'no-wal') {
    const summary = `${showPath(told.path)} left WAL mode meanwhile: it has no WAL any more.`;
    return { outcome: 'failed', summary, code: null, run, blockers: [], remedy: NO_REMEDY };
  }
  if (verdict.verdict === 'complete' && told.replaced === null) {
    return { outcome: 'complete', summary: completeSummary(run), run };
  }
  if (verdict.verdict === 'complete') {
    const summary = `${completeSummary(run)} But it was not the ${told.requestedMode} checkpoint that was asked for.`;
    return { outcome: 'incomplete', summary, run, blockers: [], remedy: replacedRemedy(told) };
  }
  const left = verdict.verdict === 'partial' ? verdict.framesLeft : null;
  return {
    outcome: 'incomplete',
    summary: incompleteSummary(run, left, result.look, blockers),
    run,
    blockers,
    remedy: remedyFor(told, run.mode, blockers),
  };
}

const NO_REMEDY: CheckpointRemedy = { text: '', commands: [] };

function failedOutcome(
  { run, code, message }: Extract<RunResult, { kind: 'failed' }>,
  told: Told,
  blockers: CheckpointBlocker[],
): CheckpointOutcome {
  const { summary, advice } = describeFailure(code, message);
  const ofSqlite = code.startsWith('SQLITE_');
  const commands = ofSqlite ? [`dblock explain ${code}`] : [`dblock doctor ${shellQuote(told.path)}`];
  return {
    outcome: 'failed',
    summary: ofSqlite ? `${summary} (${code})` : summary,
    code: ofSqlite ? code : null,
    run,
    blockers,
    remedy: { text: advice, commands },
  };
}

function completeSummary(run: CheckpointRun): string {
  const done =
    run.mode === 'truncate' ? 'The WAL was truncated' : 'Every frame of the WAL is in the database';
  return `${done}: ${movedText(run)}.`;
}

function movedText({ framesMoved, framesMovedAtLeast, bytesMoved }: CheckpointRun): string {
  if (framesMoved === 0 && !framesMovedAtLeast) return 'there was no frame left to move';
  const least = framesMovedAtLeast ? 'at least ' : '';
  return `${least}${plural(framesMoved, 'frame')} (${formatBytes(bytesMoved)}) moved`;
}

function incompleteSummary(
  run: CheckpointRun,
  framesLeft: number | null,
  look: Look | null,
  blockers: readonly CheckpointBlocker[],
): string {
  const rest = framesLeft === null ? 'another process was checkpointing' : restText(run, framesLeft);
  const hidden =
    look?.hidden && blockers.length === 0 ? ` Who prevented it cannot be seen: ${look.hidden}.` : '';
  const moved = run.framesMoved === 0 ? 'No frame was moved' : sentenceOf(movedText(run));
  return `${moved}; ${rest}.${hidden}`;
}

function restText({ mode, steps }: CheckpointRun, framesLeft: number): string {
  if (framesLeft > 0) return `${plural(framesLeft, 'frame')} could not be moved`;
  const wanted = mode === 'truncate' ? 'truncated' : 'restarted';
  return steps.at(-1)?.mode === mode
    ? `all frames are in the database, but the WAL could not be ${wanted}`
    : `all frames are in the database, but the WAL was not ${wanted}`;
}

function sentenceOf(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function replacedRemedy({ path, requestedMode }: Told): CheckpointRemedy {
  return {
    text: 'Update the SQLite of the application to 3.51.3 or later. Until then let the application restart the WAL itself, or stop it first; --force runs the mode all the same.',
    commands: [`dblock checkpoint ${shellQuote(path)} --mode ${requestedMode} --force`],
  };
}

/** What to do about those who are in the way, then how to try again. */
function remedyFor(
  { path }: Told,
  mode: CheckpointMode,
  blockers: readonly CheckpointBlocker[],
): CheckpointRemedy {
  const stopped = blockers.filter(({ state }) => state === 'T' || state === 't');
  const readers = blockers.filter(({ role }) => role === 'reader');
  const texts = [
    ...(stopped.length === 0 ? [] : ['Let the stopped process go on, or end it.']),
    ...(readers.length === 0 ? [] : [END_THE_READ]),
    ...(blockers.length > 0 && readers.length === 0 ? ['Let it finish.'] : []),
    `Then checkpoint the rest; --retry-until waits for the moment.`,
  ];
  const pids = [...new Set(blockers.map(({ pid }) => pid))];
  return {
    text: texts.join(' '),
    commands: [
      ...new Set(stopped.map(({ pid }) => `kill -CONT ${pid}`)),
      ...pids.map((pid) => `ps -o pid,ppid,stat,lstart,args -p ${pid}`),
      `dblock checkpoint ${shellQuote(path)}${mode === 'passive' ? '' : ` --mode ${mode}`} --retry-until 2m`,
    ],
  };
}

const END_THE_READ =
  'End the read: look for a cursor that is not read to its end or closed, a transaction that began with SELECT and is left open, or a long export.';

/** Why a checkpoint should not be begun, or not in the mode that was asked for: what the doctor's checks find. */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Refusal } from '../../checkpoint/shapes.js';
import { hotJournal } from '../../doctor/checks/hot-journal.js';
import { walResetBug } from '../../doctor/checks/wal-reset-bug.js';
import { examine, type Outcome } from '../../doctor/examine.js';
import { OBSTACLES } from '../../doctor/obstacles.js';
import { lastSample, lockingMode } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { showPath } from '../../sqlite/errors.js';
import { errorCode } from '../../targets/unreachable.js';

/** What was found that forbids a checkpoint; `--force` overrules it. */
export function refusalsOf(evidence: Evidence): Refusal[] {
  return examine({ evidence, siblings: [] }, OBSTACLES).flatMap((outcome) => refusalOf(outcome, evidence));
}

function refusalOf(outcome: Outcome, evidence: Evidence): Refusal[] {
  const { id: check } = outcome;
  if (outcome.outcome === 'found') {
    const { severity, summary: reason } = outcome;
    const remedy = { text: outcome.remedy.text, commands: [...outcome.remedy.commands] };
    return severity === 'info' ? [] : [{ check, reason, remedy }];
  }
  // A journal whose writer may be hidden may be hot, too.
  const mayBeHot = check === hotJournal.id && lastSample(evidence).journal?.content.kind === 'active';
  if (outcome.outcome === 'crashed' || (outcome.outcome === 'skipped' && mayBeHot)) {
    return [{ check, reason: outcome.reason, remedy: { text: 'Run dblock doctor first.', commands: [] } }];
  }
  return [];
}

/** What could not be looked at, so that a reason to refuse may have been missed: a sentence each. */
export function unseenObstacles(evidence: Evidence): string[] {
  const reasons = new Map<string, string[]>();
  for (const outcome of examine({ evidence, siblings: [] }, OBSTACLES)) {
    if (outcome.outcome !== 'skipped') continue;
    reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), outcome.id]);
  }
  return [...reasons].map(([reason, ids]) => `Not ruled out: ${ids.join(', ')}, because ${reason}.`);
}

/** Why there is nothing to checkpoint, and never will be as things are; `null`: the database is in WAL mode. */
export function whyNoWal(evidence: Evidence): string | null {
  const sample = lastSample(evidence);
  const path = showPath(evidence.path);
  if (sample.header === null) return `${path} has 0 bytes: there is no database that a WAL could belong to.`;
  const hasWal = (sample.wal?.file.bytes ?? 0) > 0;
  if (lockingMode(sample) === 'wal' || hasWal) return null;
  return `${path} is not in WAL mode but in rollback mode: it has no WAL, so there is nothing to checkpoint.`;
}

/** What the WAL-reset bug of an attached process says against restarting the WAL; `null`: it was not found. */
export function resetBugOf(evidence: Evidence): string | null {
  const [outcome] = examine({ evidence, siblings: [] }, [walResetBug]);
  return outcome?.outcome === 'found' ? outcome.summary : null;
}

/** Why SQLite could not write; `null`: as far as permissions tell, it can. */
export function whyNotWritable({ path, samples }: Evidence): string | null {
  const sample = samples.at(-1);
  const sidecars = [sample?.wal?.file.path, sample?.walIndex?.file.path].flatMap((file) => file ?? []);
  const needed = [path, ...sidecars, ...(sidecars.length < 2 ? [dirname(path)] : [])];
  for (const file of needed) {
    const reason = whyNoAccess(
      file,
      file === dirname(path) ? constants.W_OK | constants.X_OK : constants.W_OK,
    );
    if (reason !== null) return `${showPath(file)} cannot be written: ${reason}.`;
  }
  return null;
}

function whyNoAccess(file: string, mode: number): string | null {
  try {
    accessSync(file, mode);
    return null;
  } catch (error) {
    const code = errorCode(error);
    // Gone since it was seen: SQLite makes it anew, or says what is wrong.
    if (code === 'ENOENT') return null;
    if (code === 'EROFS') return 'the file system is mounted read-only';
    return code === 'EACCES' || code === 'EPERM' ? 'no permission' : `the system says ${code}`;
  }
}

/** One database: diagnose, plan, and if asked to, back up, apply, diagnose again. */
import { tmpdir } from 'node:os';
import type { Muted } from '../../config.js';
import { checks } from '../../doctor/checks/index.js';
import { examine, type Outcome } from '../../doctor/examine.js';
import { estimate } from '../../doctor/repair/estimate.js';
import type { FixRepair, RepairResult } from '../../doctor/repair/shapes.js';
import type { Evidence } from '../../doctor/shapes.js';
import type { FixDatabase } from '../../report/report.js';
import { removeMark } from '../../sqlite/run-mark.js';
import type { Examined } from '../gather.js';
import { applyRepairs, type FixTools, isInRollback, leavesWal, type Run, type Tried } from './apply.js';
import { beginRun, describeEarlierRun, findEarlierRun, unfinishedRepairs } from './earlier-run.js';
import type { FixSettings } from './options.js';
import { inOrder, type PlannedRepair, planRepairs, reported } from './plan.js';
import { appliedSummary, previewSummary } from './summary.js';
import { isApplicable, wishedFor } from './wishes.js';

export async function fixDatabase(
  examined: Examined,
  settings: FixSettings,
  muted: readonly Muted[],
  tools: FixTools,
): Promise<FixDatabase> {
  const { path, given, evidence } = examined;
  const earlier = findEarlierRun(path, settings, tools.host);
  const outcomes = examineOne(evidence, muted);
  const wishes = wishedFor(outcomes, settings.asked, evidence);
  const plan = planRepairs([...outcomes, ...wishes], settings.asked, unfinishedRepairs(earlier, evidence));
  const isPreview = settings.asked.kind === 'nothing';
  const shown = await estimated(plan.repairs, isPreview, evidence, settings, tools);
  const base = { path, given, unrepaired: plan.unrepaired };
  const wanted = plan.repairs.filter(({ leftOut }) => leftOut === null).toSorted(inOrder);
  if (isPreview || wanted.length === 0) {
    const summary = isPreview ? previewSummary(plan) : appliedSummary(plan, []);
    const notes = describeEarlierRun(earlier, false);
    return {
      ...base,
      mode: isPreview ? 'preview' : 'apply',
      summary,
      repairs: shown,
      backup: null,
      appeared: [],
      notes,
    };
  }
  const repairs = wanted.map(({ repair }) => repair);
  beginRun(path, earlier, repairs.some(leavesWal), tools.host);
  const { run, after } = await whileMarked(examined, wanted, settings, tools);
  const later = after === null ? null : examineOne(after, muted);
  const results = wanted.map(({ finding }, index) =>
    judge(finding?.id ?? null, run.tried[index], later, wishes),
  );
  const merged = shown.map((one) => ({
    ...one,
    result: results[wanted.findIndex(({ repair }) => repair === one.repair)] ?? one.result,
  }));
  return {
    ...base,
    mode: 'apply',
    summary: appliedSummary(plan, results),
    repairs: merged,
    backup: run.backup,
    appeared: newFindings(outcomes, later),
    notes: describeEarlierRun(earlier, true),
  };
}

/** The mark stays if WAL mode was left and not entered again: the next run returns to it. */
async function whileMarked(
  examined: Examined,
  wanted: readonly PlannedRepair[],
  settings: FixSettings,
  tools: FixTools,
): Promise<{ readonly run: Run; readonly after: Evidence | null }> {
  const { path, evidence } = examined;
  const repairs = wanted.map(({ repair }) => repair);
  let isBetween = false;
  try {
    const run = await applyRepairs(examined, repairs, settings, tools);
    const after = await tools.lookAgain();
    isBetween = repairs.some(leavesWal) && !isInRollback(evidence) && isInRollback(after);
    return { run, after };
  } finally {
    if (!isBetween) removeMark(path);
  }
}

/** What the configuration mutes is repaired by id only. */
function examineOne(evidence: Evidence, muted: readonly Muted[]): Outcome[] {
  return examine({ evidence, siblings: [] }, checks).map((outcome) => {
    const entry = muted.find(({ check }) => check === outcome.id);
    return entry && outcome.outcome === 'found' ? { ...outcome, muted: entry.reason } : outcome;
  });
}

async function estimated(
  planned: readonly PlannedRepair[],
  isPreview: boolean,
  evidence: Evidence,
  settings: FixSettings,
  { signal }: FixTools,
): Promise<FixRepair[]> {
  const shown: FixRepair[] = [];
  for (const one of planned) {
    const measured = settings.estimate
      ? await estimate(evidence, one.repair.action, [tmpdir(), '/var/tmp'], signal)
      : null;
    shown.push({ ...reported(one, isPreview), estimate: measured });
  }
  return shown;
}

/** What the second diagnosis says counts, not that nothing failed. */
function judge(
  check: string | null,
  tried: Tried | undefined,
  later: readonly Outcome[] | null,
  wishes: readonly Outcome[],
): RepairResult {
  if (tried === undefined) return { result: 'not-tried', reason: 'something before it failed' };
  if (tried.result !== 'done') return tried;
  const outcome = later?.find(({ id }) => id === check);
  if (check === null) return { result: 'cleared', durationMs: tried.durationMs };
  switch (outcome?.outcome) {
    case 'clear':
      if (wishes.some(({ id }) => id === check) && isApplicable(outcome.id, outcome.facts))
        return { result: 'still-there', summary: 'It is as it was.' };
      return { result: 'cleared', durationMs: tried.durationMs };
    case 'inapplicable':
      return { result: 'cleared', durationMs: tried.durationMs };
    case 'found':
      return { result: 'still-there', summary: outcome.summary };
    case 'skipped':
    case 'crashed':
      return { result: 'still-there', summary: `Whether it is cleared cannot be told: ${outcome.reason}.` };
    default:
      return {
        result: 'still-there',
        summary: 'Whether it is cleared cannot be told: the database could not be examined again.',
      };
  }
}

function newFindings(before: readonly Outcome[], after: readonly Outcome[] | null): string[] {
  const found = (outcomes: readonly Outcome[]) =>
    outcomes.filter(({ outcome }) => outcome === 'found').map(({ id }) => id);
  return found(after ?? []).filter((id) => !found(before).includes(id));
}

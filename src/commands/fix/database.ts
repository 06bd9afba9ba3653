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
import { applyRepairs, leavesWal, type Run } from './apply.js';
import {
  beginRun,
  clearEarlierRun,
  describeEarlierRun,
  findEarlierRun,
  unfinishedRepairs,
} from './earlier-run.js';
import type { FixTools } from './elsewhere.js';
import type { FixSettings } from './options.js';
import { examineOrphans } from './orphans.js';
import { inOrder, type PlannedRepair, planRepairs, reported } from './plan.js';
import { appliedSummary, previewSummary, unseenNotes } from './summary.js';
import type { Tried } from './tried.js';
import { isApplicable, wishedFor } from './wishes.js';
import { worldOf } from './world.js';

export interface Fixed {
  readonly database: FixDatabase;
  /** Something that was asked for could not be done, or not be looked at: nothing may be concluded. */
  readonly couldNot: boolean;
}

export async function fixDatabase(
  examined: Examined,
  settings: FixSettings,
  tools: FixTools,
): Promise<Fixed> {
  const { path, given, evidence } = examined;
  const earlier = findEarlierRun(path, settings, tools.host);
  const outcomes = await examineAll(examined, settings, tools);
  const wishes = wishedFor(outcomes, settings.asked, evidence);
  const unfinished = unfinishedRepairs(earlier, evidence);
  const plan = planRepairs([...outcomes, ...wishes], settings.asked, unfinished);
  const shown = await estimated(plan.repairs, evidence, settings, tools);
  const base = { path, given, repairs: shown, unrepaired: plan.unrepaired, backup: null, appeared: [] };
  const couldNot = isRefused(plan, settings) || outcomes.some(({ outcome }) => outcome === 'crashed');
  const wanted = plan.repairs.filter(({ leftOut }) => leftOut === null).toSorted(inOrder);
  if (wanted.length === 0) {
    const mode = settings.asked.kind === 'nothing' ? 'preview' : 'apply';
    const summary = mode === 'preview' ? previewSummary(plan) : appliedSummary(plan, [], settings.asked);
    const clears = mode === 'apply' && unfinished.length === 0;
    if (clears) clearEarlierRun(path, earlier, tools.host);
    const notes = [...describeEarlierRun(earlier, clears), ...unseenNotes(plan.unseen)];
    return { database: { ...base, mode, summary, notes }, couldNot };
  }
  const leaves = wanted.some(({ repair }) => leavesWal(repair));
  beginRun(path, earlier, leaves, tools.host);
  const { run, after } = await whileMarked(examined, wanted, settings, tools);
  const later = after && (await examineAll({ ...examined, evidence: after }, settings, tools));
  const results = wanted.map(({ finding }, index) =>
    judge(finding?.id ?? null, run.tried[index], later, wishes),
  );
  const database: FixDatabase = {
    ...base,
    mode: 'apply',
    summary: appliedSummary(plan, results, settings.asked),
    repairs: shown.map((one) => ({
      ...one,
      result: results[wanted.findIndex(({ repair }) => repair === one.repair)] ?? one.result,
    })),
    backup: run.backup,
    appeared: newFindings(outcomes, later),
    notes: [...describeEarlierRun(earlier, true), ...unseenNotes(plan.unseen)],
  };
  return { database, couldNot };
}

/** By id, what was withheld or could not be looked at; else, that all there is to do is withheld. */
function isRefused(
  { repairs, withheld, unseen }: ReturnType<typeof planRepairs>,
  { asked }: FixSettings,
): boolean {
  if (asked.kind === 'ids') return withheld.length > 0 || unseen.length > 0;
  return asked.kind === 'safe' && withheld.length > 0 && repairs.every(({ leftOut }) => leftOut !== null);
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
  const world = worldOf(evidence, tools.observer, tools.host);
  try {
    const run = await applyRepairs(examined, repairs, settings, tools);
    return { run, after: await tools.lookAgain() };
  } finally {
    const isBetween =
      repairs.some(leavesWal) && world.changed() === null && world.journalMode() === 'rollback';
    if (!isBetween) removeMark(path);
  }
}

async function examineAll(examined: Examined, settings: FixSettings, tools: FixTools): Promise<Outcome[]> {
  const outcomes = examineOne(examined.evidence, tools.config.mute);
  const orphans = await examineOrphans(examined, settings, tools);
  return orphans === null ? outcomes : [...outcomes, orphans];
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
  evidence: Evidence,
  settings: FixSettings,
  { signal }: FixTools,
): Promise<FixRepair[]> {
  const shown: FixRepair[] = [];
  for (const one of planned) {
    const measured = settings.estimate
      ? await estimate(evidence, one.repair.action, [tmpdir(), '/var/tmp'], signal)
      : null;
    shown.push({ ...reported(one, settings.asked.kind === 'nothing'), estimate: measured });
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
        ...{ result: 'failed', code: null, remedy: { text: 'Look what became of the file.', commands: [] } },
        summary: 'It was done, but the database could not be examined again.',
      };
  }
}

function newFindings(before: readonly Outcome[], after: readonly Outcome[] | null): string[] {
  const found = (outcomes: readonly Outcome[]) =>
    outcomes.filter(({ outcome }) => outcome === 'found').map(({ id }) => id);
  return found(after ?? []).filter((id) => !found(before).includes(id));
}

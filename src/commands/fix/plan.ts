/** From a diagnosis to a plan: which repairs there are, which were asked for, and what is left to the user. */
import type { Outcome } from '../../doctor/examine.js';
import type { FixRepair, Repair, Unrepaired } from '../../doctor/repair/shapes.js';
import { NOT_ASKED } from '../../report/fix-text.js';
import type { Asked } from './options.js';

export type Found = Extract<Outcome, { outcome: 'found' }>;

/** A repair, the finding that carries it, and whether it is to be done. */
export interface PlannedRepair {
  readonly repair: Repair;
  /** `null`: it finishes what an earlier run began. */
  readonly finding: Found | null;
  /** `null`: it is asked for; else why not. */
  readonly leftOut: string | null;
}

export interface Plan {
  readonly repairs: readonly PlannedRepair[];
  readonly unrepaired: readonly Unrepaired[];
  /** Ids that were asked for and have no finding: there is nothing to do about them. */
  readonly unneeded: readonly string[];
  /** Ids that were asked for, or would be safe, and whose repair is withheld. */
  readonly withheld: readonly string[];
}

export function planRepairs(outcomes: readonly Outcome[], asked: Asked, unfinished: readonly Repair[]): Plan {
  const found = outcomes.filter((outcome) => outcome.outcome === 'found');
  const own = unfinished.map((repair) => ({
    repair,
    finding: null,
    leftOut: asked.kind === 'nothing' ? PREVIEW : null,
  }));
  const repairs = found.flatMap((finding) => repairsOf(finding, asked));
  const offered = new Set(repairs.map(({ repair }) => repair.id));
  const ids = asked.kind === 'ids' ? asked.ids : [];
  const missing = ids.filter((id) => !offered.has(id));
  const withheldIds = found.filter(({ repair }) => repair?.kind === 'withheld').map(({ id }) => id);
  const isWithheld = (id: string) => withheldIds.some((check) => id === check || id.startsWith(`${check}-`));
  return {
    repairs: [...own, ...repairs].toSorted((a, b) => safeFirst(a, b) || inOrder(a, b)),
    unrepaired: found.filter(({ repair }) => repair?.kind !== 'offered').map(unrepairedOf),
    unneeded: missing.filter((id) => !isWithheld(id)),
    withheld: asked.kind === 'ids' ? missing.filter(isWithheld) : withheldIds,
  };
}

const PREVIEW = 'nothing is applied without --apply';

function repairsOf(finding: Found, asked: Asked): PlannedRepair[] {
  if (finding.repair?.kind !== 'offered') return [];
  return finding.repair.repairs.map((repair) => ({
    repair,
    finding,
    leftOut: whyLeftOut(repair, finding, asked),
  }));
}

function whyLeftOut({ id, byIdOnly }: Repair, { muted }: Found, asked: Asked): string | null {
  if (asked.kind === 'nothing') return PREVIEW;
  if (asked.kind === 'ids') return asked.ids.includes(id) ? null : NOT_ASKED;
  if (muted !== undefined) return `its finding is muted (${muted}): only by id`;
  return byIdOnly === null ? null : `only by id: ${byIdOnly}`;
}

/** What must come before what: access, then a whole database, then its mode and layout, then what lies in it. */
const ORDER = [
  'permissions',
  'roll-back',
  'vacuum',
  'to-wal',
  'to-incremental',
  'release-pages',
  'create-indexes',
  'checkpoint',
] as const satisfies readonly Repair['action']['kind'][];

/** For the order in which repairs are done. */
export function inOrder({ repair: a }: PlannedRepair, { repair: b }: PlannedRepair): number {
  return ORDER.indexOf(a.action.kind) - ORDER.indexOf(b.action.kind);
}

/** For the order in which they are shown. */
function safeFirst({ repair: a }: PlannedRepair, { repair: b }: PlannedRepair): number {
  return Number(a.byIdOnly !== null) - Number(b.byIdOnly !== null);
}

function unrepairedOf({ id, severity, summary, remedy, repair }: Found): Unrepaired {
  const withheld = repair?.kind === 'withheld';
  const reason =
    repair === undefined || repair.kind === 'offered' ? 'dblock has no repair for it.' : `${repair.reason}.`;
  const { text, commands } = remedy;
  return { id, severity, summary, withheld, reason, remedy: { text, commands: [...commands] } };
}

/** As a report has it before anything is applied. */
export function reported({ repair, finding, leftOut }: PlannedRepair, preview: boolean): FixRepair {
  return {
    repair,
    finding: finding && { id: finding.id, severity: finding.severity, summary: finding.summary },
    estimate: null,
    result: preview ? { result: 'planned' } : { result: 'left-out', reason: leftOut ?? '' },
  };
}

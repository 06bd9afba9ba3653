/** What a run comes to, in a sentence or two. */
import type { RepairResult, Unrepaired } from '../../doctor/repair/shapes.js';
import { plural } from '../../units.js';
import type { Asked } from './options.js';
import type { Plan, Unseen } from './plan.js';

export function previewSummary({ repairs, unrepaired }: Plan): string {
  const safe = repairs.filter(({ repair }) => repair.byIdOnly === null).length;
  const byId = repairs.length - safe;
  if (repairs.length === 0) return nothing(unrepaired);
  const counts = [...(safe === 0 ? [] : [`${safe} safe`]), ...(byId === 0 ? [] : [`${byId} by id only`])];
  return `${plural(repairs.length, 'repair')} (${counts.join(', ')}); nothing was changed.${leftText(unrepaired)}`;
}

export function appliedSummary(
  { repairs, unrepaired, unneeded, withheld, unseen }: Plan,
  results: readonly RepairResult[],
  asked: Asked,
): string {
  const cleared = results.filter(({ result }) => result === 'cleared').length;
  const parts = [
    ...(results.length === 0 ? [] : [`${cleared} of ${plural(results.length, 'repair')} cleared`]),
    ...unneeded.map((id) => `${id}: not found, so there was nothing to do`),
    ...withheld.map((id) => `${id}: not done, for the reason below`),
    ...(asked.kind === 'ids' ? unseen.map(unseenText) : []),
  ];
  const again =
    results.length > 0 && asked.kind === 'safe' && withheld.length > 0 ? ' Run it again for the rest.' : '';
  if (parts.length > 0) return `${parts.join('; ')}.${again}`;
  return repairs.length === 0
    ? nothing(unrepaired)
    : 'Nothing that is safe is to be repaired, so nothing was changed; what is left has to be asked for by id.';
}

function unseenText({ id, reason }: Unseen): string {
  return `${id}: whether there is something to repair cannot be told, because ${reason}`;
}

function nothing(unrepaired: readonly Unrepaired[]): string {
  return unrepaired.length === 0
    ? 'Nothing to repair: nothing was changed.'
    : `Nothing that dblock repairs: nothing was changed.${leftText(unrepaired)}`;
}

/** ` 1 critical finding and 2 warnings are left to you.` */
function leftText(unrepaired: readonly Unrepaired[]): string {
  const count = (severity: Unrepaired['severity']) =>
    unrepaired.filter((finding) => finding.severity === severity).length;
  const [critical, warning, info] = [count('critical'), count('warning'), count('info')];
  const counts = [
    ...(critical === 0 ? [] : [plural(critical, 'critical finding')]),
    ...(warning === 0 ? [] : [plural(warning, 'warning')]),
    ...(info === 0 ? [] : [`${info} info`]),
  ];
  if (counts.length === 0) return '';
  return ` ${counts.join(', ')} ${unrepaired.length === 1 ? 'is' : 'are'} left to you, see below.`;
}

/** What could not be looked at, so that a repair may be missing: a sentence for each reason. */
export function unseenNotes(unseen: readonly Unseen[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const { id, reason } of unseen) reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  return [...reasons].map(([reason, ids]) => `Not looked at: ${ids.join(', ')}, because ${reason}.`);
}

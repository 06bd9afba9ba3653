/** What a run comes to, in a sentence or two. */
import type { RepairResult } from '../../doctor/repair/shapes.js';
import { plural } from '../../units.js';
import type { Plan } from './plan.js';

export function previewSummary({ repairs, unrepaired }: Plan): string {
  const safe = repairs.filter(({ repair }) => repair.byIdOnly === null).length;
  const byId = repairs.length - safe;
  const rest =
    unrepaired.length === 0
      ? ''
      : ` ${plural(unrepaired.length, 'finding')} ${unrepaired.length === 1 ? 'is' : 'are'} not repaired by dblock.`;
  if (repairs.length === 0) return `Nothing to repair.${rest}`;
  const counts = [...(safe === 0 ? [] : [`${safe} safe`]), ...(byId === 0 ? [] : [`${byId} by id only`])];
  return `${plural(repairs.length, 'repair')} (${counts.join(', ')}); nothing was changed.${rest}`;
}

export function appliedSummary(
  { repairs, unneeded, withheld }: Plan,
  results: readonly RepairResult[],
): string {
  const cleared = results.filter(({ result }) => result === 'cleared').length;
  const parts = [
    ...(results.length === 0 ? [] : [`${cleared} of ${plural(results.length, 'repair')} cleared`]),
    ...unneeded.map((id) => `${id}: not found, so there was nothing to do`),
    ...withheld.map((id) => `${id}: withheld, see below`),
  ];
  if (parts.length > 0) return `${parts.join('; ')}.`;
  return repairs.length === 0
    ? 'Nothing to repair: nothing was changed.'
    : 'Nothing that is safe is to be repaired, so nothing was changed; what is left has to be asked for by id.';
}

/** The answer to "do I have to leave SQLite?", as far as this load goes. */
import { formatCount, formatDuration, plural } from '../../units.js';
import type { Limit, LimitAxis, LimitCurve, LimitPoint } from '../limit-shapes.js';

/** The load as it is, as a point. `null`: it was not played to its end. */
export interface References {
  readonly asFound: LimitPoint | null;
  readonly cured: LimitPoint | null;
}

export function sentenceOf({ asFound, cured }: References, limit: Omit<Limit, 'sentence'>): string {
  const { cure, searches } = limit;
  if (asFound === null) return 'Interrupted before the load as it is was played once.';
  if (asFound.held) {
    const alsoCured = cure === null ? '' : roomOf(searches, 'cured', `With ${cure} they hold`);
    return `SQLite carries this load as it is. ${roomOf(searches, 'asFound', 'All thresholds hold')}${alsoCured}`.trim();
  }
  const why = whyText(asFound);
  if (cure === null)
    return `SQLite does not carry this load as it is: ${why}. --compare all says what would help.`;
  if (cured === null) return `SQLite does not carry this load as it is: ${why}.`;
  if (cured.held)
    return `SQLite carries this load with ${cure}; as it is it does not: ${why}. ${roomOf(searches, 'cured', 'Cured, all thresholds hold')}`.trim();
  return `SQLite carries this load neither as it is (${why}) nor with ${cure} (${whyText(cured)}): fewer or shorter transactions, another remedy, or another database.`;
}

function whyText({ broken, untrue, keptUp }: LimitPoint): string {
  return [
    ...(untrue.length === 0 ? [] : [`${untrue.join(', ')} not true`]),
    ...(broken.length === 0 ? [] : [`${broken.join(', ')} broken`]),
    ...(keptUp === false ? ['transactions begin later and later'] : []),
  ].join('; ');
}

const TEXTS = {
  writers: (value) => plural(value, 'writer'),
  rate: (value) => `${formatCount(value)} transactions a second`,
  hold: (value, of) =>
    `${formatDuration(value)} of work inside a transaction${of === null ? '' : ` of ${of}`}`,
} as const satisfies Record<LimitAxis, (value: number, of: string | null) => string>;

/** How far each can go alone: ` up to 16 writers, or up to 21 ms of work …, each raised alone.` */
function roomOf(searches: Limit['searches'], side: 'asFound' | 'cured', start: string): string {
  const rooms = searches.flatMap((search) => roomText(search, search[side]));
  const alone = rooms.length > 1 ? ', each raised alone' : '';
  return rooms.length === 0 ? '' : `${start} ${rooms.join(', or ')}${alone}. `;
}

function roomText({ axis, of }: Limit['searches'][number], curve: LimitCurve | null): string[] {
  if (curve?.state !== 'searched' || curve.lastHeld === null || curve.lastHeld === 0) return [];
  const most = curve.firstBroken === null ? ' (more was not tried)' : '';
  return [`up to ${TEXTS[axis](curve.lastHeld, of)}${most}`];
}

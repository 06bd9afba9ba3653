/** The times of a claim: since when, last heard of, until when. Pure. */
import type { Milliseconds } from '../units.js';
import { type ReadTime, readTime, type Zone } from './clock.js';
import type { ClaimRow } from './facts.js';
import type { Claims, TimeColumn } from './preset.js';

export function claimTime(row: ClaimRow, { claimedAt }: Partial<Claims>, zone: Zone): ReadTime {
  return timeIn(row.claimedAt, claimedAt, zone);
}

export function heartbeatTime(row: ClaimRow, { heartbeat }: Claims, zone: Zone): ReadTime {
  return timeIn(row.heartbeat, heartbeat, zone);
}

export function leaseEnd(row: ClaimRow, { lease }: Claims, zone: Zone): ReadTime {
  return timeIn(row.lease, lease, zone);
}

function timeIn(value: unknown, column: TimeColumn | undefined, zone: Zone): ReadTime {
  if (!column) return { kind: 'none' };
  return readTime(value, column.format, column.zone === 'utc' ? 'utc' : zone);
}

/** How long a job has been claimed; `null`: nothing says when it was. */
export function ageOf(
  row: ClaimRow,
  claims: Partial<Claims>,
  nowMs: Milliseconds,
  zone: Zone,
): Milliseconds | null {
  const time = claimTime(row, claims, zone);
  return time.kind === 'time' ? nowMs - time.ms : null;
}

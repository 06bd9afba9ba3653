/** Why nothing stronger than its age speaks about a claim, and what would settle it. Pure. */
import { formatDuration } from '../units.js';
import { leaseEnd } from './claim-times.js';
import { CLOCK_TOLERANCE_MS, type ClaimRow, type Facts, type Rules, type Users } from './facts.js';
import { isElsewhere, ownerOf } from './judge-owner.js';
import type { Claims } from './preset.js';

/** With how often it was looked: what comes and goes between two looks is not seen. */
export function nobodyText({ looks, overMs }: Extract<Users, { kind: 'nobody' }>): string {
  if (looks < 2) return 'no other process on this host has the database open';
  return `no other process on this host had the database open in ${looks} looks over ${formatDuration(overMs)}`;
}

/** Why none of the stronger proofs could be given. */
export function unsureText(row: ClaimRow, claims: Claims, facts: Facts, rules: Rules): string {
  const { users, host } = facts;
  const owner = ownerOf(row, claims);
  if (owner?.kind === 'process' && isElsewhere(owner, { host })) {
    return `its owner is pid ${owner.pid} on ${owner.host}, and this host is ${host}`;
  }
  const late = lateText(row, claims, facts, rules);
  if (users.kind === 'unseen') return `${late}whether its worker lives cannot be seen: ${users.reason}`;
  if (users.kind === 'nobody') {
    return `${late}${nobodyText(users)}, which proves it only of workers that keep it open while they run a job, and dblock does not know that of these`;
  }
  const names = users.names.join(', ');
  return users.gone
    ? `${late}${names} had the database open a moment ago, and nothing says whose job it is`
    : `${late}${names} has the database open, and nothing says whose job it is`;
}

function lateText(row: ClaimRow, claims: Claims, { nowMs }: Facts, { zone }: Rules): string {
  const until = leaseEnd(row, claims, zone);
  if (until.kind !== 'time' || until.ms > nowMs - CLOCK_TOLERANCE_MS) return '';
  return `its lease expired ${formatDuration(nowMs - until.ms)} ago, which keeps a late worker from nothing; `;
}

/** Completes "it is unknown: …; ". */
export function wayText({ users }: Facts): string {
  return users.kind === 'nobody'
    ? 'stop its workers and say --workers-stopped'
    : 'stop its workers (and say --workers-stopped if others keep the database open)';
}

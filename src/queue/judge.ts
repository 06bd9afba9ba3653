/**
 * Whether the claimer of a job is gone: pure, from one row and the facts around the database. Proofs are tried in the
 * order of their strength, and what protects a job is asked before what only its age says.
 */
import { formatDuration, type Milliseconds } from '../units.js';
import { claimTime, heartbeatTime, leaseEnd } from './claim-times.js';
import type { ReadTime } from './clock.js';
import { CLOCK_TOLERANCE_MS, type ClaimRow, type Facts, type Rules, type Verdict } from './facts.js';
import { byOwner, isElsewhere, ownerOf } from './judge-owner.js';
import type { Claims } from './preset.js';
import { nobodyText, unsureText, wayText } from './unsure.js';

export function judge(row: ClaimRow, claims: Claims, facts: Facts, rules: Rules): Verdict {
  const verdict = forcedByName(judgeLife(row, claims, facts, rules), rules);
  return verdict.verdict === 'orphan' && row.obstacle !== null
    ? { verdict: 'obstructed', because: row.obstacle }
    : verdict;
}

/** `--force` with `--id`: whatever stands against it, the user has named the job. */
function forcedByName(verdict: Verdict, { force, olderThanMs }: Rules): Verdict {
  const stands = verdict.verdict === 'alive' || verdict.verdict === 'unknown';
  if (!force || olderThanMs !== null || !stands) return verdict;
  return { verdict: 'orphan', proof: 'forced', because: `--force overrules that ${verdict.because}` };
}

function judgeLife(row: ClaimRow, claims: Claims, facts: Facts, rules: Rules): Verdict {
  const claimed = claimTime(row, claims, rules.zone);
  const times = [claimed, heartbeatTime(row, claims, rules.zone)];
  const future = times.find((time) => time.kind === 'time' && time.ms > facts.nowMs + CLOCK_TOLERANCE_MS);
  if (future?.kind === 'time') return unknownBecause(futureText(future.ms - facts.nowMs));
  const strong =
    byOwner(row, claims, claimed, facts) ??
    byBooks(row, claims) ??
    byHeartbeat(row, claims, facts, rules) ??
    byLease(row, claims, facts, rules);
  if (strong && strong.verdict !== 'alive') return strong;
  if (strong) return forced(strong, claimed, facts, rules);
  return (
    byUsers(row, claims, facts) ?? byWord(claimed, facts, rules) ?? byAge(row, claims, claimed, facts, rules)
  );
}

function futureText(aheadMs: Milliseconds): string {
  return `it was claimed ${formatDuration(aheadMs)} from now: a clock is wrong, or the time is of another zone (--tz)`;
}

function unknownBecause(because: string): Verdict {
  return { verdict: 'unknown', because };
}

function byBooks({ disowned }: ClaimRow, claims: Claims): Verdict | null {
  if (!disowned || !claims.disowned) return null;
  return { verdict: 'orphan', proof: 'disowned', because: claims.disowned.because };
}

function byHeartbeat(row: ClaimRow, claims: Claims, { nowMs }: Facts, { zone }: Rules): Verdict | null {
  const beat = heartbeatTime(row, claims, zone);
  if (!claims.heartbeat || beat.kind !== 'time') return null;
  const silentMs = nowMs - beat.ms;
  const { limitMs, source } = claims.heartbeat;
  const because = `its last heartbeat was ${formatDuration(Math.max(0, silentMs))} ago`;
  return silentMs > limitMs
    ? { verdict: 'orphan', proof: 'heartbeat-stale', because: `${because} (${source})` }
    : { verdict: 'alive', because };
}

/**
 * A lease that runs on proves nothing: the claimer may have died. One that is over proves enough where a late claimer is
 * fenced off; elsewhere it may be at work still, so that something else has to speak against it, too.
 */
function byLease(row: ClaimRow, claims: Claims, facts: Facts, rules: Rules): Verdict | null {
  const until = leaseEnd(row, claims, rules.zone);
  if (until.kind !== 'time' || until.ms > facts.nowMs - CLOCK_TOLERANCE_MS) return null;
  const overMs = facts.nowMs - until.ms;
  const because = `its lease expired ${formatDuration(overMs)} ago`;
  if (claims.fenced) return { verdict: 'orphan', proof: 'lease-expired', because };
  if (rules.olderThanMs !== null && overMs > rules.olderThanMs) {
    const longer = `longer than --older-than ${formatDuration(rules.olderThanMs)}`;
    return { verdict: 'orphan', proof: 'lease-expired', because: `${because}, ${longer}` };
  }
  if (facts.users.kind !== 'nobody') return null;
  return {
    verdict: 'orphan',
    proof: 'nobody-attached',
    because: `${because}, and ${nobodyText(facts.users)}`,
  };
}

/** `--force` overrules a live worker, and only past the age that the user gave. */
function forced(alive: Verdict, claimed: ReadTime, facts: Facts, rules: Rules): Verdict {
  if (!rules.force || rules.olderThanMs === null || claimed.kind !== 'time') return alive;
  const ageMs = facts.nowMs - claimed.ms;
  if (ageMs <= rules.olderThanMs) return alive;
  const because = `claimed for ${formatDuration(ageMs)}, and --force overrules that ${alive.because}`;
  return { verdict: 'orphan', proof: 'forced', because };
}

/** A worker that opens the database for single statements only may be inside its job while nobody has it open. */
function byUsers(row: ClaimRow, claims: Claims, { users, host }: Facts): Verdict | null {
  if (users.kind !== 'nobody' || !claims.keepsOpen || isElsewhere(ownerOf(row, claims), { host }))
    return null;
  return { verdict: 'orphan', proof: 'nobody-attached', because: nobodyText(users) };
}

/** A claim of this moment contradicts it. */
function byWord(claimed: ReadTime, { nowMs }: Facts, { stopped }: Rules): Verdict | null {
  if (!stopped) return null;
  if (claimed.kind === 'time' && nowMs - claimed.ms < CLOCK_TOLERANCE_MS) {
    return unknownBecause('it was claimed this very moment: a worker does run');
  }
  return {
    verdict: 'orphan',
    proof: 'workers-stopped',
    because: 'you say that no worker runs (--workers-stopped)',
  };
}

function byAge(row: ClaimRow, claims: Claims, claimed: ReadTime, facts: Facts, rules: Rules): Verdict {
  const limit = ageLimit(claims, rules);
  const why = unsureText(row, claims, facts, rules);
  if (claimed.kind === 'unreadable') {
    return unknownBecause(`${why}, and its age is unknown: ${claimed.reason}`);
  }
  if (claimed.kind === 'none') {
    return (
      leaseLeft(row, claims, facts, rules) ??
      unknownBecause(`${why}, and nothing says since when it is claimed; ${wayText(facts)}`)
    );
  }
  const ageMs = facts.nowMs - claimed.ms;
  if (limit === null) {
    return unknownBecause(`${why}; ${wayText(facts)}, or go by its age alone with --older-than`);
  }
  if (ageMs > limit.ms) {
    return {
      verdict: 'orphan',
      proof: 'age',
      because: `by its age alone: claimed for ${formatDuration(ageMs)}, longer than ${limit.name}`,
    };
  }
  return { verdict: 'alive', because: `claimed for ${formatDuration(ageMs)}, not longer than ${limit.name}` };
}

/** As far as the framework is concerned nobody may take it until then; and somebody is there who may hold it. */
function leaseLeft(row: ClaimRow, claims: Claims, { nowMs }: Facts, { zone }: Rules): Verdict | null {
  const until = leaseEnd(row, claims, zone);
  if (until.kind !== 'time' || until.ms < nowMs - CLOCK_TOLERANCE_MS) return null;
  return {
    verdict: 'alive',
    because: `its lease runs for ${formatDuration(Math.max(0, until.ms - nowMs))} more`,
  };
}

function ageLimit(claims: Claims, { olderThanMs }: Rules): { ms: Milliseconds; name: string } | null {
  if (olderThanMs !== null) return { ms: olderThanMs, name: `--older-than ${formatDuration(olderThanMs)}` };
  if (!claims.fenced || !claims.timeout) return null;
  const { ms, setting } = claims.timeout;
  return { ms, name: `the framework's own limit, ${formatDuration(ms)} (${setting})` };
}

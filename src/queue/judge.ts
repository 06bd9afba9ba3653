/**
 * Whether the claimer of a job is gone: pure, from one row and the facts around the database. Proofs are tried in the
 * order of their strength, and what protects a job is asked before what only its age says.
 */
import { formatDuration, type Milliseconds, type Pid } from '../units.js';
import { type ReadTime, readTime, type Zone } from './clock.js';
import type { Claims, Owner } from './preset.js';

/** What the commands found out about the machine; the core of queue looks at nothing itself. */
export interface Facts {
  readonly nowMs: Milliseconds;
  readonly host: string;
  life(pid: Pid): Life;
  /** Processes that may use the database from within containers, where this is their pid. */
  contained(pid: Pid): readonly Pid[];
  readonly users: Users;
}

export type Life =
  | { readonly lives: false }
  | { readonly lives: true; readonly startedAtMs: Milliseconds | null };

/** Who else has the database open. */
export type Users =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'some'; readonly pids: readonly Pid[]; readonly names: readonly string[] }
  | { readonly kind: 'unseen'; readonly reason: string };

/** What the user decided. */
export interface Rules {
  /** `--tz`: what times without a zone mean, where the framework may have written local time. */
  readonly zone: Zone;
  readonly olderThanMs: Milliseconds | null;
  /** Live workers protect their jobs no longer than `olderThanMs`; without that, not at all: the jobs are named. */
  readonly force: boolean;
}

/** One claimed row, as SQLite gave it. */
export interface ClaimRow {
  readonly claimedAt: unknown;
  readonly owner: string | null;
  readonly heartbeat: unknown;
  readonly lease: unknown;
  readonly disowned: boolean;
  /** Of an obstacle that was met; `null`: none was. */
  readonly obstacle: string | null;
}

export const proofKinds = [
  'owner-gone',
  'owner-reused',
  'disowned',
  'heartbeat-stale',
  'lease-expired',
  'nobody-attached',
  'age',
  'forced',
] as const;
export type ProofKind = (typeof proofKinds)[number];

export type Verdict =
  | { readonly verdict: 'orphan'; readonly proof: ProofKind; readonly because: string }
  /** Its claimer lives, or its claim is still valid. */
  | { readonly verdict: 'alive'; readonly because: string }
  | { readonly verdict: 'unknown'; readonly because: string }
  /** An orphan that must be left alone. */
  | { readonly verdict: 'obstructed'; readonly because: string };

/** Clocks of one machine, rounded to seconds, may be so far apart. */
const CLOCK_TOLERANCE_MS: Milliseconds = 2000;

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

function claimTime(row: ClaimRow, { claimedAt }: Partial<Claims>, zone: Zone): ReadTime {
  if (!claimedAt) return { kind: 'none' };
  return readTime(row.claimedAt, claimedAt.format, claimedAt.zone === 'utc' ? 'utc' : zone);
}

function judgeLife(row: ClaimRow, claims: Claims, facts: Facts, rules: Rules): Verdict {
  const claimed = claimTime(row, claims, rules.zone);
  const times = [claimed, beatOf(row, claims, rules)];
  const future = times.find((time) => time.kind === 'time' && time.ms > facts.nowMs + CLOCK_TOLERANCE_MS);
  if (future?.kind === 'time') return unknownBecause(futureText(future.ms - facts.nowMs));
  const strong =
    byOwner(row, claims, claimed, facts) ?? byBooks(row, claims) ?? byTimes(row, claims, facts, rules);
  if (strong && strong.verdict !== 'alive') return strong;
  if (strong) return forced(strong, claimed, facts, rules);
  return byUsers(row, claims, facts) ?? byAge(row, claims, claimed, facts, rules);
}

function beatOf(row: ClaimRow, { heartbeat }: Claims, { zone }: Rules): ReadTime {
  if (!heartbeat) return { kind: 'none' };
  return readTime(row.heartbeat, heartbeat.format, heartbeat.zone === 'utc' ? 'utc' : zone);
}

function futureText(aheadMs: Milliseconds): string {
  return `it was claimed ${formatDuration(aheadMs)} from now: a clock is wrong, or the time is of another zone (--tz)`;
}

function unknownBecause(because: string): Verdict {
  return { verdict: 'unknown', because };
}

function ownerOf({ owner }: ClaimRow, claims: Claims): Owner | null {
  return owner === null || !claims.owner ? null : claims.owner.parse(owner);
}

function isElsewhere(owner: Owner | null, { host }: Pick<Facts, 'host'>): boolean {
  return owner?.kind === 'process' && owner.host !== null && owner.host !== host;
}

/** Linux gives out no larger one (proc(5), /proc/sys/kernel/pid_max), nor does any other system. */
const LARGEST_PID: Pid = 4_194_304;

/** A pid proves something only on the machine, and in the namespace, that it is of. */
function byOwner(row: ClaimRow, claims: Claims, claimed: ReadTime, facts: Facts): Verdict | null {
  const owner = ownerOf(row, claims);
  if (owner?.kind !== 'process' || isElsewhere(owner, facts)) return null;
  const { pid } = owner;
  if (pid < 1 || pid > LARGEST_PID) return null;
  const contained = facts.contained(pid).map((outer) => {
    return byProcess(outer, `pid ${outer}, which is ${pid} in its container,`, claimed, facts);
  });
  const alive = contained.find(({ verdict }) => verdict === 'alive');
  return alive ?? contained[0] ?? byProcess(pid, `pid ${pid}`, claimed, facts);
}

function byProcess(pid: Pid, name: string, claimed: ReadTime, facts: Facts): Verdict {
  const life = facts.life(pid);
  if (!life.lives) {
    return { verdict: 'orphan', proof: 'owner-gone', because: `${name} is not running on this host` };
  }
  const running: Verdict = { verdict: 'alive', because: `${name} is running` };
  if (claimed.kind !== 'time' || life.startedAtMs === null) return running;
  const laterMs = life.startedAtMs - claimed.ms;
  if (laterMs <= CLOCK_TOLERANCE_MS) return running;
  return {
    verdict: 'orphan',
    proof: 'owner-reused',
    because: `${name} is another process now: it started ${formatDuration(laterMs)} after the claim`,
  };
}

function byBooks({ disowned }: ClaimRow, claims: Claims): Verdict | null {
  if (!disowned || !claims.disowned) return null;
  return { verdict: 'orphan', proof: 'disowned', because: claims.disowned.because };
}

function byTimes(row: ClaimRow, claims: Claims, facts: Facts, rules: Rules): Verdict | null {
  const beat = beatOf(row, claims, rules);
  if (claims.heartbeat && beat.kind === 'time') {
    const silentMs = facts.nowMs - beat.ms;
    const { limitMs, source } = claims.heartbeat;
    const because = `its last heartbeat was ${formatDuration(Math.max(0, silentMs))} ago`;
    return silentMs > limitMs
      ? { verdict: 'orphan', proof: 'heartbeat-stale', because: `${because} (${source})` }
      : { verdict: 'alive', because };
  }
  return byLease(row, claims, facts, rules);
}

/** A lease that runs on proves nothing: the claimer may have died. */
function byLease(row: ClaimRow, { lease }: Claims, facts: Facts, { zone }: Rules): Verdict | null {
  if (!lease) return null;
  const until = readTime(row.lease, lease.format, lease.zone === 'utc' ? 'utc' : zone);
  if (until.kind !== 'time' || until.ms > facts.nowMs - CLOCK_TOLERANCE_MS) return null;
  const because = `its lease expired ${formatDuration(facts.nowMs - until.ms)} ago`;
  return { verdict: 'orphan', proof: 'lease-expired', because };
}

/** `--force` overrules a live worker, and only past the age that the user gave. */
function forced(alive: Verdict, claimed: ReadTime, facts: Facts, rules: Rules): Verdict {
  if (!rules.force || rules.olderThanMs === null || claimed.kind !== 'time') return alive;
  const ageMs = facts.nowMs - claimed.ms;
  if (ageMs <= rules.olderThanMs) return alive;
  const because = `claimed for ${formatDuration(ageMs)}, and --force overrules that ${alive.because}`;
  return { verdict: 'orphan', proof: 'forced', because };
}

function byUsers(row: ClaimRow, claims: Claims, facts: Facts): Verdict | null {
  if (facts.users.kind !== 'nobody' || isElsewhere(ownerOf(row, claims), facts)) return null;
  const because = 'no other process on this host has the database open';
  return { verdict: 'orphan', proof: 'nobody-attached', because };
}

function byAge(row: ClaimRow, claims: Claims, claimed: ReadTime, facts: Facts, rules: Rules): Verdict {
  const limit = ageLimit(claims, rules);
  const why = whyUnsure(row, claims, facts);
  if (claimed.kind === 'unreadable')
    return unknownBecause(`${why}, and its age is unknown: ${claimed.reason}`);
  if (claimed.kind === 'none') {
    return (
      leaseLeft(row, claims, facts, rules) ??
      unknownBecause(`${why}, and nothing says since when it is claimed`)
    );
  }
  const ageMs = facts.nowMs - claimed.ms;
  if (limit === null) return unknownBecause(`${why}; --older-than would go by its age alone`);
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
function leaseLeft(row: ClaimRow, { lease }: Claims, { nowMs }: Facts, { zone }: Rules): Verdict | null {
  if (!lease) return null;
  const until = readTime(row.lease, lease.format, lease.zone === 'utc' ? 'utc' : zone);
  if (until.kind !== 'time') return null;
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

/** Why none of the stronger proofs could be given. */
function whyUnsure(row: ClaimRow, claims: Claims, { users, host }: Facts): string {
  const owner = ownerOf(row, claims);
  if (owner?.kind === 'process' && isElsewhere(owner, { host })) {
    return `its owner is pid ${owner.pid} on ${owner.host}, and this host is ${host}`;
  }
  const others = users.kind === 'some' ? `${users.names.join(', ')} has the database open` : '';
  if (users.kind === 'unseen') return `whether its worker lives cannot be seen: ${users.reason}`;
  return `${others}, and nothing says whose job it is`;
}

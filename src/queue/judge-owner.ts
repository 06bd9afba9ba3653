/** What the process that a claim names says about it. Pure. */
import { formatDuration, type Pid } from '../units.js';
import type { ReadTime } from './clock.js';
import { CLOCK_TOLERANCE_MS, type ClaimRow, type Facts, type Verdict } from './facts.js';
import type { Claims, Owner } from './preset.js';

export function ownerOf({ owner }: ClaimRow, claims: Claims): Owner | null {
  return owner === null || !claims.owner ? null : claims.owner.parse(owner);
}

export function isElsewhere(owner: Owner | null, { host }: Pick<Facts, 'host'>): boolean {
  return owner?.kind === 'process' && owner.host !== null && owner.host !== host;
}

/** Linux gives out no larger one (proc(5), /proc/sys/kernel/pid_max), nor does any other system. */
const LARGEST_PID: Pid = 4_194_304;

/** A pid proves something only on the machine, and in the namespace, that it is of. `null`: it names none. */
export function byOwner(row: ClaimRow, claims: Claims, claimed: ReadTime, facts: Facts): Verdict | null {
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

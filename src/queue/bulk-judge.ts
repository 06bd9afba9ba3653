/** Many jobs judged together, by the extremes of their times and by each of their owners. */
import type { RowValue } from '../sqlite/row-connection.js';
import type { Job } from './read.js';
import type { Run } from './run.js';
import type { Fate } from './shapes.js';

const MOST_OWNERS = 200;

/** `null`: not all of them are orphans of one fate, or it cannot be told from extremes. */
export function judgeAll(
  run: Run,
  summary: readonly (RowValue | undefined)[],
): { fate: Fate; sample: Job; needsNobody: boolean } | null {
  const [, who, c1, c2, cOk, h1, h2, hOk, l1, l2, lOk, spent1, spent2, back1, back2] = summary;
  const alike = [cOk, hOk, lOk].every((ok) => Number(ok) === 1) && spent1 === spent2 && back1 === back2;
  const owners: (string | null)[] = JSON.parse(String(who));
  if (!alike || owners.length > MOST_OWNERS) return null;
  // The limit is 1 here, so that what is used up is 2, 1 or 0 of it: with, without, or not even after a refund.
  const attempts = Number(back1) === 1 ? 2 : Number(spent1) === 1 ? 1 : 0;
  const corners = owners.flatMap((owner) =>
    [c1, c2].flatMap((claimedAt) =>
      [h1, h2].flatMap((heartbeat) => [l1, l2].map((lease) => ({ owner, claimedAt, heartbeat, lease }))),
    ),
  );
  const jobs = corners.map(({ owner, ...times }) => toSample(times, owner, attempts));
  const [first] = jobs;
  const decisions = jobs.map((job) => run.world.decide(job));
  const [decided] = decisions;
  if (!first || !decided || decided.fate === 'none') return null;
  if (decisions.some(({ fate, verdict }) => fate !== decided.fate || verdict !== 'orphan')) return null;
  const needsNobody = decisions.some(({ proof }) => proof === 'nobody-attached');
  return { fate: decided.fate, sample: first, needsNobody };
}

function toSample(
  times: { claimedAt: RowValue | undefined; heartbeat: RowValue | undefined; lease: RowValue | undefined },
  owner: string | null,
  attempts: number,
): Job {
  return {
    ...{ key: '', id: '', queue: null, kind: null, observed: '', disowned: false, obstacle: null },
    ...{ ...times, owner, attempts, maxAttempts: 1 },
  };
}

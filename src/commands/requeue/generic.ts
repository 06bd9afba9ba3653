/** A mapping of one's own table, with what commands say about it. */
import { didYouMean } from '../../nearest.js';
import { escapeInvisible, quoteList, UsageProblem } from '../../problem.js';
import type { Mapping } from '../../queue/mapping.js';
import { MappingProblem } from '../../queue/told.js';

/** Calls what throws MappingProblem. @throws UsageProblem instead, with the nearest name */
export function asTold<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof MappingProblem)) throw error;
    throw new UsageProblem(`${escapeInvisible(error.message)}${hint(error)}`, { cause: error });
  }
}

function hint({ misnamed }: MappingProblem): string {
  if (misnamed === null || misnamed.candidates.length === 0) return '';
  const { of, given, candidates } = misnamed;
  const list = quoteList(candidates);
  return didYouMean(given, candidates) || (of === 'table' ? ` There are ${list}.` : ` It has ${list}.`);
}

/** A mapping as configuration, ready to paste. */
export function configurationOf(mapping: Mapping): string {
  const { table, id, status, running, queued, failed, started, owner, heartbeat, lease, attempts } = mapping;
  const [only, second] = running;
  const queue = {
    ...{ table, ...(id === null ? {} : { id }), status },
    running: second === undefined ? only : running,
    ...{ queued, ...(failed === null ? {} : { failed }) },
    ...(started === null ? {} : { started: started.column, started_format: started.format }),
    ...(owner === null ? {} : { owner: owner.column, owner_is: owner.is }),
    ...(heartbeat === null
      ? {}
      : { heartbeat: heartbeat.column, heartbeat_limit_s: Math.round(heartbeat.limitMs / 1000) }),
    ...(lease === null ? {} : { lease: lease.column }),
    ...(attempts === null ? {} : { attempts: attempts.column, counted: attempts.counted }),
    ...(attempts?.max == null ? {} : { max_attempts: attempts.max }),
    ...(mapping.queue === null ? {} : { queue: mapping.queue }),
    ...(mapping.keepsOpen ? { keeps_open: true } : {}),
  };
  return JSON.stringify({ queues: [queue] }, null, 2);
}

import { defineCheck, facts, inapplicable, type Remedy, skipped } from '../check.js';
import { listSome } from '../list-some.js';
import { sqlite3Command } from '../quote.js';
import { indexRepair } from '../repair/plans.js';
import { impossible, offered } from '../repair/rule.js';
import type { Claim } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly queues: readonly string[];
  /** Those that no index serves. */
  readonly unserved: readonly Claim[];
}

export const queueClaimScan = defineCheck<Facts>({
  id: 'queue-claim-scan',
  title: 'No index serves the search for the next job',
  severity: 'info',
  group: 'schema',
  why: 'A worker takes a job by asking for the first one in the waiting state, mostly inside the transaction that marks it as running. Without an index that begins with the state and goes on in the order of the queue, SQLite reads all jobs, finished ones included, or sorts all that wait, for each single job: the write lock is held longer the longer the queue gets, and the other workers time out.',
  sources: [
    'https://www.sqlite.org/queryplanner.html#_sorting_by_index',
    'https://www.sqlite.org/eqp.html#temporary_sorting_b_trees',
  ],
  guide: {
    meaning:
      'A table looks like a job queue, and no index serves a search for the next waiting job by state and age: SQLite would read all rows, or sort them.',
    certainty:
      'Proven for the statement that dblock asked about, by EXPLAIN QUERY PLAN on an empty copy of the schema. The statement of your workers may differ, and dblock cannot see it. That the table is a queue is guessed from the names of its columns. For a few hundred rows it does not matter.',
    now: {
      text: 'Compare with the statement of your workers. If it is alike, create the index that the finding names.',
      commands: ['dblock doctor app.db --only queue-claim-scan'],
    },
    later:
      'Index the columns compared with = first, then those of ORDER BY. Delete or move finished jobs. Claim a job with one statement: UPDATE ... WHERE id = (SELECT ...) RETURNING *.',
  },
  inspect({ evidence: { path, schemaFacts } }) {
    if (!schemaFacts.known) return skipped(schemaFacts.reason);
    const { claims, leftOut } = schemaFacts.value;
    const unserved = claims.filter(({ scans, sorts }) => scans || sorts);
    const [first] = leftOut;
    if (unserved.length === 0 && first) return skipped(`${first.name} cannot be examined: ${first.reason}`);
    if (claims.length === 0) return inapplicable('no table keeps the state of jobs in a status column');
    return facts({ path, queues: claims.map(({ table }) => table), unserved });
  },
  verdict({ unserved }) {
    return unserved.length > 0 ? 'info' : 'clear';
  },
  summary({ path, unserved }) {
    const tables = listSome(unserved.map(describe));
    return `In ${path} no index serves a worker that looks for its next job by state and age: ${tables}.`;
  },
  remedy(found) {
    return remedyOf(found);
  },

  repair: {
    ids: ['queue-claim-scan'],
    safety: 'either',
    summary:
      'Creates the index that the finding names, proven on the empty schema. By id only above 64 MiB, since writers wait meanwhile.',
    plan({ unserved }, { evidence }) {
      const indexes = indexesOf(unserved);
      if (indexes.length === 0) return impossible('no index was found that serves the search');
      return offered(evidence, [indexRepair('queue-claim-scan', evidence, indexes)]);
    },
  },
});

function describe({ table, scans, plan }: Claim): string {
  const cost = scans ? 'reads every job, finished ones too' : 'sorts all waiting jobs to find the first';
  return `${table} ${cost} (${plan.join(', ')})`;
}

function remedyOf({ path, unserved }: Facts): Remedy {
  const indexes = indexesOf(unserved);
  const asked = unserved.map(({ sql }) => sql).join('; ');
  return {
    text: `Compare with the statement of your workers, which dblock cannot see; it asked SQLite about: ${asked}. If theirs is like it, create the index: columns compared with = first, then those of ORDER BY, with DESC where they have it. If finished jobs pile up, delete or move them as well.`,
    commands: indexes.map((sql) => sqlite3Command(path, sql)),
  };
}

function indexesOf(unserved: readonly Claim[]): string[] {
  return unserved.flatMap(({ createIndex }) => createIndex ?? []);
}

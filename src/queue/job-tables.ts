/**
 * Which tables are job queues, by their columns: there is no other way to tell. The names are those of the queues
 * that run on SQLite (liteque, django-tasks, Oban, River, Sidequest, plainjob, litequeue, persist-queue, Solid Queue,
 * Delayed::Job, …) and the common ones of tables of one's own. Compared in lower case without underscores.
 */

/** The columns by which a worker takes the next job; each as the table spells it. */
export interface JobTable {
  readonly table: string;
  readonly status: string;
  /** Splits the table into several queues. */
  readonly queue: string | null;
  /** May do so: each worker may know only some types of jobs. */
  readonly type: string | null;
  readonly priority: string | null;
  /** From when on a job may run, or since when it waits; the most telling first. */
  readonly times: readonly string[];
  /** The primary key, if it is one column; else the rowid, which some tables do not have. */
  readonly id: string;
}

const STATUS = ['status', 'state'];
const QUEUE = ['queue', 'queuename', 'queueid', 'channel'];
const TYPE = ['type', 'kind', 'topic'];
const PRIORITY = ['priority', 'prio'];
const TIMES = [
  ...[
    'runat',
    'runafter',
    'nextrunat',
    'availableat',
    'scheduledat',
    'scheduledfor',
    'visibleat',
    'waituntil',
  ],
  ...['createdat', 'insertedat', 'enqueuedat', 'queuedat', 'intime', 'timestamp'],
];

/** Columns that only a queue has: who took a job, when, how often, and when it may be taken. */
const MARKS = new Set([
  ...[
    'lockedat',
    'lockedby',
    'locktime',
    'claimedat',
    'claimedby',
    'reservedat',
    'reservedby',
    'attemptedby',
  ],
  ...['leaseuntil', 'leaseexpiresat', 'leasedby', 'workerid', 'workerids', 'allocationid', 'heartbeatat'],
  ...['attempt', 'attempts', 'maxattempts', 'retries', 'maxretries', 'retrycount', 'numrunsleft'],
  ...['runat', 'runafter', 'nextrunat', 'availableat'],
]);

const JOB_NAME = /jobs?$|queue/i;
/** Records of what was done, which no worker takes anything from, unless columns say so. */
const RECORD_NAME = /^failed|(?:logs?|history|archive|results?|runs|events?|executions)$/i;
/** A timetable: few rows, each of them taken again and again. */
const TIMETABLE = ['cron', 'cronexpression', 'schedule', 'crontab'];

/** `null`: nothing says that workers take jobs from this table. */
export function jobTableOf(
  table: string,
  columns: readonly string[],
  primaryKey: readonly string[],
): JobTable | null {
  const byName = new Map(columns.map((column) => [plain(column), column]));
  const first = (names: readonly string[]) => findAll(byName, names)[0] ?? null;
  const [status, times] = [first(STATUS), findAll(byName, TIMES)];
  const isNamedSo = JOB_NAME.test(table) && !RECORD_NAME.test(table);
  const isQueue = isNamedSo || [...byName.keys()].some((name) => MARKS.has(name));
  // a status without a time may be anything
  if (status === null || times.length === 0 || !isQueue || first(TIMETABLE) !== null) return null;
  const id = (primaryKey.length === 1 ? primaryKey[0] : null) ?? 'rowid';
  return {
    ...{ table, status, times, id },
    ...{ queue: first(QUEUE), type: first(TYPE), priority: first(PRIORITY) },
  };
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

function findAll(byName: ReadonlyMap<string, string>, names: readonly string[]): string[] {
  return names.flatMap((name) => byName.get(name) ?? []);
}

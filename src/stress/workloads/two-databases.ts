/**
 * Incident 4: tasks come from a queue in a database of its own, and write their results into the system's database, where the
 * web server writes too. What a task did is in two databases, and no transaction spans both.
 */
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { quoteLiteral } from '../../sqlite/identifiers.js';
import { formatCount, plural } from '../../units.js';
import { sleepSync } from '../actor/clock.js';
import type { Invariant } from '../run-shapes.js';
import { type Cast, type Entry, OWN_PREFIX, PAYLOAD, type Part, type Workload } from './workload.js';

const RESULTS = `${OWN_PREFIX}results`;
const TASKS = `${OWN_PREFIX}tasks`;
const CREATE_RESULTS = `CREATE TABLE ${RESULTS}(id INTEGER PRIMARY KEY, task INTEGER, actor INTEGER NOT NULL, payload TEXT NOT NULL);
CREATE INDEX ${RESULTS}_task ON ${RESULTS}(task)`;
const CREATE_TASKS = `CREATE TABLE ${TASKS}(id INTEGER PRIMARY KEY, status TEXT NOT NULL);
CREATE INDEX ${TASKS}_next ON ${TASKS}(status, id)`;
const ADD_RESULT = `INSERT INTO ${RESULTS}(task, actor, payload) VALUES (?, ?, ?)`;
const ADD_TASK = `INSERT INTO ${TASKS}(status) VALUES ('queued')`;
const CLAIM = `UPDATE ${TASKS} SET status = 'running' WHERE id = (SELECT id FROM ${TASKS} WHERE status = 'queued' ORDER BY id LIMIT 1) RETURNING id`;
const MARK = `UPDATE ${TASKS} SET status = ? WHERE id = ?`;
const TASKS_AT_FIRST = 2000;
/** Each time that the web server adds tasks. */
const TASKS_AT_ONCE = 5;

export const twoDatabases: Workload = {
  name: 'two-databases',
  readsFirst: true,
  prepare: (database) => {
    database.exec(CREATE_RESULTS);
    return {
      companion: join(dirname(database.name), 'dblock-stress-queue.db'),
      // only those of the same encoding can be attached, as to verify them needs
      encoding: database.pragma('encoding', { simple: true }),
    };
  },
  prepareCompanion: (database) => {
    database.exec(`DROP TABLE IF EXISTS ${TASKS}; ${CREATE_TASKS}`);
    const add = database.prepare(ADD_TASK);
    for (let nth = 0; nth < TASKS_AT_FIRST; nth += 1) add.run();
  },
  join: (cast) => (cast.facts['part'] === 'web server' ? newWebServer(cast) : newTaskWorker(cast)),
  verify: (database, entries, facts) => {
    database.exec(`ATTACH ${quoteLiteral(String(facts['companion']))} AS queue`);
    return [resultsPresent(database, entries), tasksAgree(database)];
  },
};

/** Takes a task, works on it in a transaction on the system's database, and tells the queue how it went. */
function newTaskWorker({ index, companion }: Cast): Part {
  let task: number | null = null;
  const counts = { results: 0, unmarked: 0 };
  const tell = (status: 'done' | 'failed') => {
    const told = companion?.attempt('write', (queue) => queue.prepare(MARK).run(status, task));
    if (!told) counts.unmarked += 1;
    task = null;
  };
  return {
    prepare: (database) => {
      const add = database.prepare<[number | null, number, string]>(ADD_RESULT);
      const look = database.prepare(`SELECT max(id) FROM ${RESULTS}`);
      return {
        before: () => {
          task ??=
            companion?.attempt('write', (queue) => queue.prepare<[], number>(CLAIM).pluck().get()) ?? null;
          return task === null ? 'idle' : 0;
        },
        read: () => void look.get(),
        write: () => void add.run(task, index, PAYLOAD),
      };
    },
    committed: () => {
      counts.results += 1;
      tell('done');
      return 1;
    },
    gaveUp: () => tell('failed'),
    ledger: () => counts,
    ended: () => companion?.close(),
  };
}

/** Adds tasks to the queue, then writes a row of its own. @param facts `enqueueMs`: it works so long inside of the first of the two */
function newWebServer({ index, companion, facts }: Cast): Part {
  const enqueueMs = Number(facts['enqueueMs'] ?? 0);
  const counts = { results: 0, unmarked: 0 };
  const enqueue = (queue: Database) => {
    queue.exec('BEGIN IMMEDIATE');
    for (let nth = 0; nth < TASKS_AT_ONCE; nth += 1) queue.exec(ADD_TASK);
    if (enqueueMs > 0) sleepSync(enqueueMs, process.ppid);
    queue.exec('COMMIT');
  };
  return {
    prepare: (database) => {
      const add = database.prepare<[null, number, string]>(ADD_RESULT);
      return {
        before: () => {
          companion?.attempt('begin', enqueue);
          return 0;
        },
        read: null,
        write: () => void add.run(null, index, PAYLOAD),
      };
    },
    committed: () => {
      counts.results += 1;
      return 1;
    },
    ledger: () => counts,
    ended: () => companion?.close(),
  };
}

function resultsPresent(database: Database, entries: readonly Entry[]): Invariant {
  const rows = database.prepare<[], number>(`SELECT count(*) FROM ${RESULTS}`).pluck().get() ?? 0;
  const known = entries.reduce((sum, { ledger }) => sum + (ledger['results'] ?? 0), 0);
  const sure = entries.every(({ complete }) => complete);
  return {
    id: 'rows-present',
    statement: "Every row that was committed to the system's database is there, and no other.",
    state: (sure ? rows === known : rows >= known) ? 'held' : 'broken',
    detail: `${formatCount(known)} committed, ${formatCount(rows)} there.`,
  };
}

/** The queue says done where there is a result, and where there is none it does not say that the task is running. */
function tasksAgree(database: Database): Invariant {
  const count = (sql: string) => database.prepare<[], number>(sql).pluck().get() ?? 0;
  const result = `EXISTS (SELECT 1 FROM main.${RESULTS} WHERE task = tasks.id)`;
  const ofTasks = (where: string) => count(`SELECT count(*) FROM queue.${TASKS} AS tasks WHERE ${where}`);
  const done = ofTasks(`status = 'done' AND ${result}`);
  const running = ofTasks("status = 'running'");
  const undone = ofTasks(`status = 'done' AND NOT ${result}`);
  const denied = ofTasks(`status <> 'done' AND ${result}`);
  const twice = count(
    `SELECT count(*) FROM (SELECT 1 FROM ${RESULTS} WHERE task IS NOT NULL GROUP BY task HAVING count(*) > 1)`,
  );
  const failed = ofTasks("status = 'failed'");
  const wrong = [
    ...(running === 0
      ? []
      : [`${plural(running, 'task is', 'tasks are')} still running, and nobody works on them`]),
    ...(denied === 0
      ? []
      : [`of ${plural(denied, 'task')} there is a result, and the queue does not say done`]),
    ...(undone === 0 ? [] : [`${plural(undone, 'task is', 'tasks are')} called done without a result`]),
    ...(twice === 0 ? [] : [`${plural(twice, 'task was', 'tasks were')} done twice`]),
  ];
  return {
    id: 'tasks-agree',
    statement:
      'The two databases agree: a task is done once where the queue says so, and none is left running.',
    state: wrong.length === 0 ? 'held' : 'broken',
    detail: `${[`${plural(done, 'task')} done, ${formatCount(failed)} failed`, ...wrong].join('; ')}.`,
  };
}

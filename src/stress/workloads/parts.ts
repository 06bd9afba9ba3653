/**
 * Each actor has parts of its own, over many pages, and each transaction adds one to every one of them: so after a crash one
 * can see whether a transaction is there as a whole, and whether it had been acknowledged.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Invariant } from '../run-shapes.js';
import { type Cast, type Entry, OWN_PREFIX, PAYLOAD, type Part, type Workload } from './workload.js';

const PARTS = `${OWN_PREFIX}parts`;
const CREATE = `CREATE TABLE ${PARTS}(id INTEGER PRIMARY KEY, value INTEGER NOT NULL, payload TEXT NOT NULL)`;
const ACTORS = 8;
/** 30 pages of 4 KiB. */
const PARTS_EACH = 1000;
/** Integers from 128 to 32,767 take as much room: so no page overflows, and a half-written tree is whole. */
const FIRST_VALUE = 1000;

interface Values {
  readonly least: number;
  readonly most: number;
}

export const parts: Workload = {
  name: 'parts',
  readsFirst: false,
  prepare: (database) => {
    database.exec(CREATE);
    const add = database.prepare(`INSERT INTO ${PARTS}(value, payload) VALUES (${FIRST_VALUE}, ?)`);
    for (let nth = 0; nth < ACTORS * PARTS_EACH; nth += 1) add.run(PAYLOAD);
    return { acknowledgements: dirname(database.name) };
  },
  join: newPart,
  verify: (database, entries, facts) => {
    const folder = String(facts['acknowledgements']);
    const found = entries.map((entry) => ({
      ...{ entry, values: valuesOf(database, entry.index) },
      acknowledged: acknowledgedIn(folder, entry.index),
    }));
    return [acknowledgedPresent(found), wholeOrNothing(found)];
  },
};

/** @param facts `diesIn`: it kills itself in that transaction, from 1, when most of its parts are written */
function newPart({ index, batch, facts }: Cast): Part {
  const diesIn = Number(facts['diesIn'] ?? 0);
  const file = openSync(fileOf(String(facts['acknowledgements']), index), 'w');
  const number = new Float64Array(1);
  let transactions = 0;
  return {
    prepare: (database) => {
      const add = database.prepare<[number]>(`UPDATE ${PARTS} SET value = value + 1 WHERE id = ?`);
      return {
        read: null,
        write: (nth) => {
          add.run(index * PARTS_EACH + nth + 1);
          // SIGKILL to oneself is delivered before kill(2) returns
          if (transactions + 1 === diesIn && nth === Math.floor(batch * 0.8))
            process.kill(process.pid, 'SIGKILL');
        },
      };
    },
    committed: () => {
      transactions += 1;
      number[0] = transactions;
      writeSync(file, number, 0, 8, 0);
      return batch;
    },
    ledger: () => ({ transactions }),
    ended: () => closeSync(file),
  };
}

/** What is written to it outlives the process. */
function fileOf(folder: string, index: number): string {
  return join(folder, `acknowledged-${index}`);
}

function acknowledgedIn(folder: string, index: number): number {
  const path = fileOf(folder, index);
  // who ended before it began has acknowledged nothing
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  return bytes.length === 8
    ? (new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 8))[0] ?? 0)
    : 0;
}

function valuesOf(database: Database, index: number): Values {
  const sql = `SELECT min(value) - ${FIRST_VALUE} AS least, max(value) - ${FIRST_VALUE} AS most FROM ${PARTS} WHERE id BETWEEN ? AND ?`;
  const row = database
    .prepare<[number, number], Values>(sql)
    .get(index * PARTS_EACH + 1, (index + 1) * PARTS_EACH);
  return row ?? { least: Number.NaN, most: Number.NaN };
}

interface Found {
  readonly entry: Entry;
  readonly values: Values;
  readonly acknowledged: number;
}

/** Of a killed actor one more may be there: its COMMIT was done, and it could not say so any more. */
function acknowledgedPresent(all: readonly Found[]): Invariant {
  const wrong = all.filter(
    ({ entry, values, acknowledged }) =>
      values.least < acknowledged || values.most > acknowledged + (entry.complete ? 0 : 1),
  );
  const acknowledged = all.reduce((sum, one) => sum + one.acknowledged, 0);
  const killed = all.filter(({ entry }) => !entry.complete).length;
  return {
    id: 'acknowledged-present',
    statement: 'Every transaction whose COMMIT had returned is there, also those of killed processes.',
    state: wrong.length === 0 ? 'held' : 'broken',
    detail: [
      `${plural(acknowledged, 'transaction')} acknowledged, ${plural(killed, 'process', 'processes')} killed.`,
      ...wrong.map(
        ({ entry, values, acknowledged: known }) =>
          `Of ${entry.name} ${formatCount(known)} were acknowledged, and ${formatCount(values.least)} to ${formatCount(values.most)} are there.`,
      ),
    ].join(' '),
  };
}

function wholeOrNothing(all: readonly Found[]): Invariant {
  const half = all.filter(({ values }) => values.least !== values.most);
  return {
    id: 'nothing-half-written',
    statement: 'Each transaction is there as a whole, or not at all.',
    state: half.length === 0 ? 'held' : 'broken',
    detail:
      half.length === 0
        ? `All ${formatCount(PARTS_EACH)} parts of each of ${plural(all.length, 'actor')} agree.`
        : `A part of the last transaction of ${half.map(({ entry }) => entry.name).join(', ')} is there, and the rest is not.`,
  };
}

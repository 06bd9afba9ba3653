/** A queue laid out for jobs, as the process of the arena does it, and its workers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { layQueue } from '../../../src/stress/ground/lay.js';
import type { GroundRequest } from '../../../src/stress/ground/request.js';
import type { Ground, QueueGround } from '../../../src/stress/ground-shapes.js';
import { type JobStatements, jobsOf, prepareStatements } from '../../../src/stress/workloads/jobs.js';
import { openStage } from '../../support/stage.js';

export const WANTED = 50;

export interface LaidQueue {
  readonly ground: Ground;
  readonly workers: JobStatements;
}

type Request = Partial<Extract<GroundRequest, { kind: 'queue' }>>;

export function lay(database: Database.Database, request: Request = {}): LaidQueue {
  const work = () => layQueue(database, { kind: 'queue', table: null, declared: [], ...request }, WANTED);
  const { ground, facts } = database.transaction(work).immediate();
  // without a queue the workers have their own table, which is not made here
  const workers = ground.tables === 'queue' ? prepareStatements(database, jobsOf(facts)) : NOBODY;
  return { ground, workers };
}

const never = () => {
  throw new Error('there is no queue');
};
const NOBODY: JobStatements = {
  ...{ find: never, take: never, claim: never, finish: never, fail: never, countRunning: never },
};

/** Of a queue that is played; fails with the reason if it is not. */
export function queueOf({ ground }: LaidQueue): QueueGround {
  if (ground.tables === 'queue') return ground;
  throw new Error(ground.tables === 'own' ? (ground.reason ?? 'own') : ground.table);
}

/** Of a queue that is not. */
export function reasonOf({ ground }: LaidQueue): string | null {
  return ground.tables === 'own' ? ground.reason : `it is played on ${ground.table}`;
}

/** On a copy of fixtures/queue-databases/NAME.db.gz. */
export async function onRealQueue(name: string, use: (database: Database.Database) => void): Promise<void> {
  await using stage = await openStage();
  const path = stage.path('queue.db');
  const packed = readFileSync(new URL(`../../../fixtures/queue-databases/${name}.db.gz`, import.meta.url));
  writeFileSync(path, gunzipSync(packed));
  closing(new Database(path), use);
}

/** On a new database in memory. */
export function onTables(sql: string, use: (database: Database.Database) => void): void {
  const database = new Database(':memory:');
  closing(database, () => {
    database.exec(sql);
    use(database);
  });
}

function closing(database: Database.Database, use: (database: Database.Database) => void): void {
  try {
    use(database);
  } finally {
    database.close();
  }
}

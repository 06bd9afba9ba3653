/** An actor's connections: one for the whole run, some in turn, or a new one for each transaction. */
import type { Database, Statement } from 'better-sqlite3';
import type { BeginMode, Pragmas } from '../load-shapes.js';
import type { ConnectionPlan } from '../plan.js';
import type { Turn } from '../workloads/workload.js';
import { enter, type Watch } from './watch.js';

export type OpenDatabase = (path: string, options: { readonly: boolean; timeout: number }) => Database;

/** A connection with its statements prepared. */
export interface Link {
  readonly database: Database;
  readonly begin: Statement<[]> | null;
  readonly commit: Statement<[]>;
  readonly rollback: Statement<[]>;
  readonly turn: Turn;
  /** Its last statement used up the timeout; see failure.ts. */
  spent: boolean;
}

export interface Connections {
  /** Opens one if need be. Throws what SQLite throws; the watch knows when. */
  acquire(): Link;
  release(link: Link): void;
  close(): void;
}

export interface Opening {
  readonly open: OpenDatabase;
  readonly plan: ConnectionPlan;
  readonly begin: BeginMode;
  readonly watch: Watch;
  prepare(database: Database): Turn;
}

export function connectionsOf(opening: Opening): Connections {
  const { mode } = opening.plan;
  switch (mode.kind) {
    case 'persistent':
    // of its session, which is another process
    case 'shared':
      return inTurn(opening, 1);
    case 'pool':
      return inTurn(opening, mode.size);
    case 'per-operation':
      return {
        acquire: () => openLink(opening),
        release: ({ database }) => {
          database.close();
        },
        close: () => undefined,
      };
  }
}

function inTurn(opening: Opening, size: number): Connections {
  const links: Link[] = [];
  let next = 0;
  return {
    acquire: () => {
      const link = links[next] ?? openLink(opening);
      links[next] = link;
      next = (next + 1) % size;
      return link;
    },
    release: () => undefined,
    close: () => {
      for (const { database } of links.splice(0)) database.close();
    },
  };
}

function openLink(opening: Opening): Link {
  const database = openConnection(opening);
  try {
    enter(opening.watch, 'prepare');
    return {
      database,
      begin:
        opening.begin === 'autocommit' ? null : database.prepare<[]>(`BEGIN ${opening.begin.toUpperCase()}`),
      commit: database.prepare<[]>('COMMIT'),
      rollback: database.prepare<[]>('ROLLBACK'),
      turn: opening.prepare(database),
      spent: false,
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** In its transaction, before it wrote. */
export function hasRead({ turn }: Link): boolean {
  return turn.read !== null && turn.hasRead?.() !== false;
}

/** SQLite has rolled back by itself after some errors. @param spent see `Link.spent` */
export function rollBack(link: Link, spent: boolean): void {
  link.spent = spent;
  if (link.database.inTransaction) link.rollback.run();
}

/** The timeout comes before everything else, unless the plan is to show what happens otherwise. */
export function openConnection({ open, plan, watch }: Pick<Opening, 'open' | 'plan' | 'watch'>): Database {
  enter(watch, 'open');
  const timeout = plan.timeoutSet === 'first' ? plan.busyTimeoutMs : 0;
  const database = open(plan.path, { readonly: plan.readOnly, timeout });
  try {
    enter(watch, 'pragma');
    for (const pragma of pragmaList(plan.pragmas)) database.pragma(pragma);
    if (plan.timeoutSet === 'last') database.pragma(`busy_timeout = ${plan.busyTimeoutMs}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** journal_mode first: what synchronous means depends on it. */
function pragmaList(pragmas: Pragmas): string[] {
  const { journalMode, synchronous, autocheckpointPages, cacheSize, mmapBytes } = pragmas;
  return [
    ...(journalMode === null ? [] : [`journal_mode = ${journalMode}`]),
    ...(synchronous === null ? [] : [`synchronous = ${synchronous}`]),
    ...(autocheckpointPages === null ? [] : [`wal_autocheckpoint = ${autocheckpointPages}`]),
    ...(cacheSize === null ? [] : [`cache_size = ${cacheSize}`]),
    ...(mmapBytes === null ? [] : [`mmap_size = ${mmapBytes}`]),
  ];
}

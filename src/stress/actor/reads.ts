/** A reader: short reads, one after the other, or one that does not end. */
import type { Database, Statement } from 'better-sqlite3';
import type { Milliseconds } from '../../units.js';
import type { Program } from '../plan.js';
import { openConnection } from './connections.js';
import { giveUp } from './give-up.js';
import type { Backstage, Role, Step } from './role.js';
import { enter, type Watch } from './watch.js';

type Reads = Extract<Program, { kind: 'reads' }>;

interface Reading {
  readonly database: Database;
  readonly select: Statement<[]>;
  readonly begin: Statement<[]>;
  readonly commit: Statement<[]>;
}

/** While a read transaction is open, it looks so often whether it is over. */
const LOOK_MS: Milliseconds = 20;

export function readsRole(program: Reads, backstage: Backstage): Role {
  const watch: Watch = { phase: 'open', since: 0 };
  const { plan, tally } = backstage;
  let kept: Reading | null = null;
  let reading: { readonly sinceMs: Milliseconds } | null = null;
  const acquire = () => {
    const found = kept ?? openReading(program, backstage, watch);
    kept = found;
    return found;
  };
  const letGo = () => {
    if (plan.connection.mode.kind !== 'per-operation') return;
    kept?.database.close();
    kept = null;
  };
  const end = (dueMs: Milliseconds): Step => {
    acquire().commit.run();
    reading = null;
    tally.done(dueMs, performance.now(), 0, 0);
    letGo();
    return { ended: true, pauseMs: 0 };
  };
  const begin = () => {
    const { begin: statement, select } = acquire();
    statement.run();
    reading = { sinceMs: enter(watch, 'read') };
    select.all();
  };
  const step = (dueMs: Milliseconds): Step => {
    if (reading === null) begin();
    const sinceMs = reading?.sinceMs ?? performance.now();
    const leftMs = program.forMs === null ? LOOK_MS : sinceMs + program.forMs - performance.now();
    if (leftMs <= 0 || backstage.isOver()) return end(dueMs);
    return { ended: false, pauseMs: Math.min(leftMs, LOOK_MS) };
  };
  return {
    // one that does not end has been there before the writers come
    warmUp: () => {
      if (program.forMs === null) begin();
    },
    step: (dueMs) => {
      try {
        return step(dueMs);
      } catch (error) {
        const ended = giveUp(backstage, watch, error, dueMs);
        reading = null;
        kept?.database.close();
        kept = null;
        return ended;
      }
    },
    ledger: () => ({}),
    close: () => void kept?.database.close(),
  };
}

function openReading({ sql }: Reads, { open, plan }: Backstage, watch: Watch): Reading {
  const database = openConnection({ open, plan: plan.connection, watch });
  enter(watch, 'prepare');
  const select = database.prepare<[]>(sql);
  return { database, select, begin: database.prepare<[]>('BEGIN'), commit: database.prepare<[]>('COMMIT') };
}

/** A reader: short reads, one after the other, or one that does not end. */
import type { Database, Statement } from 'better-sqlite3';
import type { Milliseconds } from '../../units.js';
import type { Program } from '../plan.js';
import type { Ledger } from '../protocol.js';
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
  return new Reader(program, backstage);
}

class Reader implements Role {
  readonly #watch: Watch = { phase: 'open', since: 0 };
  #reading: Reading | null = null;
  /** When its transaction began to read; `null`: none is open. */
  #sinceMs: Milliseconds | null = null;

  constructor(
    readonly program: Reads,
    readonly backstage: Backstage,
  ) {}

  /** One that does not end has been there before the writers come. */
  warmUp(): void {
    if (this.program.forMs === null) this.#begin();
  }

  step(dueMs: Milliseconds): Step {
    try {
      return this.#read(dueMs);
    } catch (error) {
      const ended = giveUp(this.backstage, this.#watch, error, dueMs);
      this.#sinceMs = null;
      this.close();
      return ended;
    }
  }

  ledger(): Ledger {
    return {};
  }

  close(): void {
    this.#reading?.database.close();
    this.#reading = null;
  }

  #read(dueMs: Milliseconds): Step {
    const { forMs } = this.program;
    const sinceMs = this.#sinceMs ?? this.#begin();
    const leftMs = forMs === null ? LOOK_MS : sinceMs + forMs - performance.now();
    if (leftMs <= 0 || this.backstage.isOver()) return this.#end(dueMs);
    return { ended: false, pauseMs: Math.min(leftMs, LOOK_MS) };
  }

  #begin(): Milliseconds {
    const { begin, select } = this.#acquire();
    begin.run();
    const sinceMs = enter(this.#watch, 'read');
    this.#sinceMs = sinceMs;
    select.all();
    return sinceMs;
  }

  #end(dueMs: Milliseconds): Step {
    this.#acquire().commit.run();
    this.#sinceMs = null;
    const { plan, tally } = this.backstage;
    tally.done(dueMs, performance.now(), 0, 0);
    if (plan.connection.mode.kind === 'per-operation') this.close();
    return { ended: true, pauseMs: 0 };
  }

  #acquire(): Reading {
    this.#reading ??= openReading(this.program, this.backstage, this.#watch);
    return this.#reading;
  }
}

function openReading({ sql }: Reads, { open, plan }: Backstage, watch: Watch): Reading {
  const database = openConnection({ open, plan: plan.connection, watch });
  enter(watch, 'prepare');
  const select = database.prepare<[]>(sql);
  return { database, select, begin: database.prepare<[]>('BEGIN'), commit: database.prepare<[]>('COMMIT') };
}

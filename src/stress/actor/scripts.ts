/** Plays the user's scripts: BEGIN and COMMIT in them mean what they say. */
import type { Database, Statement } from 'better-sqlite3';
import type { Milliseconds } from '../../units.js';
import type { Program } from '../plan.js';
import type { Ledger } from '../protocol.js';
import { createRandom } from '../random.js';
import type { CheckedSqlStep } from '../script/check.js';
import { initialVariables, type Variables } from '../script/evaluate.js';
import { chooser } from '../script/mix.js';
import { compileScript, type Playable } from '../script/play.js';
import { sleepSync } from './clock.js';
import { openConnection } from './connections.js';
import { failureOf, isLockError } from './failure.js';
import { pauseBefore } from './retry.js';
import type { Backstage, Role, Step } from './role.js';
import { enter, type Watch } from './watch.js';

type Scripts = Extract<Program, { kind: 'scripts' }>;

/** Where in a script an actor is. */
interface Round {
  readonly steps: readonly Playable[];
  position: number;
  /** Of the transaction, to which a retry goes back; variables as they were then. */
  begun: { readonly position: number; readonly variables: Variables };
  /** No transaction of this round has ended. */
  isFirst: boolean;
  /** When the transaction should have begun. */
  fromMs: Milliseconds;
  gainedMs: Milliseconds | null;
  hasRead: boolean;
  rows: number;
  retries: number;
}

export function scriptsRole(program: Scripts, backstage: Backstage): Role {
  return new ScriptPlayer(program, backstage);
}

class ScriptPlayer implements Role {
  readonly #watch: Watch = { phase: 'open', since: 0 };
  readonly #scripts: readonly (readonly Playable[])[];
  readonly #choose: ReturnType<typeof chooser>;
  readonly #random;
  readonly #initial: Variables;
  #variables: Variables;
  #round: Round | null = null;
  #database: Database | null = null;
  #statements = new Map<CheckedSqlStep, Statement>();
  #committed = 0;

  constructor(
    readonly program: Scripts,
    readonly backstage: Backstage,
  ) {
    const { plan } = backstage;
    this.#random = createRandom(plan.seed, plan.index);
    this.#scripts = program.scripts.map(({ script }) => compileScript(script));
    this.#choose = chooser(program.scripts.map(({ weight }) => weight));
    this.#initial = initialVariables(plan.index, plan.seed);
    this.#variables = new Map(this.#initial);
  }

  step(dueMs: Milliseconds): Step {
    const round = this.#round ?? this.#newRound(dueMs);
    this.#round = round;
    try {
      this.#play(round);
    } catch (error) {
      return this.#failed(error, round);
    }
    return this.#endRound();
  }

  ledger(): Ledger {
    return { transactions: this.#committed };
  }

  close(): void {
    this.#letGo();
  }

  #newRound(dueMs: Milliseconds): Round {
    this.#variables = new Map(this.#initial);
    const steps = this.#scripts[this.#choose(this.#random)] ?? [];
    const begun = { position: 0, variables: new Map(this.#variables) };
    const fresh = { gainedMs: null, hasRead: false, rows: 0, retries: 0, isFirst: true };
    return { steps, position: 0, begun, fromMs: dueMs, ...fresh };
  }

  #endRound(): Step {
    this.#round = null;
    if (this.backstage.plan.connection.mode.kind === 'per-operation') this.#letGo();
    return { ended: true, pauseMs: 0 };
  }

  #letGo(): void {
    this.#database?.close();
    this.#database = null;
    this.#statements = new Map();
  }

  #play(round: Round): void {
    const { plan, open, parent } = this.backstage;
    const watch = this.#watch;
    const database = this.#database ?? openConnection({ open, plan: plan.connection, watch });
    this.#database = database;
    for (; round.position < round.steps.length; round.position += 1) {
      const playable = round.steps[round.position];
      if (playable?.kind === 'set') playable.run(this.#variables, this.#random);
      else if (playable?.kind === 'sleep')
        sleepSync(playable.milliseconds(this.#variables, this.#random), parent);
      else if (playable) this.#runSql(database, playable, round);
    }
  }

  #runSql(database: Database, playable: Extract<Playable, { kind: 'sql' }>, round: Round): void {
    const { step } = playable;
    const wasOpen = database.inTransaction;
    if (!wasOpen) this.#begin(round);
    const statement = this.#statementFor(database, step);
    const bound = playable.bind(this.#variables);
    const sinceMs = enter(this.#watch, phaseOf(step));
    const rows = execute(statement, bound);
    const nowMs = performance.now();
    const isOpen = database.inTransaction;
    if (gains(step) && round.gainedMs === null) {
      this.backstage.tally.waited(nowMs - sinceMs, nowMs);
      round.gainedMs = isOpen ? nowMs : sinceMs;
    }
    if (step.writes) round.rows += rows;
    else if (isOpen && step.control === null && readsTable(step)) round.hasRead = true;
    if (!isOpen && (wasOpen || step.writes)) this.#end(round, step, sinceMs, nowMs);
  }

  /** The next statement is the first of a transaction, or one by itself. */
  #begin(round: Round): void {
    if (round.retries > 0) return;
    if (!round.isFirst) round.fromMs = performance.now();
    round.begun = { position: round.position, variables: new Map(this.#variables) };
  }

  #end(round: Round, step: CheckedSqlStep, sinceMs: Milliseconds, nowMs: Milliseconds): void {
    const { tally } = this.backstage;
    if (round.gainedMs !== null) {
      if (step.control !== null) tally.hold.record(nowMs - round.gainedMs);
      if (step.control?.kind !== 'rollback') {
        if (step.control !== null) tally.commit.record(nowMs - sinceMs);
        this.#committed += 1;
        tally.done(round.fromMs, nowMs, round.retries, round.rows);
      }
    }
    round.gainedMs = null;
    round.hasRead = false;
    round.rows = 0;
    round.retries = 0;
    round.isFirst = false;
  }

  #statementFor(database: Database, step: CheckedSqlStep): Statement {
    const known = this.#statements.get(step);
    if (known) return known;
    enter(this.#watch, 'prepare');
    const statement = database.prepare(step.sql);
    this.#statements.set(step, statement);
    return statement;
  }

  #failed(error: unknown, round: Round): Step {
    const nowMs = performance.now();
    const { tally, plan } = this.backstage;
    const { code, message } = failureOf(error);
    const { phase, since } = this.#watch;
    const { busyTimeoutMs } = plan.connection;
    const failed = { code, phase, elapsedMs: nowMs - since, busyTimeoutMs, readBefore: round.hasRead };
    tally.error(failed, message);
    if (round.gainedMs === null) tally.waited(nowMs - since, nowMs);
    if (this.#database?.inTransaction) this.#database.exec('ROLLBACK');
    const pauseMs = isLockError(code)
      ? pauseBefore(this.program.retry, round.retries + 1, this.#random)
      : null;
    if (pauseMs === null) {
      tally.gaveUp(round.fromMs, nowMs, isLockError(code));
      return this.#endRound();
    }
    round.retries += 1;
    round.position = round.begun.position;
    this.#variables = new Map(round.begun.variables);
    Object.assign(round, { gainedMs: null, hasRead: false, rows: 0 });
    tally.retried(nowMs);
    return { ended: false, pauseMs };
  }
}

/** The write lock is gained by this statement, if the transaction has not got it yet. */
function gains({ control, writes }: CheckedSqlStep): boolean {
  if (control?.kind === 'begin') return control.mode !== 'deferred';
  return writes && control === null;
}

/** SELECT 1 begins no read transaction. */
function readsTable({ sql }: CheckedSqlStep): boolean {
  return !/^SELECT\b/i.test(sql) || /\bFROM\b/i.test(sql);
}

function phaseOf({ control, writes }: CheckedSqlStep): Watch['phase'] {
  if (control?.kind === 'begin' || control?.kind === 'savepoint') return 'begin';
  if (control !== null) return 'commit';
  return writes ? 'write' : 'read';
}

/** @returns rows that were changed */
function execute(statement: Statement, bound: Record<string, unknown> | null): number {
  const parameters = bound === null ? [] : [bound];
  if (statement.reader) return statement.all(...parameters).length;
  return statement.run(...parameters).changes;
}

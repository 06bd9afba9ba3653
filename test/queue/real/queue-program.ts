/** Workers of real queues, and of played ones: see fixtures/scripts/queue. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Need, pythonWith } from '../../support/programs.js';
import { readCopy } from '../../support/read-copy.js';
import { fixtureScript, RealProgram } from '../../support/real-program.js';
import type { Stage } from '../../support/stage.js';

export interface Queue {
  readonly preset: string;
  readonly needs: readonly Need[];
  /** The interpreter, the script and its first arguments. */
  command(): readonly [program: string, ...args: string[]];
  /** Gives the ids of the jobs that are claimed, as text. */
  readonly claimed: string;
  /** Gives the ids of the jobs that are neither done nor gone, as text. */
  readonly unfinished: string;
  /** Each job names its worker's process: a live worker does not hide the orphans of a dead one. */
  readonly namesItsProcess: boolean;
}

/** The script of one language's queue. */
export function script(program: 'php' | 'ruby' | 'node', name: string, ...args: string[]): Queue['command'] {
  const path = program === 'node' ? process.execPath : program;
  return () => [path, fixtureScript(`queue/${name}`), ...args];
}

export function pythonScript(name: string, module: string): Queue['command'] {
  return () => {
    const python = pythonWith(module);
    if (python === null) throw new Error('skip this test by skipReason()');
    return [python, fixtureScript(`queue/${name}`)];
  };
}

/** One database, the jobs in it and who ran them. */
export class QueueStage {
  readonly database: string;
  readonly #runs: string;

  constructor(
    readonly queue: Queue,
    folder: string,
    elsewhere: string,
  ) {
    this.database = join(folder, 'queue.db');
    this.#runs = join(elsewhere, 'runs.txt');
  }

  static async open(queue: Queue, stage: Stage): Promise<QueueStage> {
    return new QueueStage(queue, stage.folder, await stage.elsewhere());
  }

  enqueue(...names: string[]): void {
    const [program, ...args] = this.queue.command();
    execFileSync(program, [...args, 'enqueue', this.database, ...names], { stdio: 'pipe' });
  }

  /** Ends when no job is left. With `hold`, it waits for a line inside each job. */
  startWorker(...hold: readonly 'hold'[]): RealProgram {
    const [program, ...args] = this.queue.command();
    return new RealProgram({ program, args: [...args, 'work', this.database, this.#runs, ...hold] });
  }

  /** Runs every job that is left. */
  async drain(): Promise<RealProgram> {
    const worker = this.startWorker();
    await worker.end();
    return worker;
  }

  /** What ran, job by job, in the order of time. */
  runs(name: string): string[] {
    if (!existsSync(this.#runs)) return [];
    const lines = readFileSync(this.#runs, 'utf8').trim().split('\n');
    return lines
      .map((line) => line.split(' '))
      .flatMap(([what = '', job, pid = '']) => (job === name ? `${what} by ${pid}` : []));
  }

  claimed(): string[] {
    return this.#ids(this.queue.claimed);
  }

  unfinished(): string[] {
    return this.#ids(this.queue.unfinished);
  }

  integrity(): unknown {
    return readCopy(this.database, (db) => db.pragma('integrity_check', { simple: true }));
  }

  #ids(sql: string): string[] {
    return readCopy(this.database, (db) => db.prepare(sql).pluck().all())
      .map(String)
      .sort();
  }
}

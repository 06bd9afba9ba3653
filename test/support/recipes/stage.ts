import { symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recipes } from '../../../src/recipes/index.js';
import type { Actor } from '../actor.js';
import { runDblock } from '../dblock.js';
import { pythonWith } from '../programs.js';
import type { Command } from '../real-program.js';
import { openStage, type Stage } from '../stage.js';
import { Player } from './player.js';

/** What a test of a recipe has to know about its stack. */
export interface Cast {
  readonly id: string;
  /** The command that starts its player. `recipe`: the file that dblock printed; `folder`: to build in. */
  command(recipe: string, folder: string): Command | Promise<Command>;
}

/** The path of one of fixtures/recipes. */
export function playerScript(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/recipes/${name}`, import.meta.url));
}

/** A player of Python's. `DBLOCK_PYTHON` names another interpreter, with other versions of the modules. */
export function pythonPlayer(script: string, ...modules: readonly string[]): Cast['command'] {
  return (recipe) => ({
    program: process.env['DBLOCK_PYTHON'] ?? pythonWith(...modules) ?? 'python3',
    args: [playerScript(script), recipe],
  });
}

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A stage with the recipe as `dblock recipe` prints it, and processes that use it. */
export class RecipeStage {
  readonly #players: Player[] = [];
  #databases = 0;

  private constructor(
    readonly stage: Stage,
    readonly command: Command,
    /** A process of the test's own, with better-sqlite3. */
    readonly other: Actor,
  ) {}

  static async open({ id, command }: Cast): Promise<RecipeStage> {
    const stage = await openStage();
    const { file } = recipes.find((recipe) => recipe.id === id) ?? { file: 'none' };
    const printed = await runDblock(['recipe', id]);
    if (printed.status !== 0) throw new Error(printed.stderr);
    const path = stage.path(`recipe${file.slice(file.lastIndexOf('.'))}`);
    writeFileSync(path, printed.stdout);
    symlinkSync(MODULES, stage.path('node_modules'));
    return new RecipeStage(stage, await command(path, stage.folder), await stage.actor('node'));
  }

  async players(count: number): Promise<Player[]> {
    const started = Array.from({ length: count }, () => new Player(this.command));
    this.#players.push(...started);
    await Promise.all(started.map((player) => player.event('ready')));
    return started;
  }

  /** A database in rollback mode, as it is made, with jobs that wait. */
  async database(jobs: number): Promise<string> {
    this.#databases += 1;
    const path = this.stage.path(`jobs-${this.#databases}.db`);
    const db = await this.other.open(path);
    await db.exec(
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'queued', worker INTEGER)",
      'CREATE TABLE results(id INTEGER PRIMARY KEY, job INTEGER REFERENCES jobs(id), worker INTEGER NOT NULL, line TEXT NOT NULL UNIQUE)',
      'CREATE TABLE episodes(id INTEGER PRIMARY KEY, title TEXT NOT NULL)',
      `INSERT INTO jobs(priority) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${jobs}) SELECT i % 3 FROM n`,
    );
    await db.close();
    return path;
  }

  /** Asks once, by a connection without a busy timeout that is closed again. */
  async query(path: string, sql: string): Promise<unknown[][]> {
    const db = await this.other.open(path);
    const rows = await db.query(sql);
    await db.close();
    return rows;
  }

  async clear(): Promise<void> {
    await Promise.all(this.#players.splice(0).map((player) => player.kill()));
    await this.stage.clear();
  }
}

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transformSync } from 'rolldown/utils';
import { recipes } from '../../../src/recipes/index.js';
import type { Actor } from '../actor.js';
import { runDblock } from '../dblock.js';
import { crates, nodePath, pythonWith } from '../programs.js';
import type { Command } from '../real-program.js';
import { openStage, type Stage } from '../stage.js';
import { Player } from './player.js';

/** What a test of a recipe has to know about its stack. */
export interface Cast {
  readonly id: string;
  /** The command that starts its player. `recipe` and `jobs`: the files that dblock printed; `folder`: to build in. */
  command(recipe: string, jobs: string, folder: string): Command | Promise<Command>;
}

/** The path of one of fixtures/recipes. */
export function playerScript(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/recipes/${name}`, import.meta.url));
}

/** A player of Python's. `DBLOCK_PYTHON` names another interpreter, with other versions of the modules. */
export function pythonPlayer(script: string, ...modules: readonly string[]): Cast['command'] {
  return (recipe, jobs) => ({
    program: process.env['DBLOCK_PYTHON'] ?? pythonWith(...modules) ?? 'python3',
    args: [playerScript(script), recipe, jobs],
  });
}

/**
 * A player of Node.js's. Its types are stripped here, since Node.js 20 does not do so; what is left is what was printed.
 * `DBLOCK_NODE` names another Node.js.
 */
export function nodePlayer(script: string): Cast['command'] {
  return (recipe, jobs) => ({
    program: nodePath(),
    args: [playerScript(script), stripped(recipe), stripped(jobs)],
  });
}

function stripped(file: string): string {
  const { code, errors } = transformSync(file, readFileSync(file, 'utf8'));
  if (errors.length > 0) throw errors[0];
  const javascript = file.replace(/\.ts$/, '.mjs');
  writeFileSync(javascript, code.replace('./db.ts', './recipe.mjs'));
  return javascript;
}

/** Builds a player of Go's in the stage: the recipe is the package that it imports, drivers are those of Debian. */
export function goPlayer(script: string): Cast['command'] {
  return async (recipe, jobs, folder) => {
    const main = join(folder, 'src/player/main.go');
    for (const [from, to] of [
      [recipe, join(folder, 'src/db/db.go')],
      [jobs, join(folder, 'src/db/jobs.go')],
      [playerScript(script), main],
    ] as const) {
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(from, to);
    }
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: `${folder}:/usr/share/gocode`, GOFLAGS: '' };
    const program = join(folder, 'player');
    // The tag: SQLite as the system has it, instead of a minute of compiling it.
    await promisify(execFile)('go', ['build', '-tags', 'libsqlite3', '-o', program, 'player'], {
      cwd: folder,
      env,
    });
    return { program, args: [] };
  };
}

/** Builds a player of Rust's in the stage, from crates that are there. */
export function rustPlayer(script: string): Cast['command'] {
  return async (recipe, jobs, folder) => {
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, '.cargo'));
    copyFileSync(recipe, join(folder, 'src/db.rs'));
    copyFileSync(jobs, join(folder, 'src/jobs.rs'));
    copyFileSync(playerScript(script), join(folder, 'src/main.rs'));
    const manifest = [
      '[package]\nname = "player"\nversion = "0.1.0"\nedition = "2021"',
      '[dependencies]\nrusqlite = { version = "0.28", default-features = false }\n',
    ];
    writeFileSync(join(folder, 'Cargo.toml'), manifest.join('\n'));
    const sources = `[source.crates-io]\nreplace-with = "here"\n[source.here]\ndirectory = "${crates()}"\n`;
    writeFileSync(join(folder, '.cargo/config.toml'), sources);
    await promisify(execFile)('cargo', ['build', '--offline', '--quiet'], { cwd: folder });
    return { program: join(folder, 'target/debug/player'), args: [] };
  };
}

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

async function save(args: readonly string[], path: string): Promise<void> {
  const printed = await runDblock(args);
  if (printed.status !== 0) throw new Error(printed.stderr);
  writeFileSync(path, printed.stdout);
}

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
    const extension = file.slice(file.lastIndexOf('.'));
    const [recipe, jobs] = [stage.path(`recipe${extension}`), stage.path(`jobs${extension}`)];
    await save(['recipe', id], recipe);
    await save(['recipe', id, '--part', 'jobs'], jobs);
    symlinkSync(MODULES, stage.path('node_modules'));
    return new RecipeStage(stage, await command(recipe, jobs, stage.folder), await stage.actor('node'));
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

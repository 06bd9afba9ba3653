import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Actor, type ActorKind } from './actor.js';
import { spawnActor } from './actor-process.js';

/**
 * A temporary folder and the processes of one test. `await using stage = await openStage()` clears
 * both when the test ends, however it ends.
 */
export class Stage {
  readonly #actors: Actor[] = [];
  readonly #folders: string[] = [];
  readonly #killAllNow = () => {
    for (const actor of this.#actors) actor.killNow();
  };

  /** Use `openStage`, which makes the folder. */
  constructor(readonly folder: string) {
    this.#folders.push(folder);
    process.once('exit', this.#killAllNow);
  }

  /** A path inside the stage's folder. */
  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Another temporary folder, for files that must not lie beside the database. */
  async elsewhere(): Promise<string> {
    const folder = await makeFolder();
    this.#folders.push(folder);
    return folder;
  }

  /** Starts a process that is ended with the stage. */
  async actor(kind: ActorKind): Promise<Actor> {
    const actor = new Actor(kind, spawnActor(kind));
    this.#actors.push(actor);
    return actor.ready();
  }

  /** Ends every process, stopped ones too, waits for that, and removes the folders. */
  async clear(): Promise<void> {
    await Promise.all(this.#actors.splice(0).map((actor) => actor.kill()));
    const removal = { recursive: true, force: true };
    await Promise.all(this.#folders.splice(0).map((folder) => rm(folder, removal)));
    process.off('exit', this.#killAllNow);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
  }
}

export async function openStage(): Promise<Stage> {
  return new Stage(await makeFolder());
}

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'dblock-test-'));
}

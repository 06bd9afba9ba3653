/**
 * Every remedy is applied as it is printed: what concerns the processes while they live, everything else after they
 * were ended, as the texts ask for. Then the finding is gone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { runHere } from '../support/run-here.js';
import { allSituations } from '../support/situations/index.js';
import { openStage } from '../support/stage.js';

interface Finding {
  readonly id: string;
  readonly outcome: string;
  readonly remedy: { readonly commands: readonly string[] };
}

async function diagnose(database: string): Promise<Finding[]> {
  const options = ['--format', 'json', '--fail-on', 'never', '--interval', '100ms'];
  const run = await runHere(['doctor', database, ...options]);
  if (run.stdout === '') return []; // the remedy took the database out of the way
  return JSON.parse(run.stdout).databases[0].outcomes.filter(({ outcome }: Finding) => outcome === 'found');
}

/** `ps`, `ls` and `find` only look, and plain SQL belongs into the application. */
const ONLY_LOOKS = /^(ps|ls|find|dblock|PRAGMA|BEGIN|ROLLBACK|COMMIT)\b/i;

/** `kill` as such, and copies of what only the living process has open. */
const ABOUT_PROCESSES = /^kill |\/proc\/\d+\/|rescued-/;

/** What the text asks for without a command, because only the owner can know which name or program is wanted. */
const BY_HAND: Readonly<Record<string, (database: string) => Promise<void>>> = {
  // the remedy searches the whole mount; here the other name is known to be in the temporary folder
  'hard-links': async (database) => {
    // `find` fails when another test removes its folder meanwhile; what it printed is right all the same
    const search = ['-xdev', '-samefile', database];
    const { stdout } = spawnSync('find', [tmpdir(), ...search], { encoding: 'utf8' });
    const others = stdout.split('\n').filter((name) => name !== '' && name !== database);
    for (const other of others) await rm(other);
  },
  // the remedy shows them first, and its text goes on with --apply; the killed workers left a WAL
  'orphaned-jobs': async (database) => {
    const journal = `${database}.requeue.jsonl`;
    await runDblock(['requeue-orphans', database, '--apply', '--recover', '--journal', journal]);
  },
  'dotfile-lock': (database) => rm(`${database}.lock`, { recursive: true, force: true }),
};

/** One language is enough: the remedies do not depend on it. */
const each = allSituations.filter(({ name }, _, all) => {
  const twin = name.replace(/-node$/, '-python');
  return twin === name || !all.some((other) => other.name === twin);
});

describe('remedies', () => {
  for (const situation of each) {
    const needs = [...situation.needs, 'sqlite3'] as const;
    it.skipIf(skipReason(needs))(titled(situation.name, needs), async () => {
      await using stage = await openStage();
      const { database, actors, expected } = await situation.stage(stage);
      const found = await diagnose(database);
      const commands = [...new Set(found.flatMap(({ remedy }) => remedy.commands))];
      const wanted = commands.filter((command) => !ONLY_LOOKS.test(command));
      const run = (command: string) =>
        execFileSync('sh', ['-c', command], { cwd: stage.folder, stdio: 'pipe' });

      wanted.filter((command) => ABOUT_PROCESSES.test(command)).forEach(run);
      if (expected.found.includes('stopped-lock-holder')) {
        expect((await diagnose(database)).map(({ id }) => id)).not.toContain('stopped-lock-holder');
      }
      for (const actor of Object.values(actors)) await actor.kill();
      wanted.filter((command) => !ABOUT_PROCESSES.test(command)).forEach(run);
      for (const id of expected.found) await BY_HAND[id]?.(database);

      const left = (await diagnose(database)).map(({ id }) => id);
      expect(left.filter((id) => expected.found.includes(id))).toEqual([]);
    });
  }
});

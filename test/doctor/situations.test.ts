/**
 * Every situation that can be staged is what its name says, by the kernel and the bytes: `doctor` finds exactly what
 * is true of it and names the right processes, finds the same in the evidence that it saved, and neither `doctor` nor
 * `locks` changes a byte, a time or an inode.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { runHere } from '../support/run-here.js';
import { expectFacts } from '../support/situation-facts.js';
import { allSituations, type Expected, type Situation } from '../support/situations/index.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';

interface Finding {
  readonly id: string;
  readonly outcome: string;
  readonly severity: string;
  readonly summary: string;
  readonly facts: object;
  readonly remedy: { readonly text: string };
}

function findingsIn(stdout: string): Finding[] {
  const [database] = JSON.parse(stdout).databases;
  return database.outcomes.filter(({ outcome }: Finding) => outcome === 'found');
}

/** Numbers that stand alone in a text. */
function mentions(text: string, pid: number): boolean {
  return new RegExp(`(?<!\\d)${pid}(?!\\d)`).test(text);
}

function expectFindings(findings: readonly Finding[], expected: Expected): void {
  expect(findings.map(({ id }) => id).sort()).toEqual(expected.found);
  for (const { id, severity, summary, facts } of findings) {
    if (expected.severities[id]) expect({ id, severity }).toEqual({ id, severity: expected.severities[id] });
    for (const pid of expected.pids[id] ?? []) {
      expect(mentions(summary, pid), `${id} names pid ${pid}: ${summary}`).toBe(true);
      expect(mentions(JSON.stringify(facts), pid), `${id} has pid ${pid} among its facts`).toBe(true);
    }
  }
}

/** The built tool on the half of them; the twins differ in who holds the locks. */
const runnerFor = ({ name }: Situation) => (name.endsWith('-node') ? runDblock : runHere);

it('each situation has a name of its own', () => {
  const names = allSituations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe('doctor and locks on staged situations', () => {
  for (const situation of allSituations) {
    it.skipIf(skipReason(situation.needs))(titled(situation.name, situation.needs), async () => {
      await using stage = await openStage();
      const staged = await situation.stage(stage);
      expectFacts(situation, staged);
      const { database, actors, expected } = staged;
      const before = situation.still ? await snapshotFolder(stage.folder) : null;

      const saved = join(await stage.elsewhere(), 'evidence.json');
      // Where a writer is busy, a machine that stops it for 100 ms in its transaction would make it a slow one.
      const interval = situation.still ? '100ms' : '1s';
      const options = ['--format', 'json', '--fail-on', 'info', '--interval', interval];
      const saving = ['--evidence', saved, '--include-processes'];
      const run = runnerFor(situation);
      const doctor = await run(['doctor', database, ...options, ...saving]);
      expect(doctor.stderr).toBe('');
      expectFindings(findingsIn(doctor.stdout), expected);
      expect(doctor.status).toBe(expected.found.length > 0 ? 1 : 0);

      const again = await runHere(['doctor', '--from', saved, ...options]);
      expect(again.status).toBe(doctor.status);
      expect(JSON.parse(again.stdout).databases).toEqual(JSON.parse(doctor.stdout).databases);

      const locks = await runHere(['locks', database, '--format', 'json', '--interval', '100ms']);
      expect(locks.status).toBe(0);
      const pids = JSON.parse(locks.stdout).databases[0].rows.map(({ pid }: { pid: number }) => pid);
      for (const actor of Object.values(actors)) expect(pids).toContain(actor.pid);

      if (before) expectUnchanged(before, await snapshotFolder(stage.folder));
    });
  }
});

/** What makes a database unreadable only after the first look is said as it is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { gatherEvidence } from '../../src/doctor/evidence.js';
import { FileProblem } from '../../src/sqlite/errors.js';
import { attachedLocks, kernel } from '../support/evidence.js';
import { openStage } from '../support/stage.js';

it('a header that was overwritten between the samples is not called a file that was removed', async () => {
  await using stage = await openStage();
  const actor = await stage.actor('node');
  const path = stage.path('app.db');
  await (await actor.open(path)).exec('CREATE TABLE t(a)');
  await actor.exit({ closeSqlite: true });
  const [result] = await gatherEvidence([path], {
    ...{ platform: 'linux', now: () => 0, intervalMs: 250, declared: {}, schemaFacts: false, deep: null },
    observer: { observe: (databases) => databases.map(() => kernel(attachedLocks(7))), describe: () => [] },
    async sleep() {
      const bytes = readFileSync(path);
      bytes.writeUInt8(0, 21);
      writeFileSync(path, bytes);
    },
  });
  expect(result).toBeInstanceOf(FileProblem);
  expect(result).toMatchObject({
    kind: 'not-a-database',
    message: expect.stringContaining('payload fractions'),
  });
});

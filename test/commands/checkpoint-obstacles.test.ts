import { describe, expect, it } from 'vitest';
import {
  refusalsOf,
  resetBugOf,
  unseenObstacles,
  whyNoWal,
} from '../../src/commands/checkpoint/obstacles.js';
import { known } from '../../src/known.js';
import {
  attachedLocks,
  attachedProcess,
  evidence,
  healthyEvidence,
  kernel,
  rollbackSample,
  sighting,
  walSample,
} from '../support/evidence.js';

const fileSystem = (type: string) =>
  known({
    ...{ type, mountPoint: '/data', source: 'server:/data', device: '00:30', options: ['rw'] },
    ...{ freeBytes: 2 ** 30, totalBytes: 2 ** 31 },
  });

describe('a checkpoint is refused', () => {
  it('on no healthy database', () => {
    expect(refusalsOf(healthyEvidence())).toEqual([]);
  });

  it.each(['nfs4', 'cifs', 'fuse.sshfs'])('on %s, with the reason and what to do', (type) => {
    const [refusal, ...others] = refusalsOf(healthyEvidence({ fileSystem: fileSystem(type) }));
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({ check: 'network-filesystem', reason: expect.stringContaining(type) });
    expect(refusal?.remedy.text).toMatch(/Move the database/);
  });

  it('not on an overlay, where every container is', () => {
    expect(refusalsOf(healthyEvidence({ fileSystem: fileSystem('overlay') }))).toEqual([]);
  });

  it('where a process has lost its locks: a close could delete the WAL under it', () => {
    const processes = [attachedProcess(4121)];
    const lost = walSample({ kernel: kernel([], { processes: [sighting(4121)] }) });
    const checks = refusalsOf(evidence(lost, lost, { processes })).map(({ check }) => check);
    expect(checks).toEqual(['lost-locks']);
    const whole = walSample({ kernel: kernel(attachedLocks(4121), { processes: [sighting(4121)] }) });
    expect(refusalsOf(evidence(whole, whole, { processes }))).toEqual([]);
  });
});

it('what could not be looked at is told', () => {
  const view = { complete: false, reason: 'dblock runs in a container' } as const;
  const sample = walSample({ kernel: kernel([], { processes: [], locksView: view, processesView: view }) });
  expect(unseenObstacles(evidence(sample)).join(' ')).toMatch(/Not ruled out: .*split-brain.*in a container/);
});

it('a database in rollback mode has no WAL', () => {
  expect(whyNoWal(evidence(rollbackSample()))).toMatch(/not in WAL mode/);
  expect(whyNoWal(healthyEvidence())).toBeNull();
});

it.each([
  ['3.40.1', /3\.40\.1/],
  ['3.53.2', null],
])('the WAL-reset bug is looked for in %s', (version, says) => {
  const library = { path: '/lib/libsqlite3.so', linkage: 'shared', version, sourceId: null } as const;
  const processes = [attachedProcess(4121, { sqliteLibraries: known([library]) })];
  const sample = walSample({ kernel: kernel(attachedLocks(4121), { processes: [sighting(4121)] }) });
  const found = resetBugOf(evidence(sample, sample, { processes }));
  if (says === null) expect(found).toBeNull();
  else expect(found).toMatch(says);
});

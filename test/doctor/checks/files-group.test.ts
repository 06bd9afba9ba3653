import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/doctor/checks/index.js';
import { examine } from '../../../src/doctor/examine.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import { known } from '../../../src/known.js';
import {
  evidence,
  healthyEvidence,
  kernel,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';

const fileChecks = checks.filter(({ group }) => group === 'files');

const inContainer = (evidence: Evidence): Evidence => {
  const { fileSystem } = evidence;
  return fileSystem.known
    ? { ...evidence, fileSystem: known({ ...fileSystem.value, type: 'overlay' }) }
    : evidence;
};

const openedBy = kernel([], { processes: [sighting(4121)] });
const onlyPragma = walSample({ wal: null, walIndex: null, kernel: kernel([]) });

/** As frameworks leave them. */
const HEALTHY: readonly (readonly [string, Evidence])[] = [
  ['WAL, in use (Rails, better-sqlite3 with WAL)', healthyEvidence()],
  ['WAL, in use, in a container', inContainer(healthyEvidence())],
  ['WAL, closed', evidence(onlyPragma)],
  ['rollback, closed (Django, Laravel)', evidence(rollbackSample())],
  [
    'rollback, one server process',
    evidence(rollbackSample({ kernel: openedBy }), rollbackSample({ kernel: openedBy })),
  ],
];

describe('checks of files', () => {
  it.each(HEALTHY)('have no warning and no critical for a healthy database: %s', (_, healthy) => {
    const outcomes = examine({ evidence: healthy, siblings: [] }, fileChecks);
    expect(outcomes.filter(({ outcome }) => outcome === 'crashed')).toEqual([]);
    expect(outcomes.filter((one) => one.outcome === 'found' && one.severity !== 'info')).toEqual([]);
  });

  it('survive evidence of a database of 0 bytes', () => {
    const empty = evidence(rollbackSample({ header: null }));
    const outcomes = examine({ evidence: empty, siblings: [empty] }, fileChecks);
    expect(outcomes.filter(({ outcome }) => outcome === 'crashed' || outcome === 'found')).toEqual([]);
  });

  it('keep a path with quotes and line breaks on one line in every command', () => {
    const path = "/data/it's\n$(reboot).db";
    const sample = walSample({ kernel: kernel([]) });
    const outcomes = examine({ evidence: { ...evidence(sample), path }, siblings: [] }, fileChecks);
    const commands = outcomes.flatMap((one) => (one.outcome === 'found' ? one.remedy.commands : []));
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expect(command).toContain("$'/data/it\\047s\\012$(reboot).db");
  });
});

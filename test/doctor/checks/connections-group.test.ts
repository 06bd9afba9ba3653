/** The checks of what the configuration declares: each found, nearly found, not declared, and where it does not apply. */
import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/doctor/check.js';
import { autocheckpointOff } from '../../../src/doctor/checks/autocheckpoint-off.js';
import { busyTimeoutMissing } from '../../../src/doctor/checks/busy-timeout-missing.js';
import { connectionChurn } from '../../../src/doctor/checks/connection-churn.js';
import { deferredUpgrade } from '../../../src/doctor/checks/deferred-upgrade.js';
import { synchronousFullInWal } from '../../../src/doctor/checks/synchronous-full-in-wal.js';
import { synchronousOff } from '../../../src/doctor/checks/synchronous-off.js';
import type { DeclaredConnections, Evidence } from '../../../src/doctor/shapes.js';
import { attachedProcess, evidence, healthyEvidence, rollbackSample } from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const NOTHING: DeclaredConnections = {
  busyTimeoutMs: null,
  begin: null,
  synchronous: null,
  autocheckpointPages: null,
  persistent: null,
};

function wal(connections: Partial<DeclaredConnections>, overrides: Partial<Evidence> = {}): Evidence {
  return healthyEvidence({ declared: { connections: { ...NOTHING, ...connections } }, ...overrides });
}

function rollback(connections: Partial<DeclaredConnections>): Evidence {
  return evidence(rollbackSample(), undefined, { declared: { connections: { ...NOTHING, ...connections } } });
}

type Case = readonly [Check, Evidence, string];

describe('verdicts on what is declared', () => {
  it.each<Case>([
    [busyTimeoutMissing, wal({ busyTimeoutMs: 0 }), 'found: warning'],
    [busyTimeoutMissing, wal({ busyTimeoutMs: 999 }), 'found: warning'],
    [busyTimeoutMissing, wal({ busyTimeoutMs: 1000 }), 'clear'],
    [busyTimeoutMissing, rollback({ busyTimeoutMs: 0 }), 'found: warning'],
    [deferredUpgrade, wal({ begin: 'deferred' }), 'found: warning'],
    [deferredUpgrade, rollback({ begin: 'deferred' }), 'found: warning'],
    [deferredUpgrade, wal({ begin: 'immediate' }), 'clear'],
    [deferredUpgrade, wal({ begin: 'exclusive' }), 'clear'],
    [synchronousOff, wal({ synchronous: 'off' }), 'found: warning'],
    [synchronousOff, rollback({ synchronous: 'off' }), 'found: warning'],
    [synchronousOff, wal({ synchronous: 'normal' }), 'clear'],
    [synchronousFullInWal, wal({ synchronous: 'full' }), 'found: info'],
    [synchronousFullInWal, wal({ synchronous: 'extra' }), 'found: info'],
    [synchronousFullInWal, wal({ synchronous: 'normal' }), 'clear'],
    [
      synchronousFullInWal,
      rollback({ synchronous: 'full' }),
      'inapplicable: in rollback mode FULL is what keeps the database safe',
    ],
    [connectionChurn, wal({ persistent: false }), 'found: warning'],
    [connectionChurn, wal({ persistent: false, busyTimeoutMs: 999 }), 'found: warning'],
    [connectionChurn, wal({ persistent: false, busyTimeoutMs: 1000 }), 'found: info'],
    [connectionChurn, wal({ persistent: true }), 'clear'],
    [
      connectionChurn,
      rollback({ persistent: false }),
      'inapplicable: in rollback mode closing a connection takes no lock',
    ],
    [autocheckpointOff, wal({ autocheckpointPages: 0 }), 'found: warning'],
    [autocheckpointOff, wal({ autocheckpointPages: 1 }), 'clear'],
    [
      autocheckpointOff,
      rollback({ autocheckpointPages: 0 }),
      'inapplicable: the database is not in WAL mode',
    ],
  ])('%# $0.id', (check, subject, verdict) => {
    expect(verdictOf(check, subject)).toBe(verdict);
  });
});

const CHECKS = [
  [busyTimeoutMissing, 'busy_timeout_ms'],
  [deferredUpgrade, 'begin'],
  [synchronousOff, 'synchronous'],
  [synchronousFullInWal, 'synchronous'],
  [connectionChurn, 'persistent'],
  [autocheckpointOff, 'autocheckpoint_pages'],
] as const;

describe('what is not declared', () => {
  it.each(CHECKS)('$0.id is skipped with one reason for all where nothing is', (check) => {
    const reason = 'declare the settings of connections in dblock.config.json; nobody outside can see them';
    expect(verdictOf(check, healthyEvidence())).toBe(`skipped: ${reason}`);
    expect(verdictOf(check, wal({}))).toBe(`skipped: ${reason}`);
  });

  it.each(CHECKS)('$0.id names its key where others are', (check, key) => {
    const other = key === 'begin' ? wal({ persistent: true }) : wal({ begin: 'immediate' });
    expect(verdictOf(check, other)).toBe(
      `skipped: declare connections.${key} in dblock.config.json; nobody outside can see it`,
    );
  });
});

describe('findings', () => {
  it('tell how long is waited, and what else is known', () => {
    expect(findingOf(busyTimeoutMissing, wal({ busyTimeoutMs: 250 })).summary).toContain('250 ms');
    expect(findingOf(deferredUpgrade, wal({ begin: 'deferred', busyTimeoutMs: 30_000 })).summary).toContain(
      'the busy timeout of 30 s does not apply',
    );
    expect(findingOf(deferredUpgrade, rollback({ begin: 'deferred' })).summary).not.toContain('SNAPSHOT');
  });

  it('advise NORMAL in WAL mode and FULL in rollback mode instead of OFF', () => {
    const off = { synchronous: 'off' } as const;
    expect(findingOf(synchronousOff, wal(off)).remedy.commands).toEqual(['PRAGMA synchronous=NORMAL;']);
    expect(findingOf(synchronousOff, rollback(off)).remedy.commands).toEqual(['PRAGMA synchronous=FULL;']);
  });

  it('take Litestream for the one who checkpoints', () => {
    const litestream = attachedProcess(4121, {
      command: { known: true, value: ['/usr/bin/litestream', 'replicate'] },
      executable: { known: true, value: '/usr/bin/litestream' },
    });
    const found = findingOf(autocheckpointOff, wal({ autocheckpointPages: 0 }, { processes: [litestream] }));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain('litestream replicate (pid 4121) checkpoints instead');
  });
});

/** The verdicts of the checks of the schema; what they look at is tested in schema-facts.test.ts. */
import { describe, expect, it } from 'vitest';
import { foreignKeyWithoutIndex } from '../../../src/doctor/checks/foreign-key-without-index.js';
import { queueClaimScan } from '../../../src/doctor/checks/queue-claim-scan.js';
import type { Claim, Evidence, ForeignKey, SchemaFacts } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import { healthyEvidence } from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

function withFacts(facts: Partial<SchemaFacts>): Evidence {
  return healthyEvidence({ schemaFacts: known({ foreignKeys: [], claims: [], leftOut: [], ...facts }) });
}

function foreignKey(overrides: Partial<ForeignKey> = {}): ForeignKey {
  return {
    ...{ table: 'orders', columns: ['customer_id'], parent: 'customers', parentColumns: ['id'] },
    ...{ onDelete: 'NO ACTION', onUpdate: 'NO ACTION', plan: ['SCAN child'], indexed: false },
    createIndex: 'CREATE INDEX "idx_orders_customer_id" ON "orders" ("customer_id");',
    ...overrides,
  };
}

function claim(overrides: Partial<Claim> = {}): Claim {
  return {
    table: 'jobs',
    sql: 'SELECT * FROM "jobs" WHERE "status" = ? ORDER BY "created_at" LIMIT 1',
    plan: ['SCAN jobs', 'USE TEMP B-TREE FOR ORDER BY'],
    ...{ scans: true, sorts: true },
    createIndex: 'CREATE INDEX "idx_jobs_status_created_at" ON "jobs" ("status", "created_at");',
    ...overrides,
  };
}

const SERVED = claim({
  plan: ['SEARCH jobs USING INDEX i (status=?)'],
  scans: false,
  sorts: false,
  createIndex: null,
});
const LEFT_OUT = [{ name: 'i', table: 'jobs', reason: 'no such collation sequence: german' }];

describe('foreign-key-without-index', () => {
  it('names the keys and gives the index', () => {
    const keys = [foreignKey({ onDelete: 'CASCADE' }), foreignKey({ indexed: true, createIndex: null })];
    const found = findingOf(foreignKeyWithoutIndex, withFacts({ foreignKeys: keys }));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain('1 of 2 foreign keys in /data/app.db has no index');
    expect(found.summary).toContain('orders(customer_id) → customers, ON DELETE CASCADE');
    expect(found.remedy.commands).toEqual([
      `sqlite3 /data/app.db 'CREATE INDEX "idx_orders_customer_id" ON "orders" ("customer_id");'`,
    ]);
  });

  it('says where no index can help, and gives none', () => {
    const found = findingOf(
      foreignKeyWithoutIndex,
      withFacts({ foreignKeys: [foreignKey({ createIndex: null })] }),
    );
    expect(found.remedy.text).toContain('No index helps orders(customer_id) → customers');
    expect(found.remedy.commands).toEqual([]);
  });

  it('names a few of many, and has all of them among its facts', () => {
    const keys = Array.from({ length: 30 }, (_, at) => foreignKey({ table: `child${at}` }));
    const found = findingOf(foreignKeyWithoutIndex, withFacts({ foreignKeys: keys }));
    expect(found.summary).toContain('child3(customer_id) → customers; and 26 others');
    expect(found.facts).toMatchObject({ unindexed: keys });
  });

  it('is clear with an index for every key', () => {
    const indexed = foreignKey({ indexed: true, createIndex: null });
    expect(verdictOf(foreignKeyWithoutIndex, withFacts({ foreignKeys: [indexed] }))).toBe('clear');
  });

  it('says why where it cannot judge', () => {
    expect(verdictOf(foreignKeyWithoutIndex, withFacts({}))).toBe(
      'inapplicable: no table has a foreign key to one that is there',
    );
    expect(verdictOf(foreignKeyWithoutIndex, withFacts({ leftOut: LEFT_OUT }))).toBe(
      'skipped: i cannot be examined: no such collation sequence: german',
    );
    const unread = healthyEvidence({ schemaFacts: unknown('the schema is corrupt') });
    expect(verdictOf(foreignKeyWithoutIndex, unread)).toBe('skipped: the schema is corrupt');
  });
});

describe('queue-claim-scan', () => {
  it('names the table, the plan and the index', () => {
    const found = findingOf(queueClaimScan, withFacts({ claims: [claim()] }));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain(
      'jobs reads every job, finished ones too (SCAN jobs, USE TEMP B-TREE FOR ORDER BY)',
    );
    expect(found.remedy.text).toContain(
      'SELECT * FROM "jobs" WHERE "status" = ? ORDER BY "created_at" LIMIT 1',
    );
    expect(found.remedy.commands).toEqual([
      `sqlite3 /data/app.db 'CREATE INDEX "idx_jobs_status_created_at" ON "jobs" ("status", "created_at");'`,
    ]);
  });

  it('tells sorting from scanning', () => {
    const found = findingOf(
      queueClaimScan,
      withFacts({ claims: [SERVED, claim({ table: 'mails', scans: false })] }),
    );
    expect(found.summary).toContain('mails sorts all waiting jobs');
    expect(found.summary).not.toContain('jobs reads every job');
  });

  it('is clear where an index serves', () => {
    expect(verdictOf(queueClaimScan, withFacts({ claims: [SERVED] }))).toBe('clear');
  });

  it('says why where it cannot judge', () => {
    expect(verdictOf(queueClaimScan, withFacts({}))).toBe(
      'inapplicable: no table keeps the state of jobs in a status column',
    );
    expect(verdictOf(queueClaimScan, withFacts({ claims: [SERVED], leftOut: LEFT_OUT }))).toBe(
      'skipped: i cannot be examined: no such collation sequence: german',
    );
    const unread = healthyEvidence({ schemaFacts: unknown('the schema is corrupt') });
    expect(verdictOf(queueClaimScan, unread)).toBe('skipped: the schema is corrupt');
  });
});

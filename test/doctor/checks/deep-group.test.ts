/** The verdicts on what --deep found; what it finds in real files is tested in deep.test.ts. */
import { describe, expect, it } from 'vitest';
import { foreignKeyViolations } from '../../../src/doctor/checks/foreign-key-violations.js';
import { integrity } from '../../../src/doctor/checks/integrity.js';
import type { Deep, Evidence } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import { evidence, healthyEvidence, rollbackSample } from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

type Integrity = Extract<Deep['integrity'], { known: true }>['value'];
type ForeignKeys = Extract<Deep['foreignKeys'], { known: true }>['value'];

function examined(checked: Partial<Integrity>, keys: Partial<ForeignKeys> = {}): Evidence {
  const deep: Deep = {
    copiedBytes: 40_960,
    integrity: known({
      pragma: 'quick_check',
      messages: [],
      unchecked: [],
      unreadableTables: [],
      ...checked,
    }),
    foreignKeys: known({ violations: [], unchecked: [], ...keys }),
  };
  return evidence(rollbackSample(), undefined, { deep: known(deep) });
}

const PARENTLESS = { table: 'orders', columns: ['customer_id'], parent: 'customers', rows: 1200 };
const UNCHECKED = [{ table: 'notes', reason: 'no such collation sequence: german' }];

describe('integrity', () => {
  it('is critical, and repairs into a new file', () => {
    const messages = ['Tree 5 page 9: btreeInitPage() returns error code 11', 'Page 12: never used'];
    const found = findingOf(integrity, examined({ pragma: 'integrity_check', messages }));
    expect(found.severity).toBe('critical');
    expect(found.summary).toContain(
      'PRAGMA integrity_check found 2 faults in a copy of /data/app.db (40 KiB)',
    );
    expect(found.summary).toContain('btreeInitPage() returns error code 11');
    expect(found.remedy.commands).toEqual([
      'mkdir /data/app.db.saved && cp -p /data/app.db /data/app.db.saved/',
      'sqlite3 /data/app.db .dump | sqlite3 /data/app.db.recovered',
    ]);
  });

  it('names the tables that cannot be read, and recovers what is left of them', () => {
    const messages = ['*** in database main ***\nTree 5 page 9: bad\nTree 5 page 10: bad'];
    const found = findingOf(integrity, examined({ messages, unreadableTables: ['orders'] }));
    expect(found.summary).toContain(
      '(40 KiB): Tree 5 page 9: bad; Tree 5 page 10: bad. Not every row can be read of orders.',
    );
    expect(found.remedy.commands[1]).toBe('sqlite3 /data/app.db .recover | sqlite3 /data/app.db.recovered');
    const schema = findingOf(integrity, examined({ messages: ['malformed database schema (x)'] }));
    expect(schema.remedy.commands[1]).toBe('sqlite3 /data/app.db .recover | sqlite3 /data/app.db.recovered');
  });

  it('is a warning if the file is sound and rows break a rule', () => {
    const found = findingOf(integrity, examined({ messages: ['NULL value in jobs.state'] }));
    expect(found.severity).toBe('warning');
    const both = examined({ messages: ['NULL value in jobs.state', 'Page 12: never used'] });
    expect(findingOf(integrity, both).severity).toBe('critical');
  });

  it('is clear without messages, and skipped if a table could not be checked', () => {
    expect(verdictOf(integrity, examined({}))).toBe('clear');
    expect(verdictOf(integrity, examined({ unchecked: UNCHECKED }))).toBe(
      'skipped: 1 table could not be checked, such as notes: no such collation sequence: german',
    );
    expect(verdictOf(integrity, examined({ messages: ['Page 12: never used'], unchecked: UNCHECKED }))).toBe(
      'found: critical',
    );
  });

  it('is skipped without --deep, and where no copy could be made', () => {
    expect(verdictOf(integrity, healthyEvidence())).toBe('skipped: needs --deep');
    expect(verdictOf(integrity, healthyEvidence({ deep: unknown('no room') }))).toBe('skipped: no room');
  });
});

describe('foreign-key-violations', () => {
  it('counts rows by key', () => {
    const other = { ...PARENTLESS, table: 'items', columns: ['a', 'b'], rows: 1 };
    const found = findingOf(foreignKeyViolations, examined({}, { violations: [PARENTLESS, other] }));
    expect(found.severity).toBe('info');
    expect(found.summary).toBe(
      '1,201 rows of /data/app.db refer to a parent that does not exist: 1,200 in orders(customer_id) → customers; 1 in items(a, b) → customers.',
    );
    expect(found.remedy.commands).toEqual(["sqlite3 /data/app.db 'PRAGMA foreign_key_check;'"]);
  });

  it('does not apply without foreign keys, and is clear if all rows have parents', () => {
    expect(verdictOf(foreignKeyViolations, examined({}))).toBe('inapplicable: no table has a foreign key');
    const schemaFacts = unknown('the schema is too large');
    expect(verdictOf(foreignKeyViolations, { ...examined({}), schemaFacts })).toBe('clear');
  });

  it('is skipped where it could not look', () => {
    expect(verdictOf(foreignKeyViolations, healthyEvidence())).toBe('skipped: needs --deep');
    expect(verdictOf(foreignKeyViolations, healthyEvidence({ deep: unknown('no room') }))).toBe(
      'skipped: no room',
    );
    expect(verdictOf(foreignKeyViolations, examined({}, { unchecked: UNCHECKED }))).toBe(
      'skipped: notes could not be checked: no such collation sequence: german',
    );
  });
});

/** Schemas that were made to take time, memory or stack. */
import { describe, expect, it } from 'vitest';
import { readSchemaFacts } from '../../src/doctor/schema-facts.js';
import { known } from '../../src/known.js';
import type { SchemaObject } from '../../src/sqlite/shapes.js';

function table(name: string, columns: string): SchemaObject {
  return { type: 'table', name, tableName: name, rootPage: 2, sql: `CREATE TABLE ${name}(${columns})` };
}

/** The machine may be slow, but not so slow: before they were bounded these took half a minute and more. */
const LONGEST_CPU_MS = 8000;

async function factsInTime(...objects: SchemaObject[]): ReturnType<typeof readSchemaFacts> {
  const before = process.cpuUsage();
  const facts = await readSchemaFacts(known(objects));
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(LONGEST_CPU_MS);
  return facts;
}

const MANY_COLUMNS =
  'id, status, state, queue, channel, type, kind, priority, run_at, run_after, next_run_at, available_at, scheduled_at, visible_at, wait_until, created_at, inserted_at, enqueued_at, attempts';

describe('the questions about a schema', () => {
  it('are limited where every table is a queue that may be read in a hundred ways', async () => {
    const queues = Array.from({ length: 900 }, (_, i) => table(`job${i}`, MANY_COLUMNS));
    expect(await factsInTime(...queues)).toEqual({
      known: false,
      reason: 'the schema calls for more than 5,000 questions to SQLite, and dblock asks no more',
    });
  });

  it('are limited where one table has as many foreign keys as columns', async () => {
    const keys = Array.from({ length: 1900 }, (_, i) => `a${i} REFERENCES parent(id)`).join(', ');
    expect(await factsInTime(table('parent', 'id INTEGER PRIMARY KEY'), table('child', keys))).toMatchObject({
      known: false,
    });
  });

  it('are answered for 200 tables with foreign keys that lack an index', async () => {
    const children = Array.from({ length: 200 }, (_, i) =>
      table(`c${i}`, 'a INTEGER REFERENCES parent(id), b INTEGER REFERENCES parent(id)'),
    );
    const facts = await factsInTime(table('parent', 'id INTEGER PRIMARY KEY'), ...children);
    if (!facts.known) throw new Error(facts.reason);
    expect(facts.value.foreignKeys).toHaveLength(400);
    expect(facts.value.foreignKeys.filter(({ createIndex }) => createIndex !== null)).toHaveLength(400);
  });
});

describe('a definition', () => {
  it('of megabytes is left out, and throws nothing', async () => {
    const long = table('long', `status REFERENCES "${'x'.repeat(10_000_000)}"`);
    expect(await factsInTime(long)).toMatchObject({
      known: true,
      value: { leftOut: [{ name: 'long', reason: expect.stringContaining('1,000,000 characters') }] },
    });
  });

  it('full of quotes that are never closed is left out', async () => {
    const unclosed = table('unclosed', 'status REFERENCES ['.repeat(50_000));
    expect(await factsInTime(unclosed)).toMatchObject({
      known: true,
      value: { leftOut: [{ name: 'unclosed' }] },
    });
  });

  it('that is an index which SQLite would have to compute something for costs nothing', async () => {
    const index: SchemaObject = {
      ...{ type: 'index', name: 'ix', tableName: 'jobs', rootPage: 3 },
      sql: 'CREATE INDEX ix ON jobs(id) WHERE status = hex(zeroblob(400000000))',
    };
    expect(await factsInTime(table('jobs', 'id, status, run_at, attempts'), index)).toMatchObject({
      known: true,
    });
  });
});

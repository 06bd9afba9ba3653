import { describe, expect, it } from 'vitest';
import { afterName, quoteIdentifier, quoteLiteral } from '../../src/sqlite/identifiers.js';

describe('quoting', () => {
  it('doubles the quotes that a name or a text contains', () => {
    expect(quoteIdentifier('jobs')).toBe('"jobs"');
    expect(quoteIdentifier('odd "name"; DROP TABLE x')).toBe('"odd ""name""; DROP TABLE x"');
    expect(quoteLiteral("it's")).toBe("'it''s'");
  });
});

describe('afterName', () => {
  it.each([
    ['jobs(id)', '(id)'],
    ['"a ""b"" c" (id)', '(id)'],
    ['`a b`\n(id)', '(id)'],
    ['[a(b]/* ( */ (id)', '(id)'],
    ["'x' -- AS SELECT\n(id)", '(id)'],
    ['jobs AS SELECT 1', 'AS SELECT 1'],
    ['temp.jobs(id)', '.jobs(id)'],
    ['überaufträge(id)', '(id)'],
  ])('%j → %j', (text, rest) => {
    expect(afterName(text)).toBe(rest);
  });

  it('is null where no name begins', () => {
    expect(afterName('(id)')).toBeNull();
    expect(afterName('')).toBeNull();
    expect(afterName('"never closed')).toBeNull();
  });
});

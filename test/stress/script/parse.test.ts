import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/stress/random.js';
import { checkScript, requireWrites } from '../../../src/stress/script/check.js';
import { initialVariables } from '../../../src/stress/script/evaluate.js';
import { parseScript } from '../../../src/stress/script/parse.js';
import { compileScript } from '../../../src/stress/script/play.js';
import { ScriptProblem } from '../../../src/stress/script/problem.js';

const parse = (text: string) => parseScript('load.sql', text);
const sqlOf = (text: string) =>
  parse(text).steps.flatMap((step) => (step.kind === 'sql' ? [{ line: step.line, sql: step.sql }] : []));

function problemOf(run: () => unknown): ScriptProblem {
  try {
    run();
  } catch (error) {
    if (error instanceof ScriptProblem) return error;
    throw error;
  }
  throw new Error('no problem');
}

describe('statements', () => {
  it("reads pgbench's own example", () => {
    const script = parse(`\\set aid random(1, 100000 * :scale)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE accounts SET balance = balance + :delta WHERE aid = :aid;
SELECT balance FROM accounts WHERE aid = :aid;
INSERT INTO history (aid, delta, at) VALUES (:aid, :delta, CURRENT_TIMESTAMP);
END;
`);
    const statements = script.steps.flatMap((step) => (step.kind === 'sql' ? [step] : []));
    expect(statements.map(({ line, variables, control }) => [line, variables, control])).toEqual([
      [3, [], { kind: 'begin', mode: 'deferred' }],
      [4, ['delta', 'aid'], null],
      [5, ['aid'], null],
      [6, ['aid', 'delta'], null],
      [7, [], { kind: 'commit' }],
    ]);
    expect(JSON.parse(JSON.stringify(script))).toEqual(script);
  });

  it.each([
    ['a semicolon in a string', `INSERT INTO t VALUES ('a;''b');\nDELETE FROM t;`, 2],
    ['in a quoted name', 'SELECT "a;b", [c;d], `e;f`; SELECT 2;', 2],
    ['in comments', 'SELECT 1 -- one; two\n, /* three;\nfour */ 2; SELECT 3;', 2],
    [
      'in a trigger',
      'CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END; SELECT 1;',
      2,
    ],
    [
      'in a temporary trigger',
      'EXPLAIN QUERY PLAN CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END; SELECT 1;',
      2,
    ],
    ['none at the end', 'SELECT 1; SELECT 2', 2],
    ['only semicolons between', ';;SELECT 1;;;', 1],
  ])('%s ends no statement', (_, text, count) => {
    expect(sqlOf(text)).toHaveLength(count);
  });

  it('tells where a statement begins, behind comments and over several lines', () => {
    expect(sqlOf('-- a comment\n\n/* two\nlines */ UPDATE t\n  SET a = 1\n;\r\nDELETE FROM t;')).toEqual([
      { line: 4, sql: 'UPDATE t\n  SET a = 1' },
      { line: 7, sql: 'DELETE FROM t' },
    ]);
  });

  it('binds no variable in strings, quoted names and comments', () => {
    const [step] = parse(`\\set id 5\nSELECT ':a', ":b", [:c], :id -- :d\n /* :e */;`).steps.slice(1);
    expect(step).toMatchObject({ kind: 'sql', variables: ['id'] });
  });

  it('leaves "::" and ":=" to SQLite', () => {
    const [step] = parse('SELECT a::text, b := 1;').steps;
    expect(step).toMatchObject({ variables: [], sql: 'SELECT a::text, b := 1' });
  });

  it('goes on with a meta command in the next line', () => {
    const [step] = parse('\\set aid (1021 * \\\n  3) % 7\nSELECT :aid;').steps;
    expect(step).toMatchObject({ kind: 'set', line: 1, variable: 'aid' });
  });

  it.each([
    ['\\sleep 5 ms', 5],
    ['\\sleep 5ms', 5],
    ['\\sleep 250 us', 0.25],
    ['\\sleep 2 s', 2000],
    ['\\sleep 2', 2000],
  ])('%s', (text, ms) => {
    const script = checkScript(parse(`${text}\nSELECT 1;`), () => ({ readonly: true }));
    const [sleep] = compileScript(script);
    expect(sleep?.kind === 'sleep' && sleep.milliseconds(initialVariables(0, 1), createRandom(1))).toBe(ms);
  });
});

describe('transactions', () => {
  it.each([
    ['BEGIN IMMEDIATE; COMMIT;', [{ kind: 'begin', mode: 'immediate' }, { kind: 'commit' }]],
    [
      'begin exclusive transaction; end transaction;',
      [{ kind: 'begin', mode: 'exclusive' }, { kind: 'commit' }],
    ],
    ['BEGIN; ROLLBACK;', [{ kind: 'begin', mode: 'deferred' }, { kind: 'rollback' }]],
    [
      'SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a; RELEASE SAVEPOINT A;',
      [
        { kind: 'savepoint', begins: true },
        { kind: 'savepoint', begins: false },
        { kind: 'rollback-to' },
        { kind: 'release', commits: true },
      ],
    ],
    [
      'BEGIN; SAVEPOINT "a b"; RELEASE [a b]; COMMIT;',
      [
        { kind: 'begin', mode: 'deferred' },
        { kind: 'savepoint', begins: false },
        { kind: 'release', commits: false },
        { kind: 'commit' },
      ],
    ],
  ])('%s', (text, controls) => {
    expect(parse(text).steps.map((step) => step.kind === 'sql' && step.control)).toEqual(controls);
  });
});

describe('mistakes have a line', () => {
  it.each([
    ['', 1, /no SQL statement/],
    ['\\set a 1\n-- nothing\n', 1, /no SQL statement/],
    ["SELECT 1;\nSELECT 'abc;\n", 2, /string that begins here has no end/],
    ['SELECT 1;\n\n/* abc', 3, /comment that begins here has no end/],
    ['SELECT 1\n\\set a 1\n', 1, /not ended by ";" before line 2/],
    ['BEGIN;\nUPDATE t SET a = 1;\n', 1, /BEGIN begins is not ended: COMMIT or ROLLBACK/],
    ['SELECT 1;\nSAVEPOINT x;', 2, /RELEASE x is missing/],
    ['BEGIN;\nBEGIN;\nCOMMIT;', 2, /inside of the transaction of line 1/],
    ['SELECT 1;\nCOMMIT;', 2, /COMMIT without a transaction/],
    ['ROLLBACK;', 1, /without a transaction/],
    ['SAVEPOINT a;\nRELEASE b;', 2, /no open savepoint b/],
    ['\\set\nSELECT 1;', 1, /needs a name and an expression/],
    ['SELECT 1;\n\\set a\n', 2, /expression is missing/],
    ['\\set a 1 +\nSELECT 1;', 1, /ends too early/],
    ['\\set a (1 + 2\nSELECT 1;', 1, /"\)" is missing/],
    ['\\set a 1 2\nSELECT 1;', 1, /"2" is not expected/],
    ['\\set a 5 & 3\nSELECT 1;', 1, /"& 3" is not understood/],
    ['\\set a random(1)\nSELECT 1;', 1, /does not take 1 argument: random\(low, high\)/],
    ['\\set a 99999999999999999999\nSELECT 1;', 1, /larger than 64 bits/],
    [`\\set a ${'('.repeat(5000)}1${')'.repeat(5000)}\nSELECT 1;`, 1, /nested too deeply/],
    ['SELECT 1;\n\\sleep 0.5 s', 2, /needs a whole number/],
    ['SELECT 1 \\gset', 1, /not ended/],
    ['SELECT 1;\n\\if :a\n', 2, /no \\if\. Write a script for each case/],
    ['SELECT ?;', 1, /\? is a parameter that nothing binds/],
    ['SELECT 1,\n @a;', 2, /@a is a parameter/],
    ['\\set a 1\nSELECT\n:a::text;', 3, /CAST\(:a AS/],
  ])('%j', (text, line, reason) => {
    const problem = problemOf(() => parse(text));
    expect([problem.file, problem.line]).toEqual(['load.sql', line]);
    expect(problem.reason).toMatch(reason);
    expect(problem.message).toBe(`load.sql:${line}: ${problem.reason}`);
  });

  it.each([
    ['\\set id 1\nSELECT :ids;', 2, 'ids', 'id'],
    ['\\set x randm(1, 2)\nSELECT 1;', 1, 'randm', 'random'],
    ['SELECT 1;\n\\slep 5 ms', 2, 'slep', 'sleep'],
    ['SELECT :client;', 1, 'client', 'client_id'],
  ])('%j has a name that there is not', (text, line, given, candidate) => {
    const problem = problemOf(() => parse(text));
    expect(problem.line).toBe(line);
    expect(problem.misnamed?.given).toBe(given);
    expect(problem.misnamed?.candidates).toContain(candidate);
  });
});

describe('on a schema', () => {
  function check(text: string) {
    const db = new Database(':memory:');
    try {
      db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE log(x)');
      return checkScript(parse(text), (sql) => ({ readonly: db.prepare(sql).readonly }));
    } finally {
      db.close();
    }
  }

  it('tells statements that write from those that do not', () => {
    const checked = check(`\\set id 1
BEGIN IMMEDIATE;
SELECT * FROM t WHERE id = :id;
UPDATE t SET a = 1 WHERE id = :id RETURNING a;
WITH x AS (SELECT 1) INSERT INTO log SELECT * FROM x;
PRAGMA journal_mode = WAL;
COMMIT;`);
    const writes = checked.steps.map((step) => step.kind === 'sql' && step.writes);
    expect(writes).toEqual([false, false, false, true, true, false, false]);
    expect(checked.writes).toBe(true);
  });

  it.each([
    ['SELECT 1;\nUPDAT t SET a = 1;', 2, /SQLite cannot prepare it: near "UPDAT": syntax error\./],
    ['UPDATE t\nSET a = 1\nWHERE b = 1;', 3, /no such column: b/],
    ['SELECT 1;\nSELECT *\nFROM job;', 3, /no such table: job/],
    ['INSERT INTO t(a,\nc) VALUES (1, 2);', 2, /no column named c/],
    ['\\set a 1 / (random(1, 2) - 1)\nSELECT :a;', 1, /A division by zero\./],
    ['SELECT 1;\n\\set a random(10, 1)', 2, /Random: its range is empty: 10 is above 1/],
    ['\\set a random_gaussian(1, 10, 1)\nSELECT 1;', 1, /parameter must be at least 2, not 1/],
    ['\\set a 9223372036854775807 + 1\nSELECT 1;', 1, /larger than 64 bits/],
  ])('%j', (text, line, reason) => {
    const problem = problemOf(() => check(text));
    expect(problem.line).toBe(line);
    expect(problem.reason).toMatch(reason);
  });

  it('refuses a writer that never writes', () => {
    const problem = problemOf(() => requireWrites(check('BEGIN IMMEDIATE; SELECT * FROM t; COMMIT;')));
    expect(problem.reason).toMatch(/never writes/);
  });

  it('binds integers as INTEGER and doubles as REAL, each actor its own', () => {
    const db = new Database(':memory:');
    const script = parse('\\set n 7\n\\set x :n / 2.0\nSELECT typeof(:n), :n, typeof(:x), :x, :client_id;');
    const steps = compileScript(checkScript(script, (sql) => ({ readonly: db.prepare(sql).readonly })));
    const [variables, random] = [initialVariables(3, 42), createRandom(42, 3)];
    const rows = steps.flatMap((step) => {
      if (step.kind === 'set') step.run(variables, random);
      return step.kind === 'sql' ? [db.prepare(step.step.sql).raw().get(step.bind(variables))] : [];
    });
    expect(rows).toEqual([['integer', 7, 'real', 3.5, 3]]);
    db.close();
  });
});

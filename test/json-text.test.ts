import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault, parseJson } from '../src/json-text.js';
import { UsageProblem } from '../src/problem.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('parseJson', () => {
  it('returns what JSON.parse returns, without a byte order mark', () => {
    expect(parseJson('\uFEFF {"a": [1, null, "x"]}', 'f.json')).toEqual({ a: [1, null, 'x'] });
  });

  it.each([
    ['{\n  "a": 1,\n}', 'line 3, column 1: expected a key in double quotes, found "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['{"a": }', 'line 1, column 7: expected a value, found "}"'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: expected "," or "}", found the string "b"'],
    ['[1 2]', 'line 1, column 4: expected "," or "]", found "2"'],
    ['[1, // two\n2]', 'line 1, column 5: expected a value, found "/"'],
    ["{'a': 1}", 'line 1, column 2: expected a key in double quotes or "}", found "\'"'],
    [
      '{"a": "b',
      'line 1, column 7: expected a value, found a string that does not end or holds a forbidden character',
    ],
    ['{"a": 1', 'line 1, column 8: expected "," or "}", found the end of the file'],
    ['{}\r\n{}', 'line 2, column 1: expected the end of the file, found "{"'],
    ['"é😀" x', 'line 1, column 6: expected the end of the file, found "x"'],
    ['', 'line 1, column 1: expected a value, found the end of the file'],
    ['\u001b[31m', 'line 1, column 1: expected a value, found "\\u001b"'],
    ['[01]', 'line 1, column 3: expected "," or "]", found "1"'],
  ])('%j: %s', (text, place) => {
    const parse = () => parseJson(text, 'dblock.config.json');
    expect(parse).toThrow(UsageProblem);
    expect(parse).toThrow(`dblock.config.json is not valid JSON: ${place}.`);
  });

  it('survives 100,000 open brackets', () => {
    expect(() => parseJson('['.repeat(100_000), 'f.json')).toThrow('line 1, column 100001');
  });
});

describe('findJsonFault', () => {
  it('agrees with JSON.parse on valid texts', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        expect(findJsonFault(JSON.stringify(JSON.parse(json), null, indent))).toBeNull();
      }),
    );
  });

  it('agrees with JSON.parse on texts with one character changed', () => {
    const character = fc.constantFrom(...'{}[]",:\\0.-+eEtn /\n\u0001');
    fc.assert(
      fc.property(fc.json(), fc.nat(), character, fc.boolean(), (json, seed, inserted, overwrite) => {
        const at = seed % (json.length + 1);
        const text = json.slice(0, at) + inserted + json.slice(overwrite ? at + 1 : at);
        expect(findJsonFault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });
});

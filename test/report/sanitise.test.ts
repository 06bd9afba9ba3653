import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeJson, isPrintable, sanitise } from '../../src/report/sanitise.js';

describe('sanitise', () => {
  it.each([
    ['plain.db', 'plain.db'],
    ['größe 数据 😀.db', 'größe 数据 😀.db'],
    ['a\nb\r\nc\td', 'a\\nb\\nc\\td'],
    ['\x1b[2Jwiped', 'wiped'],
    ['\x1b[38;5;196mred\x1b[0m', 'red'],
    ['\x1b]0;title\x07after', 'after'],
    ['\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
    ['\x9b2Jwiped', 'wiped'],
    ['\x1bPdevice\x9cafter', 'after'],
    ['\x1b(Bset', 'set'],
    ['\x1b]0;never ended', '0;never ended'],
    ['bell\x07 delete\x7f nul\x00', 'bell delete nul'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['\u2066a\u2069\u200f\u061c', 'a'],
    ['line\u2028separator', 'lineseparator'],
  ])('%j → %j', (text, clean) => {
    expect(sanitise(text)).toBe(clean);
    expect(isPrintable(text)).toBe(text === clean);
  });

  it('leaves nothing that acts on a terminal, and is done after once', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        '\x1b',
        '[',
        ']',
        '2',
        'J',
        ';',
        '\x07',
        '\x9b',
        '\x9d',
        '\\',
        '\n',
        'a',
        '\u202e',
      ),
    });
    fc.assert(
      fc.property(
        fc.oneof(nasty, fc.string({ unit: fc.nat(0x22ff).map((code) => String.fromCharCode(code)) })),
        (text) => {
          const clean = sanitise(text);
          expect(clean).not.toMatch(/[\p{Cc}\p{Bidi_C}]/u);
          expect(sanitise(clean)).toBe(clean);
        },
      ),
    );
  });
});

describe('escapeJson', () => {
  it('changes the writing and not the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(escapeJson(text))).toEqual(JSON.parse(text));
      }),
    );
    expect(escapeJson(JSON.stringify('\x9b\u202e'))).toBe('"\\u009b\\u202e"');
  });
});

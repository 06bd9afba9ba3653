import { describe, expect, it } from 'vitest';
import { type Environment, terminalOf } from '../../src/report/terminal.js';

const tty = { isTTY: true, columns: 132 };

describe('colour', () => {
  it.each<[string, { isTTY?: boolean }, Environment, { color?: boolean }, boolean]>([
    ['a terminal', tty, {}, {}, true],
    ['a pipe', {}, {}, {}, false],
    ['NO_COLOR', tty, { NO_COLOR: '1' }, {}, false],
    ['NO_COLOR=0 is set', tty, { NO_COLOR: '0' }, {}, false],
    ['an empty NO_COLOR', tty, { NO_COLOR: '' }, {}, true],
    ['FORCE_COLOR into a pipe', {}, { FORCE_COLOR: '1' }, {}, true],
    ['FORCE_COLOR=0', tty, { FORCE_COLOR: '0' }, {}, false],
    ['FORCE_COLOR beside NO_COLOR', tty, { FORCE_COLOR: '1', NO_COLOR: '1' }, {}, true],
    ['--no-color beside FORCE_COLOR', tty, { FORCE_COLOR: '1' }, { color: false }, false],
    ['a dumb terminal', tty, { TERM: 'dumb' }, {}, false],
    ['CI on a terminal', tty, { CI: 'true' }, {}, true],
  ])('%s', (_, stream, env, options, colour) => {
    expect(terminalOf(stream, env, options).colour).toBe(colour);
  });
});

describe('columns', () => {
  it.each<[string, { isTTY?: boolean; columns?: number }, Environment, number]>([
    ['of the terminal', tty, { COLUMNS: '70' }, 132],
    ['of the environment, for a pipe', {}, { COLUMNS: '70' }, 70],
    ['80 for a pipe', {}, {}, 80],
    ['80 for a terminal that says 0', { isTTY: true, columns: 0 }, {}, 80],
    ['80 for nonsense', {}, { COLUMNS: '-3' }, 80],
  ])('%s', (_, stream, env, columns) => {
    expect(terminalOf(stream, env).columns).toBe(columns);
  });
});

describe('interactive and unicode', () => {
  it.each<[string, { isTTY?: boolean }, Environment, boolean]>([
    ['a terminal', tty, {}, true],
    ['a terminal in CI', tty, { CI: 'true' }, false],
    ['CI=false', tty, { CI: 'false' }, true],
    ['a pipe', {}, {}, false],
    ['a dumb terminal', tty, { TERM: 'dumb' }, false],
  ])('interactive: %s', (_, stream, env, interactive) => {
    expect(terminalOf(stream, env).interactive).toBe(interactive);
  });

  it.each<[Environment, boolean]>([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{}, false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'C.UTF-8', LANG: 'C' }, true],
  ])('unicode: %j', (env, unicode) => {
    expect(terminalOf({}, env).unicode).toBe(unicode);
  });
});

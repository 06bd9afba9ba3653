import { describe, expect, it } from 'vitest';
import { FileProblem, missing, problemFromErrno, showPath } from '../../src/sqlite/errors.js';

describe('showPath', () => {
  it.each([
    ['/data/with space \'quote" ?#%.db', '/data/with space \'quote" ?#%.db'],
    ['/data/new\nline\r\t.db', '/data/new\\nline\\r\\t.db'],
    ['/data/\x1b[31mred\x00.db', '/data/\\x1b[31mred\\x00.db'],
    ['/data/\x9b31m.db', '/data/\\x9b31m.db'],
    ['/data/\u202egnp.db', '/data/\\u202egnp.db'],
    ['/data/\u2028.db', '/data/\\u2028.db'],
    ['/data/Größe-データ-🗄.db', '/data/Größe-データ-🗄.db'],
  ])('%j', (path, shown) => {
    expect(showPath(path)).toBe(shown);
  });
});

describe('problemFromErrno', () => {
  const errno = (code: string) => Object.assign(new Error(code), { code, syscall: 'open' });

  it.each([
    ['ENOENT', 'missing'],
    ['ENOTDIR', 'missing'],
    ['EACCES', 'no-permission'],
    ['EPERM', 'no-permission'],
    ['ELOOP', 'symlink-loop'],
    ['ENXIO', 'not-a-file'],
    ['EIO', 'unreadable'],
    ['ENAMETOOLONG', 'unreadable'],
    ['E_SOMETHING_NEW', 'unreadable'],
  ])('%s is %s, in a sentence that names the file', (code, kind) => {
    const problem = problemFromErrno('/data/a\nb.db', errno(code));
    expect(problem).toBeInstanceOf(FileProblem);
    expect(problem).toMatchObject({ kind, path: '/data/a\nb.db' });
    expect((problem as FileProblem).message).toMatch(/\/data\/a\\nb\.db.*\.$/);
  });

  it('leaves mistakes of the program alone', () => {
    const mistake = new TypeError('x is not a function');
    expect(problemFromErrno('/data/app.db', mistake)).toBe(mistake);
  });
});

it('says why a name that is not UTF-8 is never found', () => {
  expect(missing('/data/a\ufffd.db').message).toContain('not UTF-8');
  expect(missing('/data/a.db').message).not.toContain('UTF-8');
});

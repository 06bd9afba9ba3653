import { expect, it } from 'vitest';
import { parseMappedPrograms } from '../../src/locks/maps.js';

const PYTHON = `
559abd058000-559abd05a000 r--p 00000000 fe:00 260131                     /usr/bin/python3.11
559abd05a000-559abd05f000 r-xp 00002000 fe:00 260131                     /usr/bin/python3.11
559abd062000-559abd063000 r--p 00009000 fe:00 260131                     /usr/bin/python3.11
559abd063000-559abd064000 rw-p 0000a000 fe:00 260131                     /usr/bin/python3.11
559adfa76000-559adfa97000 rw-p 00000000 00:00 0                          [heap]
7faaa46e5000-7faaa473c000 r--p 00000000 fe:00 329635                     /usr/lib/locale/C.utf8/LC_CTYPE
7faaa4938000-7faaa4939000 r-xp 00000000 00:00 0                          [vdso]
`;

it('takes each executable file once, with what is mapped of it and may hold constants', () => {
  expect(parseMappedPrograms(PYTHON)).toEqual([
    {
      path: '/usr/bin/python3.11',
      deleted: false,
      fileKey: 'fe:00:260131',
      inode: '260131',
      addresses: [
        '559abd058000-559abd05a000',
        '559abd05a000-559abd05f000',
        '559abd062000-559abd063000',
        '559abd063000-559abd064000',
      ],
      ranges: [
        { start: 0, end: 0x2000 },
        { start: 0x9000, end: 0xb000 },
      ],
    },
  ]);
});

it('keeps the code of a file that mixes it with constants, as linkers did before 2018', () => {
  const maps = `00400000-007d2000 r-xp 00000000 fe:00 7 /usr/bin/old
009d1000-009d2000 r--p 003d1000 fe:00 7 /usr/bin/old
009d2000-00a6f000 rw-p 003d2000 fe:00 7 /usr/bin/old
`;
  expect(parseMappedPrograms(maps)).toMatchObject([{ ranges: [{ start: 0, end: 0x46f000 }] }]);
});

it('leaves out what is shared, as databases and -shm files are, even where everything readable is executable', () => {
  const maps = '7f0000000000-7f0000008000 rwxs 00000000 fe:00 1003 /data/app.db-shm\n';
  expect(parseMappedPrograms(maps)).toEqual([]);
});

it('reads names with spaces, newlines and the mark of a deleted file', () => {
  const maps = '7f0000000000-7f0000008000 r-xp 00000000 fe:00 7 /opt/a b/c\\012d.so (deleted)\n';
  expect(parseMappedPrograms(maps)).toMatchObject([{ path: '/opt/a b/c\nd.so (deleted)', deleted: true }]);
});

it('tells files of equal inode on different devices apart', () => {
  const maps = `1000-2000 r-xp 00000000 fe:00 7 /a.so
3000-4000 r-xp 00000000 fe:01 7 /b.so
`;
  expect(parseMappedPrograms(maps).map(({ path }) => path)).toEqual(['/a.so', '/b.so']);
});

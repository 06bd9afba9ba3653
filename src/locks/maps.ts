import type { Bytes } from '../units.js';

/** A program or library that a process has mapped. */
export interface MappedProgram {
  /** As the process sees it, in latin1: a path may be any bytes. With the kernel's ` (deleted)`, if it is. */
  readonly path: string;
  readonly deleted: boolean;
  /** `fe:00:2181350`: of the superblock, which is not always the device that stat gives. */
  readonly fileKey: string;
  readonly inode: string;
  /** Names of its mappings in /proc/PID/map_files. */
  readonly addresses: readonly string[];
  /** Where constants may be in what is mapped of the file, ascending, without overlaps. */
  readonly ranges: readonly FileRange[];
}

export interface FileRange {
  readonly start: Bytes;
  readonly end: Bytes;
}

interface Mapping {
  readonly addresses: string;
  readonly permissions: string;
  readonly offset: Bytes;
  readonly length: Bytes;
  readonly device: string;
  readonly inode: string;
  readonly path: string;
}

const DELETED = ' (deleted)';

/**
 * Everything executable in /proc/PID/maps (proc(5)), each file once. Shared mappings are left out: code is never
 * mapped that way, and databases and `-shm` files are.
 */
export function parseMappedPrograms(maps: string): MappedProgram[] {
  const byFile = new Map<string, Mapping[]>();
  for (const mapping of maps.split('\n').flatMap((line) => parseLine(line) ?? [])) {
    const fileKey = `${mapping.device}:${mapping.inode}`;
    const group = byFile.get(fileKey);
    // Not a new array each time: one process may have 65,530 mappings of one file (sysctl vm.max_map_count).
    if (group) group.push(mapping);
    else byFile.set(fileKey, [mapping]);
  }
  return [...byFile].flatMap(([fileKey, group]) => {
    const [first] = group;
    if (!first || !group.some(({ permissions }) => permissions[2] === 'x')) return [];
    return [
      {
        path: first.path,
        deleted: first.path.endsWith(DELETED),
        fileKey,
        inode: first.inode,
        addresses: group.map(({ addresses }) => addresses),
        ranges: joinRanges(withConstants(group)),
      },
    ];
  });
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) +(\/.*)$/;

function parseLine(line: string): Mapping | null {
  const [, from = '', to = '', permissions = '', offset = '', device = '', inode = '', path = ''] =
    LINE.exec(line) ?? [];
  if (!permissions.endsWith('p') || inode === '0') return null;
  return {
    addresses: `${from}-${to}`,
    permissions,
    offset: Number.parseInt(offset, 16),
    length: Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)),
    device,
    inode,
    path: path.replaceAll('\\012', '\n'),
  };
}

/**
 * Most of a large program is code. Where the start of the file, its headers, is not executable, the linker kept code
 * on pages of its own (ld -z separate-code, the default since binutils 2.31; lld), and no constants are among it.
 */
function withConstants(mappings: readonly Mapping[]): readonly Mapping[] {
  const isCode = ({ permissions }: Mapping) => permissions[2] === 'x';
  const isSeparate = mappings.some((mapping) => mapping.offset === 0 && !isCode(mapping));
  return isSeparate ? mappings.filter((mapping) => !isCode(mapping)) : mappings;
}

function joinRanges(mappings: readonly Mapping[]): FileRange[] {
  const joined: { start: Bytes; end: Bytes }[] = [];
  for (const { offset, length } of mappings.toSorted((one, other) => one.offset - other.offset)) {
    const last = joined.at(-1);
    if (last && offset <= last.end) last.end = Math.max(last.end, offset + length);
    else joined.push({ start: offset, end: offset + length });
  }
  return joined;
}

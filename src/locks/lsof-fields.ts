import type { Pid } from '../units.js';

/** A file as `lsof -F pRuLcfDi` lists it. */
export interface LsofFile {
  /** A number, or what lsof calls other ways to hold a file: `mem` and `txt` (mapped), `cwd`, `rtd`, `DEL`. */
  readonly descriptor: string;
  /** st_dev; `null` where lsof does not know it. */
  readonly device: bigint | null;
  readonly inode: bigint | null;
}

export interface LsofProcess {
  readonly pid: Pid;
  readonly parentPid: Pid | null;
  readonly uid: number | null;
  readonly login: string | null;
  /** The name of the program; Linux cuts it off after 15 characters. */
  readonly program: string | null;
  readonly files: readonly LsofFile[];
}

/**
 * Parses lsof's output for other programs (lsof(8), "OUTPUT FOR OTHER PROGRAMS"): a field a line, its first
 * character says which; `p` begins a process and `f` one of its files. Fields of other kinds are passed over.
 */
export function parseLsof(text: string): LsofProcess[] {
  return splitBefore('p', text.split('\n')).flatMap((lines) => parseProcess(lines) ?? []);
}

function parseProcess(lines: readonly string[]): LsofProcess | null {
  const [own = [], ...files] = splitBefore('f', lines);
  const field = fieldsOf(own);
  const pid = wholeNumber(field.get('p'));
  if (pid === null) return null;
  return {
    pid,
    parentPid: wholeNumber(field.get('R')),
    uid: wholeNumber(field.get('u')),
    login: field.get('L') ?? null,
    program: field.get('c') ?? null,
    files: files.map(parseFile),
  };
}

function parseFile(lines: readonly string[]): LsofFile {
  const field = fieldsOf(lines);
  return {
    descriptor: field.get('f') ?? '',
    device: bigNumber(field.get('D')),
    inode: bigNumber(field.get('i')),
  };
}

/** Cuts a list before every line that begins so. */
function splitBefore(letter: string, lines: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const line of lines) {
    if (line.startsWith(letter) || groups.length === 0) groups.push([line]);
    else groups.at(-1)?.push(line);
  }
  return groups;
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  return new Map(lines.map((line) => [line.slice(0, 1), line.slice(1)]));
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Decimal, or hexadecimal with its `0x`. */
function bigNumber(text: string | undefined): bigint | null {
  return text !== undefined && /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : null;
}

export type FileProblemKind =
  | 'missing'
  | 'not-a-file'
  | 'no-permission'
  | 'symlink-loop'
  | 'not-a-database'
  | 'encrypted'
  | 'empty'
  | 'too-short'
  | 'truncated'
  | 'unsupported'
  | 'vanished'
  | 'replaced'
  | 'unreadable'
  | 'has-connection';

/** A file that cannot be examined. The message is for the user: what, where, what to do. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';

  constructor(
    readonly kind: FileProblemKind,
    /** As it is, not escaped. */
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A path for one line of text: control, line-breaking and text-direction characters are shown escaped. */
export function showPath(path: string): string {
  return path.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return ESCAPES[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
  });
}

/** Turns what `node:fs` threw into a sentence. What is not an errno error stays what it is. */
export function problemFromErrno(path: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === null) return error;
  const shown = showPath(path);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return missing(path);
    case 'EACCES':
    case 'EPERM':
      return new FileProblem(
        'no-permission',
        path,
        `No permission to read ${shown}. Run dblock as the user who owns it, or with sudo.`,
      );
    case 'ELOOP':
      return new FileProblem(
        'symlink-loop',
        path,
        `${shown} is a loop of symbolic links. Name the database file itself.`,
      );
    case 'ENXIO':
      return notAFile(path, 'a socket or a device without a driver');
    default:
      return new FileProblem(
        'unreadable',
        path,
        `${shown} cannot be read: ${describeErrno(code)} (${code}).`,
      );
  }
}

function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the disk or the network reports an error',
  ESTALE: 'the file server has forgotten the file; remount it',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this machine has too many files open',
  EAGAIN: 'another program holds a lease on it',
  EINVAL: 'the name or the file is not valid',
};

function describeErrno(code: string): string {
  return ERRNO_TEXT[code] ?? 'the operating system refuses';
}

/** U+FFFD is what Node makes of bytes in an argument that are not UTF-8: such a name never reaches the system. */
export function missing(path: string): FileProblem {
  const hint = path.includes('\ufffd')
    ? 'Its name seems to contain bytes that are not UTF-8: rename it, or make a hard link with a plain name.'
    : 'Check the path.';
  return new FileProblem('missing', path, `There is no file ${showPath(path)}. ${hint}`);
}

export function notAFile(path: string, what: string): FileProblem {
  return new FileProblem(
    'not-a-file',
    path,
    `${showPath(path)} is ${what}, not a regular file. Name a database file.`,
  );
}

/** What would not survive a terminal, a line break or a copy: controls, format characters, line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
const NEEDS_NO_QUOTES = /^[\w@%+:,./-]+$/;

/**
 * One word for bash, zsh and ksh that means exactly this path, on one line, whatever the path contains.
 * A path that a program would take for an option or a URI gets `./` in front.
 */
export function shellQuote(path: string): string {
  const plain = /^(-|file:)/.test(path) ? `./${path}` : path;
  if (NEEDS_NO_QUOTES.test(plain)) return plain;
  return UNPRINTABLE.test(plain) ? ansiQuote(plain) : `'${plain.replaceAll("'", "'\\''")}'`;
}

/** `$'…'` with octal escapes: unlike hexadecimal ones they have a fixed length. `!` would ask for history. */
function ansiQuote(text: string): string {
  const quoted = [...text].map((char) =>
    /[\\'!]/.test(char) || UNPRINTABLE.test(char) ? octal(char) : char,
  );
  return `$'${quoted.join('')}'`;
}

function octal(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** Runs one statement through SQLite's shell. */
export function sqlite3Command(database: string, sql: string): string {
  return `sqlite3 ${shellQuote(database)} ${shellQuote(sql)}`;
}

/**
 * Copies files that only make sense together into a folder beside the database. `mkdir` fails where there is
 * such a folder, so that an earlier copy is not overwritten by later, perhaps damaged, files.
 */
export function saveTogetherCommand(database: string, sidecars: readonly string[]): string {
  const folder = shellQuote(`${database}.saved`);
  return `mkdir ${folder} && cp -p ${[database, ...sidecars].map(shellQuote).join(' ')} ${folder}/`;
}

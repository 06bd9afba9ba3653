/** What the output goes to, decided once. A plain value: formats get it and ask nothing else. */
export interface Terminal {
  readonly colour: boolean;
  /** Width in which to lay text out. */
  readonly columns: number;
  /** Somebody watches, so that progress may be drawn and redrawn. */
  readonly interactive: boolean;
  /** Box-drawing and marks beyond ASCII can be shown. */
  readonly unicode: boolean;
}

/** The part of a `WriteStream` that matters here. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The variables that have a say. */
export interface Environment {
  readonly CI?: string | undefined;
  readonly COLUMNS?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly NO_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
  readonly LANG?: string | undefined;
  readonly LC_ALL?: string | undefined;
  readonly LC_CTYPE?: string | undefined;
}

const DEFAULT_COLUMNS = 80;

/** `options.color` is false after `--no-color`. Order: option, FORCE_COLOR, NO_COLOR, TERM, TTY; as in Node.js. */
export function terminalOf(
  stream: OutputStream,
  env: Environment,
  options: { readonly color?: boolean } = {},
): Terminal {
  const tty = stream.isTTY === true;
  return {
    colour: options.color !== false && (forcedColour(env) ?? (tty && env.TERM !== 'dumb')),
    columns: columnsOf(stream, env),
    interactive: tty && !inCi(env) && env.TERM !== 'dumb',
    unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
  };
}

/** force-color.org and no-color.org; an empty NO_COLOR does not count. `null`: neither speaks. */
function forcedColour(env: Environment): boolean | null {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return env.NO_COLOR ? false : null;
}

/** A terminal that does not know its size says 0. */
function columnsOf(stream: OutputStream, env: Environment): number {
  const columns = stream.columns || Number(env.COLUMNS);
  return Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_COLUMNS;
}

function inCi(env: Environment): boolean {
  const ci = env.CI;
  return ci !== undefined && ci !== '' && ci !== '0' && ci !== 'false';
}

import picocolors from 'picocolors';
import type { Severity } from '../doctor/check.js';
import type { Terminal } from './terminal.js';

type Paint = (text: string) => string;

/** What a line is about: its colour and its mark. */
export type Tone = Severity | 'ok' | 'incomplete' | 'muted';

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  /** A command to paste. */
  readonly command: Paint;
  readonly tone: Readonly<Record<Tone, Paint>>;
  readonly mark: Readonly<Record<Tone, string>>;
  readonly ellipsis: string;
  readonly rule: string;
  /** Stands for a value that there is not. */
  readonly none: string;
}

const UNICODE_MARKS = {
  critical: '✖',
  warning: '▲',
  info: '●',
  ok: '✔',
  incomplete: '✖',
  muted: '○',
} as const;
const ASCII_MARKS = { critical: 'X', warning: '!', info: 'i', ok: '+', incomplete: 'X', muted: '-' } as const;

/** The sixteen basic colours only: they follow the reader's own theme. */
export function styleOf(terminal: Terminal): Style {
  const paint = picocolors.createColors(terminal.colour);
  const { unicode } = terminal;
  return {
    bold: paint.bold,
    dim: paint.dim,
    command: paint.cyan,
    tone: {
      critical: (text) => paint.red(paint.bold(text)),
      warning: (text) => paint.yellow(paint.bold(text)),
      info: (text) => paint.blue(paint.bold(text)),
      ok: (text) => paint.green(paint.bold(text)),
      incomplete: (text) => paint.magenta(paint.bold(text)),
      muted: paint.dim,
    },
    mark: unicode ? UNICODE_MARKS : ASCII_MARKS,
    ellipsis: unicode ? '…' : '...',
    rule: unicode ? '─' : '-',
    none: unicode ? '–' : '-',
  };
}

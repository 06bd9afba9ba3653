import { Chalk } from 'chalk';
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
  const chalk = new Chalk({ level: terminal.colour ? 1 : 0 });
  const { unicode } = terminal;
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    command: (text) => chalk.cyan(text),
    tone: {
      critical: (text) => chalk.red.bold(text),
      warning: (text) => chalk.yellow.bold(text),
      info: (text) => chalk.blue.bold(text),
      ok: (text) => chalk.green.bold(text),
      incomplete: (text) => chalk.magenta.bold(text),
      muted: (text) => chalk.dim(text),
    },
    mark: unicode ? UNICODE_MARKS : ASCII_MARKS,
    ellipsis: unicode ? '…' : '...',
    rule: unicode ? '─' : '-',
    none: unicode ? '–' : '-',
  };
}

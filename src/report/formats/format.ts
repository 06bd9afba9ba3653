import type { Severity } from '../../doctor/check.js';
import type { Command, Reports } from '../report.js';
import type { Terminal } from '../terminal.js';

/** What a format needs of a check: its prose, which outcomes do not repeat. */
export interface CheckText {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  /** The worst that it reports. */
  readonly severity: Severity;
  /** Addresses of public pages, or of a function in SQLite's source. */
  readonly sources: readonly string[];
}

export interface FormatContext {
  readonly terminal: Terminal;
  readonly checks: readonly CheckText[];
  /** Absolute; paths below it are shown relative to it where the format is read by other programs. */
  readonly cwd: string;
  /** Of dblock's own library; `null` where the format does not show it, because loading SQLite takes time. */
  readonly sqliteVersion: string | null;
  /** `quiet`: the verdict and what counts. `verbose`: also names what is clear, and shortens nothing. */
  readonly detail: 'quiet' | 'normal' | 'verbose';
}

/** Report → text that ends with a newline. Pure: decides nothing, prints nothing. */
export type Formatter<R> = (report: R, context: FormatContext) => string;

/** How to load the formatter for each command that the format supports. */
export type Format = {
  readonly [C in Command]?: () => Promise<{ readonly render: Formatter<Reports[C]> }>;
};

import type { ResultCodeName } from '../../sqlite/result-codes.js';
import type { Advice } from '../page.js';

/** Time from calling the statement to the error: the best clue to its cause that a log can give. */
export type Soon = (typeof SOON_ORDER)[number];

/** In the order in which they are told. */
export const SOON_ORDER = ['at once', 'after the busy timeout', 'after about 10 s', 'never seen'] as const;

export interface Situation {
  readonly situation: string;
  readonly soon: Soon;
  /** What explains the time, or what else is known; a sentence or two. */
  readonly why: string;
}

/** What `explain` knows about one result code. */
export interface CodeText extends Advice {
  readonly name: ResultCodeName;
  /** What it is, in one line. */
  readonly title: string;
  /** When it comes, for a table: a few words. */
  readonly summary: string;
  readonly meaning: string;
  /** Beside the usual text of the code. `NAME` stands for a name. */
  readonly otherTexts: readonly string[];
  /** The commonest first. */
  readonly situations: readonly Situation[];
}

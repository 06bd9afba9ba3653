import { messageOf, numberOf } from '../sqlite/result-codes.js';
import { SOON_ORDER, type Soon } from './codes/code.js';
import { codeTexts } from './codes/index.js';

/** One result code for the table in the README. */
export interface ErrorRow {
  readonly number: number;
  readonly name: string;
  readonly message: string;
  readonly when: string;
  /** `at once or after the busy timeout`. */
  readonly soon: string;
}

export function errorRows(): ErrorRow[] {
  return codeTexts.map(({ name, summary, situations }) => ({
    number: numberOf(name),
    name,
    message: messageOf(name),
    when: summary,
    soon: soonText(situations.map(({ soon }) => soon)),
  }));
}

function soonText(all: readonly Soon[]): string {
  const seen = SOON_ORDER.filter((soon) => soon !== 'never seen' && all.includes(soon));
  return seen.length === 0 ? 'never seen' : seen.join(', or ');
}

import type { Misnamed } from './misread.js';

/** What the caller can put right: about a database the end of a sentence, about a script all of it. */
export class ArenaProblem extends Error {
  constructor(
    message: string,
    readonly misnamed: Misnamed | null = null,
    readonly about: 'database' | 'script' = 'database',
  ) {
    super(message);
  }
}

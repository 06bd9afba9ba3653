import type { Misnamed } from './misread.js';

/** What the caller can put right about a database: the end of a sentence. */
export class ArenaProblem extends Error {
  constructor(
    message: string,
    readonly misnamed: Misnamed | null = null,
  ) {
    super(message);
  }
}

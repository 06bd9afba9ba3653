import type { Misnamed } from './misread.js';

/** What the caller can put right. */
export class ArenaProblem extends Error {
  constructor(
    message: string,
    readonly misnamed: Misnamed | null = null,
  ) {
    super(message);
  }
}

/** What the user wants a run to write to: plain data, sent to the process of the arena. */
import type { Told } from '../../queue/told.js';

export type GroundRequest =
  /** Jobs in a queue of the database. */
  | {
      readonly kind: 'queue';
      /** The one that is meant; `null`: the one that there is. */
      readonly table: string | null;
      /** As the configuration describes them. */
      readonly declared: readonly Told[];
    }
  /** dblock's own tables, although there may be others. */
  | { readonly kind: 'own' }
  /** Rows of that table. */
  | { readonly kind: 'rows'; readonly table: string };

/** What was asked for cannot be: sentences. */
export class GroundProblem extends Error {
  override readonly name = 'GroundProblem';

  constructor(
    message: string,
    /** Names that may have been meant. */
    readonly misnamed: { readonly given: string; readonly candidates: readonly string[] } | null = null,
  ) {
    super(message);
  }
}

import type { Database } from 'better-sqlite3';
import type { Milliseconds } from '../../units.js';
import type { ConnectionPlan } from '../plan.js';

/** Connections that nobody uses any more and nobody has closed: what they have locked stays so. See `ConnectionPlan.leaksForMs`. */
export class Leaks {
  readonly #leaked: { readonly database: Database; readonly untilMs: Milliseconds }[] = [];

  constructor(readonly forMs: Milliseconds) {}

  add(database: Database): void {
    this.#leaked.push({ database, untilMs: performance.now() + this.forMs });
  }

  /** As a garbage collector does, some time later. */
  closeDue(): void {
    if (this.#leaked.length > 0) this.#closeUntil(performance.now());
  }

  closeAll(): void {
    this.#closeUntil(Number.POSITIVE_INFINITY);
  }

  #closeUntil(nowMs: Milliseconds): void {
    while (this.#leaked[0] !== undefined && this.#leaked[0].untilMs <= nowMs)
      this.#leaked.shift()?.database.close();
  }
}

/** `null`: no connection is forgotten. */
export function leaksOf({ leaksForMs }: ConnectionPlan): Leaks | null {
  return leaksForMs === undefined ? null : new Leaks(leaksForMs);
}

import type { Message } from '../../sqlite/result-codes.js';
import type { Advice } from '../page.js';

/** What `explain` knows about a text that several codes share. */
export interface MessageText extends Advice {
  readonly message: Message;
  readonly title: string;
  readonly names: readonly string[];
  readonly phrases: readonly string[];
  readonly meaning: string;
  /** The time from calling the statement to the error, and what follows from it. */
  readonly decisions: readonly Decision[];
}

/** How it failed, and what follows from that. */
export interface Decision {
  readonly failed: string;
  readonly so: string;
  readonly cure: string;
}

/** Options that describe a table of one's own. */

export interface GenericOptions {
  readonly idColumn?: string;
  readonly status?: string;
  readonly running?: readonly string[];
  readonly queued?: string;
  readonly failed?: string;
  readonly started?: string;
  readonly startedFormat?: string;
  readonly owner?: string;
  readonly heartbeat?: string;
  readonly heartbeatLimit?: string;
  readonly lease?: string;
  readonly attempts?: string;
  readonly counted?: string;
  readonly maxAttempts?: string;
  readonly queueColumn?: string;
  readonly also?: readonly string[];
}

/** Options that describe a table of one's own, and the same from the configuration. */
import type { QueueDocument } from '../../config.schema.js';
import { UsageProblem } from '../../problem.js';
import { timeFormats } from '../../queue/preset.js';
import type { Told } from '../../queue/told.js';
import { parseDuration } from '../../units.js';
import { oneOf } from './one-of.js';

export interface GenericOptions {
  readonly idColumn?: string;
  readonly status?: string;
  readonly running?: readonly string[];
  readonly queued?: string;
  readonly failed?: string;
  readonly started?: string;
  readonly startedFormat?: string;
  readonly owner?: string;
  readonly ownerIs?: string;
  readonly heartbeat?: string;
  readonly heartbeatLimit?: string;
  readonly lease?: string;
  readonly attempts?: string;
  readonly counted?: string;
  readonly maxAttempts?: string;
  readonly queueColumn?: string;
  readonly keepsOpen?: boolean;
  readonly also?: readonly string[];
}

/** `null`: no option describes a table. @throws UsageProblem if some do, and not enough */
export function toldByOptions(options: GenericOptions & { readonly table?: string }): Told | null {
  const { table, status, running, queued, started, owner, heartbeat, lease, attempts } = options;
  if (status === undefined && running === undefined && queued === undefined) {
    const lonely = [started, owner, heartbeat, lease, attempts, options.also].some(
      (one) => one !== undefined,
    );
    if (lonely) throw new UsageProblem(INCOMPLETE);
    return null;
  }
  if (table === undefined || status === undefined || running === undefined || queued === undefined) {
    throw new UsageProblem(INCOMPLETE);
  }
  return {
    ...{ table, status, running, queued, id: options.idColumn ?? null, failed: options.failed ?? null },
    ...{
      started: started ?? null,
      startedFormat: choice('--started-format', options.startedFormat, timeFormats),
    },
    ...{ owner: owner ?? null, ownerIs: choice('--owner-is', options.ownerIs, ['pid', 'text'] as const) },
    heartbeat: heartbeat ?? null,
    heartbeatLimitMs: options.heartbeatLimit === undefined ? null : limitMs(options.heartbeatLimit),
    ...{ lease: lease ?? null, attempts: attempts ?? null, done: null },
    counted: choice('--counted', options.counted, ['at-claim', 'at-end'] as const),
    ...{ maxAttempts: options.maxAttempts ?? null, queue: options.queueColumn ?? null },
    keepsOpen: options.keepsOpen === true,
    also: Object.fromEntries((options.also ?? []).map(assignment)),
  };
}

function choice<const T extends readonly string[]>(
  option: string,
  text: string | undefined,
  values: T,
): T[number] | null {
  return text === undefined ? null : oneOf(option, text, values);
}

const INCOMPLETE =
  'A table of your own takes --table, --status, --running and --queued together; what else it has is optional.';

function limitMs(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  throw new UsageProblem(`--heartbeat-limit takes a time such as 5min, not "${text}".`);
}

function assignment(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageProblem(`--also takes COLUMN=VALUE, such as --also error=NULL, not "${text}".`);
}

export function toldByConfig(queue: QueueDocument): Told {
  const { table, status, running, queued, failed, done, also = {} } = queue;
  const texts = (values: readonly (string | number)[]) => values.map(String);
  return {
    ...{ table, status, id: queue.id ?? null, queued: String(queued) },
    running: texts(Array.isArray(running) ? running : [running]),
    failed: failed === undefined ? null : String(failed),
    done: done === undefined ? null : String(done),
    ...{ started: queue.started ?? null, startedFormat: queue.started_format ?? null },
    ...{ owner: queue.owner ?? null, ownerIs: queue.owner_is ?? null, heartbeat: queue.heartbeat ?? null },
    heartbeatLimitMs: queue.heartbeat_limit_s === undefined ? null : queue.heartbeat_limit_s * 1000,
    ...{ lease: queue.lease ?? null, attempts: queue.attempts ?? null, counted: queue.counted ?? null },
    maxAttempts: queue.max_attempts === undefined ? null : String(queue.max_attempts),
    queue: queue.queue ?? null,
    keepsOpen: queue.keeps_open === true,
    also: Object.fromEntries(Object.entries(also).map(([name, to]) => [name, String(to)])),
  };
}

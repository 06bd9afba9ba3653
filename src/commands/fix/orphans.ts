/** Orphaned jobs as a finding with a repair, which delegates to the plan of `dblock requeue-orphans`. */
import type { Config } from '../../config.js';
import { type Outcome, withholdRepairs } from '../../doctor/examine.js';
import { shellQuote } from '../../doctor/quote.js';
import { offered } from '../../doctor/repair/rule.js';
import type { Repair } from '../../doctor/repair/shapes.js';
import type { Evidence } from '../../doctor/shapes.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import type { Milliseconds } from '../../units.js';
import type { Examined } from '../gather.js';
import { requeueDatabase } from '../requeue/database.js';
import { readRequeueSettings } from '../requeue/options.js';
import type { FixTools } from './elsewhere.js';
import type { FixSettings } from './options.js';
import { ORPHANS } from './orphans-rule.js';

const [ID = ''] = ORPHANS.ids;

/** `null`: nobody looked, since nothing looks like a queue. To look takes a read of its rows, perhaps of a private copy. */
export async function examineOrphans(
  examined: Examined,
  settings: FixSettings,
  tools: FixTools,
): Promise<Outcome | null> {
  const { evidence } = examined;
  const isAsked = settings.asked.kind === 'ids' && settings.asked.ids.includes(ID);
  if (!isAsked && !looksLikeQueue(evidence, tools.config)) return null;
  const found = await requeue(examined, { apply: false, settings, journal: null }, tools);
  if (found.outcome === 'clear') return { id: ID, outcome: 'clear', facts: {} };
  const acts = found.queues.some(({ acts: mayAct, orphans }) => mayAct && orphans.count > 0);
  if (found.outcome !== 'found' || !acts) {
    return isAsked ? { id: ID, outcome: 'skipped', reason: found.summary } : null;
  }
  const { text, commands } = found.advice;
  const outcome: Outcome = {
    ...{ id: ID, outcome: 'found', severity: 'warning', summary: found.summary, facts: {} },
    remedy: { text, commands },
    repair: offered(evidence, [repairOf(evidence)]),
  };
  return withholdRepairs([outcome], { evidence, siblings: [] })[0] ?? null;
}

function looksLikeQueue({ schemaFacts }: Evidence, { queues }: Config): boolean {
  return queues.length > 0 || (schemaFacts.known && schemaFacts.value.claims.length > 0);
}

function repairOf(evidence: Evidence): Repair {
  return {
    id: ID,
    what: 'Give the jobs of dead workers back to their queue.',
    steps: [`dblock requeue-orphans ${shellQuote(evidence.path)} --apply`],
    locks: 'Writers wait for short transactions, each of a few jobs, whose claim is checked again inside.',
    undo: 'dblock requeue-orphans --undo, with the journal that it writes beside the database.',
    byIdOnly: 'the jobs run again, which is for their owner to want',
    notes: [`dblock requeue-orphans ${shellQuote(evidence.path)} shows each of them.`],
    action: { kind: 'requeue' },
  };
}

/** As by default. */
const LOOK_MS: Milliseconds = 250;

/** Opens and closes connections of its own: between two looks at the files, never during one. */
export function requeue(
  examined: Examined,
  {
    apply,
    settings,
    journal,
  }: { readonly apply: boolean; readonly settings: FixSettings; readonly journal: string | null },
  { observer, host, signal, config }: FixTools,
): Promise<RequeueDatabase> {
  const options = { apply, refund: true, color: false, interval: '', wait: `${settings.waitMs}ms` };
  const requested = { ...readRequeueSettings(options, host.cwd), journal };
  return requeueDatabase(examined, requested, {
    observer,
    host,
    signal,
    config,
    detail: 'normal',
    intervalMs: LOOK_MS,
  });
}

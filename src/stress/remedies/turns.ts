/** Who writes asks for a turn first: a semaphore around the transaction, with a waiting list. */
import type { Stage } from '../cast.js';
import type { ActorPlan, RunPlan, TurnPlan } from '../plan.js';
import { inapplicable, ownCode, type Remedy, rehearse, withRecast } from './remedy.js';

export const connectionCap: Remedy = {
  id: 'connection-cap',
  title: 'at most so many writers have a connection in use at once, the others wait in line for one',
  parameter: { name: 'connections', usual: 2, least: 1, most: 255 },
  expected: 'The topic pipeline and the scraper: proposed, without a number.',
  how: ownCode(
    'Let whoever writes take a place in a semaphore before its transaction begins, and give it back on every path. Within one process that is the language’s own; across processes it needs one that they share.',
  ),
  change(played, most) {
    const writers = rehearse(played).actors.filter(isWriter);
    if (writers.length <= most) return inapplicable(`there are only ${writers.length} writers`);
    return withRecast(played, (plan, stage) => lending(plan, stage, most, () => 'one'));
  },
};

export const pauseWorkers: Remedy = {
  id: 'pause-workers',
  title: 'workers pause while the one who writes much is writing',
  parameter: null,
  expected: 'The podcast transcriber: done while feeds are discovered; it went on failing.',
  how: ownCode(
    'Let the bulk writer set a flag before it begins and clear it on every path, and let workers look at it before each transaction: between threads an event, between processes a row of a table or a file.',
  ),
  change(played) {
    const { actors } = rehearse(played);
    if (actors.some(pausesItself)) return inapplicable('a flag pauses them already');
    if (bulkOf(actors) === null) return inapplicable('no one writes more at once than all the others');
    return withRecast(played, (plan, stage) => {
      const bulk = bulkOf(plan.actors);
      const most = plan.actors.filter(isWriter).length;
      return lending(plan, stage, most, (actor) => (sizeOf(actor) === bulk ? 'all' : 'one'));
    });
  },
};

/** The size of the largest transactions, if one alone has them. */
function bulkOf(actors: readonly ActorPlan[]): number | null {
  const sizes = actors.filter(isWriter).map(sizeOf);
  const most = Math.max(...sizes);
  return sizes.length > 1 && sizes.filter((size) => size === most).length === 1 ? most : null;
}

function sizeOf({ program }: ActorPlan): number {
  return 'batch' in program ? program.batch + program.holdMs : 0;
}

function pausesItself({ program }: ActorPlan): boolean {
  return 'facts' in program && program.facts['pauses'] === true;
}

function isWriter({ role }: ActorPlan): boolean {
  return role === 'writer';
}

function lending(
  plan: RunPlan,
  stage: Stage,
  most: number,
  shareOf: (actor: ActorPlan) => TurnPlan['share'],
): RunPlan {
  const socket = `${stage.socket}.turns`;
  const actors = plan.actors.map((actor) => {
    if (!isWriter(actor)) return actor;
    const share = actor.turn?.share === 'all' ? 'all' : shareOf(actor);
    return { ...actor, turn: { socket, share } };
  });
  const known = actors.find(({ program }) => program.kind === 'turns');
  if (known?.program.kind === 'turns') {
    const fewest = { ...known, program: { ...known.program, most: Math.min(known.program.most, most) } };
    return { ...plan, actors: actors.map((actor) => (actor === known ? fewest : actor)) };
  }
  const [first] = actors;
  if (first === undefined) return plan;
  const { turn: _, ...rest } = first;
  const lender: ActorPlan = {
    ...rest,
    ...{ index: actors.length, name: 'lender of turns', role: 'queue', startAfterMs: 0 },
    ...{ endAfterMs: null, transactions: null, pace: { kind: 'closed', thinkMs: 0 } },
    program: { kind: 'turns', socket, most },
  };
  return { ...plan, actors: [...actors, lender] };
}

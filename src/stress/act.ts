/** An actor as the coordinator sees it: what it has said, and how it ended. */
import type { Pid } from '../units.js';
import type { LastWill } from './last-will.js';
import { type Performer, startProcess, startThreads } from './performer.js';
import type { ActorPlan, RunPlan } from './plan.js';
import type { ActorState, Progress } from './protocol.js';
import type { ActorResult, RoleName } from './run-shapes.js';

export type ActorEnd = ActorResult['end'];

export interface Performance {
  readonly plan: ActorPlan;
  readonly pid: Pid;
  readonly end: ActorEnd;
  /** `null`: it never said anything. */
  readonly state: ActorState | null;
  /** The state is its last. */
  readonly complete: boolean;
}

/** While it plays. */
export interface Act {
  readonly plan: ActorPlan;
  readonly performer: Performer;
  /** Or ended. */
  readonly ready: Promise<void>;
  isReady: boolean;
  readonly ended: Promise<void>;
  end: ActorEnd | null;
  state: ActorState | null;
  complete: boolean;
  /** Why it gave up by itself; `null`: it did not. */
  refusal: string | null;
  progress: Progress;
  killed: boolean;
}

/** Starts a process, or a thread, for each of them; they wait for their plan. */
export function startActors({ actors, isolation }: RunPlan, will: LastWill): Act[] {
  const performers =
    isolation === 'thread' ? startThreads(actors.length) : actors.map(() => startProcess(will));
  return actors.flatMap((plan, index) => {
    const performer = performers[index];
    return performer === undefined ? [] : [newAct(plan, performer)];
  });
}

const NOTHING: Progress = { committed: 0, failed: 0, retries: 0 };

function newAct(plan: ActorPlan, performer: Performer): Act {
  let announce = () => {};
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const act: Act = {
    ...{ plan, performer, ready, end: null, state: null, complete: false, refusal: null },
    ...{ progress: NOTHING, killed: false, isReady: false },
    ended: performer.ended.then((how) => {
      act.end = endOf(act, how);
      act.isReady = true;
      announce();
    }),
  };
  performer.onMessage((message) => {
    if (message.from === 'ready') {
      act.isReady = true;
      announce();
    } else if (message.from === 'progress') act.progress = message.progress;
    else if (message.from === 'refused') act.refusal = message.message;
    else {
      act.state = message.state;
      act.complete = message.final;
      act.progress = message.state;
    }
  });
  return act;
}

function endOf({ complete, killed, refusal }: Act, how: string | null): ActorEnd {
  if (complete) return { end: 'finished' };
  if (killed) return { end: 'stuck' };
  return { end: 'died', how: refusal ?? how ?? 'ended without a report' };
}

/** Of those that have said anything. */
export function statesOf(performances: readonly Performance[], role: RoleName): ActorState[] {
  return performances.flatMap(({ plan, state }) => (plan.role === role && state !== null ? [state] : []));
}

export function toPerformance({ plan, performer, end, state, complete }: Act): Performance {
  return { plan, pid: performer.pid, end: end ?? { end: 'stuck' }, state, complete };
}

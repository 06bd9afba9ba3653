/** The coordinator's end of the process that works on the arena. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killChild } from '../sqlite/kill-child.js';
import type { ArenaAnswer, ArenaOrder } from './arena-protocol.js';
import { endOf, startProgram } from './forked.js';
import type { LastWill } from './last-will.js';

/** One order at a time. It is started when it is needed, and may be before, for starting takes a tenth of a second. */
export interface ArenaWorker {
  start(): void;
  /** Rejects only with the reason of the signal, when the process has ended: then it has no file open. */
  ask(order: ArenaOrder, signal?: AbortSignal): Promise<ArenaAnswer>;
  /** Resolves when the process has ended. Another order starts another one. */
  end(): Promise<void>;
}

/** Beside this module, as tsc and as scripts/bundle.mjs lay it out. */
const CHILD = fileURLToPath(new URL('./arena-process.js', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** Why there will be no answer. */
  readonly ended: Promise<ArenaAnswer>;
}

export function arenaWorker(will: LastWill): ArenaWorker {
  let started: Started | null = null;
  const begin = () => {
    started ??= startChild(will);
    return started;
  };
  const end = async () => {
    const ending = started;
    started = null;
    // it has nothing to do, and nothing open
    if (ending !== null) killChild(ending.child);
    await ending?.ended;
  };
  return {
    start: () => void begin(),
    ask: async (order, signal) => {
      signal?.throwIfAborted();
      const { child, ended } = begin();
      const kill = () => killChild(child);
      signal?.addEventListener('abort', kill, { once: true });
      const answered = new Promise<ArenaAnswer>((resolve) => child.once('message', resolve));
      if (child.connected) child.send(order, () => undefined);
      const answer = await Promise.race([answered, ended]);
      signal?.removeEventListener('abort', kill);
      if (signal?.aborted || !child.connected) await end();
      signal?.throwIfAborted();
      return answer;
    },
    end,
  };
}

function startChild(will: LastWill): Started {
  const child = startProgram(CHILD);
  will.include(child);
  return { child, ended: endOf(child).then(endedEarly) };
}

function endedEarly(how: string | null): ArenaAnswer {
  const reason = `the process that works on the arena ended early (${how ?? 'exit code 0'})`;
  return { answer: 'problem', about: 'database', reason, misnamed: null };
}

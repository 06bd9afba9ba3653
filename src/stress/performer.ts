/** The coordinator's end of an actor: a process of its own, or a thread in a process that all share. */
import { fileURLToPath } from 'node:url';
import { killChild } from '../sqlite/kill-child.js';
import type { Pid } from '../units.js';
import { endOf, startProgram } from './forked.js';
import type { LastWill } from './last-will.js';
import type { FromActor, ToActor } from './protocol.js';

export interface Performer {
  readonly pid: Pid;
  send(message: ToActor): void;
  onMessage(listener: (message: FromActor) => void): void;
  /** How it ended, once everything that it said has been heard; `null`: as it should. */
  readonly ended: Promise<string | null>;
  /** At once. A killed process leaves its locks to nobody, and what it had not committed to the next who opens the database. */
  kill(): void;
}

/** Beside this module, as tsc and as scripts/bundle.mjs lay it out. */
const ACTOR = fileURLToPath(new URL('./actor-process.js', import.meta.url));
const HOST = fileURLToPath(new URL('./thread-host-process.js', import.meta.url));

/** Small new spaces: what a transaction leaves behind is garbage at once, and 64 actors should fit into little memory. */
const NODE_OPTIONS = ['--max-semi-space-size=2'];

export function startProcess(will: LastWill): Performer {
  const child = startProgram(ACTOR, NODE_OPTIONS);
  will.include(child);
  return {
    pid: child.pid ?? 0,
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    onMessage: (listener) => void child.on('message', (message: FromActor) => listener(message)),
    ended: endOf(child),
    kill: () => killChild(child),
  };
}

/** What the process that hosts the threads is told, and tells. */
export type ToHost =
  | { readonly host: 'start'; readonly threads: number; readonly actor: string }
  | { readonly host: 'pass'; readonly thread: number; readonly message: ToActor };
export type FromHost =
  | { readonly thread: number; readonly message: FromActor }
  | { readonly thread: number; readonly ended: string | null };

/** All actors as worker threads of one process: they share its locks, and its death. */
export function startThreads(threads: number): Performer[] {
  const child = startProgram(HOST);
  const tell = (message: ToHost) => void (child.connected && child.send(message, () => undefined));
  tell({ host: 'start', threads, actor: ACTOR });
  const hear: ((news: FromHost) => void)[] = [];
  child.on('message', (news: FromHost) => hear[news.thread]?.(news));
  const gone = endOf(child);
  return Array.from({ length: threads }, (_, thread) => {
    const listeners: ((message: FromActor) => void)[] = [];
    const ended = new Promise<string | null>((resolve) => {
      hear[thread] = (news) => {
        if ('ended' in news) resolve(news.ended);
        else for (const listener of listeners) listener(news.message);
      };
      void gone.then((how) => resolve(how ?? 'its process ended'));
    });
    return {
      pid: child.pid ?? 0,
      send: (message) => tell({ host: 'pass', thread, message }),
      onMessage: (listener) => void listeners.push(listener),
      ended,
      // One that is inside a call to SQLite can only be ended with all of them.
      kill: () => killChild(child),
    };
  });
}

/** One run of a load on an arena: prepare it, play, compare what was committed with what is there. */
import { FRAME_HEADER_BYTES } from '../sqlite/wal.js';
import type { Bytes, Pages } from '../units.js';
import { type Arena, failureFrom } from './arena.js';
import type { Prepared } from './arena-protocol.js';
import { castOf, type Stage, workloadOf } from './cast.js';
import { collect } from './collect.js';
import { type Conducted, type Conducting, conduct } from './conduct.js';
import type { GroundRequest } from './ground/request.js';
import type { LoadSpec } from './load-shapes.js';
import type { Played } from './played.js';
import type { Invariant, RunResult } from './run-shapes.js';
import { socketPlace } from './socket-place.js';

export interface Run extends Played {
  readonly arena: Arena;
  /** What of the database is written to; `null`: there is nothing to choose. */
  readonly ground: GroundRequest | null;
  /** Where a folder for a socket may be made. */
  readonly temporaryFolders: readonly string[];
}

/** Rejects with ArenaFailure if the load cannot be played. Once aborted it still says what there is. */
export async function runLoad(run: Run, conducting: Conducting): Promise<RunResult> {
  const prepared = await prepare(run, conducting.signal);
  const conducted = await conductAt(run, prepared, conducting);
  const truth = await truthOf(run, prepared, conducted, conducting.signal);
  return collect({
    ...{ conducted, truth, busyTimeoutMs: run.load.busyTimeoutMs },
    waitMeaning: waitMeaningOf(run.load),
    autocheckpointBytes: autocheckpointOf(run.load, prepared),
    frameBytes: prepared.pageBytes + FRAME_HEADER_BYTES,
    ground: prepared.ground,
  });
}

async function conductAt(run: Run, prepared: Prepared, conducting: Conducting): Promise<Conducted> {
  const socket = socketPlace(run.arena.folder, run.temporaryFolders);
  try {
    return await conduct(castOf(run.load, stageOf(run, prepared, socket.path), run.recast), conducting);
  } finally {
    socket.remove();
  }
}

async function prepare({ arena, load, scripts, ground }: Run, signal: AbortSignal): Promise<Prepared> {
  const answer = await arena.worker.ask(
    {
      ...{ order: 'prepare', path: arena.path, inPlace: arena.kind === 'in-place' },
      // a scratch database is in WAL mode unless told otherwise: so are most that several processes write to
      journalMode: load.pragmas.journalMode ?? (arena.kind === 'scratch' ? 'wal' : null),
      workload: workloadOf(load),
      ground,
      scripts: scripts.map(({ script }) => script),
    },
    signal,
  );
  // nothing of ours is to be there while the load plays
  await arena.worker.end();
  if (answer.answer !== 'prepared') throw failureFrom(answer);
  return answer;
}

function stageOf(
  { arena, scripts }: Run,
  { facts, scripts: checked, readSql }: Prepared,
  socket: string,
): Stage {
  return {
    ...{ path: arena.path, facts, readSql, socket },
    scripts: checked.flatMap((script, index) => {
      const weight = scripts[index]?.weight;
      return weight === undefined ? [] : [{ script, weight }];
    }),
  };
}

/** To verify a large database takes a while: who interrupts does not want to wait for it. */
async function truthOf(
  run: Run,
  prepared: Prepared,
  conducted: Conducted,
  signal: AbortSignal,
): Promise<Invariant[]> {
  const interrupted = [notVerified('The run was interrupted.')];
  if (conducted.interrupted) return interrupted;
  return verify(run, prepared, conducted, signal).catch((error: unknown) => {
    if (signal.aborted) return interrupted;
    throw error;
  });
}

async function verify(
  { arena, load }: Run,
  { facts }: Prepared,
  { performances }: Conducted,
  signal: AbortSignal,
): Promise<Invariant[]> {
  // of its last transaction nobody was told whether it was committed
  const told = performances.every(({ plan, complete }) => plan.role !== 'queue' || complete);
  const entries = performances
    .filter(({ plan }) => plan.role === 'writer')
    .map(({ plan, state, complete }) => ({
      ...{ index: plan.index, name: plan.name, complete: complete && told },
      ledger: state?.ledger ?? {},
    }));
  const inPlace = arena.kind === 'in-place';
  const order = {
    order: 'verify',
    path: arena.path,
    inPlace,
    workload: workloadOf(load),
    facts,
    entries,
  } as const;
  const answer = await arena.worker.ask(order, signal);
  if (answer.answer === 'verified') return [...scriptTruth(load), ...answer.truth];
  const reason = answer.answer === 'problem' ? answer.reason : 'no answer';
  const detail = `It could not be verified: ${reason}.`;
  return [notVerified(detail), { ...unknownIntegrity, detail }];
}

/** What rows a script of the user's leaves, only the user knows. */
function scriptTruth({ work }: LoadSpec): Invariant[] {
  if (work.kind !== 'scripts') return [];
  return [notVerified('dblock does not know which rows a script should leave.')];
}

const unknownIntegrity = { id: 'integrity', statement: 'The database is whole.', state: 'unknown' } as const;

function notVerified(detail: string): Invariant {
  return { id: 'rows-present', statement: 'Every committed row is there.', state: 'unknown', detail };
}

/** wal.c: the automatic checkpoint begins with the commit that makes the WAL this long. `null`: it is off. */
function autocheckpointOf({ pragmas }: LoadSpec, { journalMode, pageBytes }: Prepared): Bytes | null {
  const pages = pragmas.autocheckpointPages ?? DEFAULT_AUTOCHECKPOINT_PAGES;
  return journalMode !== 'wal' || pages === 0 ? null : pages * (pageBytes + FRAME_HEADER_BYTES);
}

const DEFAULT_AUTOCHECKPOINT_PAGES: Pages = 1000;

const WAIT_MEANINGS = {
  deferred: 'the first statement that writes: it takes the write lock, after a BEGIN that takes none',
  immediate: 'BEGIN IMMEDIATE, which takes the write lock',
  exclusive: 'BEGIN EXCLUSIVE, which takes the write lock, and in rollback mode keeps readers out too',
  autocommit:
    'the whole statement: it takes the write lock, writes and commits, and where one ends and the other begins cannot be seen from outside, so that there is no hold either',
} as const satisfies Record<LoadSpec['begin'], string>;

function waitMeaningOf({ work, writerQueue, begin }: LoadSpec): string {
  if (writerQueue)
    return 'the request to the writer queue, less that of the transaction itself: until its turn came, and the way there and back';
  if (work.kind === 'scripts') {
    return 'the statement that takes the write lock: BEGIN IMMEDIATE or EXCLUSIVE, or the first one that writes; outside of a transaction that is all of it, with its commit';
  }
  return WAIT_MEANINGS[begin];
}

/** Readers that stay in a read transaction while the writer goes on: what came after their mark cannot be checkpointed. */
import type { Actor, ActorKind, Connection } from '../actor.js';
import type { Stage } from '../stage.js';
import { makeWalDatabase, ONE_FRAME, READ } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** From here on it is a warning: SQLite's default autocheckpoint, in frames. */
const WARNING_FRAMES = 1_000;
const READ_SLOTS = [1, 2, 3, 4] as const;

interface Pinned {
  readonly database: string;
  readonly writer: Actor;
  readonly connection: Connection;
  readonly readers: readonly Actor[];
}

/** Each reader finds the slots of those before it taken, at marks that are too old, and takes the next. */
async function pinSlots(stage: Stage, kind: ActorKind, count: number): Promise<Pinned> {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  const readers: Actor[] = [];
  for (let slot = 1; slot <= count; slot += 1) {
    await connection.repeat(10, ONE_FRAME);
    const reader = await stage.actor(kind);
    await (await reader.open(database)).exec('BEGIN', READ);
    readers.push(reader);
  }
  return { database, writer, connection, readers };
}

const eachSlot = READ_SLOTS.flatMap((slot) =>
  byEachKind(`reader-pins-slot-${slot}`, async (stage, kind) => {
    const { database, writer, connection, readers } = await pinSlots(stage, kind, slot);
    const reader = readers[slot - 1];
    if (!reader) throw new Error(`no reader on slot ${slot}`);
    for (const earlier of readers.slice(0, -1)) await earlier.exit({ closeSqlite: true });
    await connection.repeat(WARNING_FRAMES + 200, ONE_FRAME);
    const pinned = { pids: [reader.pid], severity: 'warning' } as const;
    return staged(
      database,
      { writer, reader },
      { 'reader-pins-wal': pinned, ...walResetBug(writer, reader) },
    );
  }),
);

const allSlots = byEachKind('reader-pins-all-slots', async (stage, kind) => {
  const { database, writer, connection, readers } = await pinSlots(stage, kind, READ_SLOTS.length);
  await connection.repeat(10, ONE_FRAME);
  const pinned = { pids: readers.map((reader) => reader.pid), severity: 'info' } as const;
  const roles = Object.fromEntries(readers.map((reader, index) => [`reader${index + 1}`, reader]));
  return staged(
    database,
    { writer, ...roles },
    { 'reader-pins-wal': pinned, ...walResetBug(writer, ...readers) },
  );
});

export const situations = [...eachSlot, ...allSlots];

import type { ConnectionMode } from '../load-shapes.js';
import type { ActorPlan } from '../plan.js';
import type { Played } from '../played.js';
import { type Change, connecting, withActors } from './remedy.js';

/** Connections of that kind stay open, one for each actor. @param otherwise why it is inapplicable if there are none */
export function persisting(played: Played, kind: ConnectionMode['kind'], otherwise: string): Change {
  const keep = connecting(() => ({ mode: { kind: 'persistent' } }));
  const change = (actor: ActorPlan) => (actor.connection.mode.kind === kind ? keep(actor) : actor);
  const { connection } = played.load;
  return withActors(played, change, otherwise, {
    connection: connection.kind === kind ? { kind: 'persistent' } : connection,
  });
}

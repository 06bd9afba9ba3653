/** The workloads, by the name that `--workload` takes. */
import { claim, claimAtomically } from './claim.js';
import { atomicClaim, claimRace } from './claim-race.js';
import { insert } from './insert.js';
import { parts } from './parts.js';
import { readModifyWrite } from './read-modify-write.js';
import { readThenInsert } from './read-then-insert.js';
import { slowRead } from './slow-read.js';
import { table, tableReadFirst, tableSlowRead } from './table.js';
import { twoDatabases } from './two-databases.js';
import { update } from './update.js';
import type { Workload } from './workload.js';

/** Several rows in a transaction: the same as insert with --batch, under the name that people look for. */
const batch: Workload = { ...insert, name: 'batch' };

export const workloads: readonly Workload[] = [
  ...[insert, update, readModifyWrite, claim, batch, table],
  // of scenarios
  ...[claimRace, atomicClaim, readThenInsert, slowRead, parts, twoDatabases],
  ...[tableReadFirst, tableSlowRead],
  // of remedies
  claimAtomically,
];

export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (!found) throw new Error(`no workload ${name}`);
  return found;
}

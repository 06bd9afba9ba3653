import { checkpointsRole } from './checkpoints.js';
import { queuedRole, queueRole } from './queue.js';
import { readsRole } from './reads.js';
import type { Backstage, Role } from './role.js';
import { scriptsRole } from './scripts.js';
import { sessionRole, sharingRole } from './session.js';
import { transactionsRole } from './transactions.js';
import { takingTurns, turnsRole } from './turns.js';
import { workingBefore } from './work.js';

export function roleOf(backstage: Backstage): Role {
  const { turn, program } = backstage.plan;
  const role = programRole(backstage);
  const inTurn = turn === undefined ? role : takingTurns(role, turn, backstage.tally);
  const beforeMs = 'beforeMs' in program ? (program.beforeMs ?? 0) : 0;
  return beforeMs > 0 ? workingBefore(inTurn, beforeMs, backstage.parent) : inTurn;
}

function programRole(backstage: Backstage): Role {
  const { program } = backstage.plan;
  switch (program.kind) {
    case 'transactions':
      return transactionsRole(program, backstage);
    case 'scripts':
      return scriptsRole(program, backstage);
    case 'reads':
      return readsRole(program, backstage);
    case 'checkpoints':
      return checkpointsRole(program.mode, backstage);
    case 'queue':
      return queueRole(program.socket, backstage);
    case 'queued':
      return queuedRole(program, backstage);
    case 'session':
      return sessionRole(program.socket, backstage);
    case 'sharing':
      return sharingRole(program, backstage);
    case 'turns':
      return turnsRole(program);
  }
}

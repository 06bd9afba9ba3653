/** What is raised, and what stays as it is, where the load does not say so by itself. Pure. */
import { formatDuration, plural } from '../../units.js';
import type { LimitAxis } from '../limit-shapes.js';
import { rehearse } from '../remedies/remedy.js';
import { holdersOf, isPlain, isTakenOut } from './holders.js';
import { runMsOf, type Subject } from './subject.js';

/** Whose it is that is raised. `null`: that of every writer. */
export function ownersOf(axis: LimitAxis, subject: Subject): string | null {
  if (axis !== 'hold') return null;
  const { names, areSome } = holdersOf(subject);
  return areSome ? groupText(names) : null;
}

/** @param cure its name. `null`: there is none */
export function notesOf(axis: LimitAxis, subject: Subject, cure: string | null): string[] {
  const { end } = subject.asFound.load;
  const others = rehearse(subject.asFound)
    .actors.filter((actor) => actor.role === 'writer' && !isPlain(actor))
    .map(({ name }) => name);
  const owners = ownersOf(axis, subject);
  return [
    ...(end.kind === 'transactions'
      ? [
          `The load as it is ends after ${plural(end.perWriter, 'transaction')} of each writer; each run of the search lasts ${formatDuration(runMsOf(subject.asFound.load))}.`,
        ]
      : []),
    ...(axis !== 'hold' && others.length > 0 ? [RAISED[axis](others)] : []),
    ...(owners === null
      ? []
      : [
          `What is raised as hold is the work inside each transaction of ${owners}; the hold in the curves is the mean of all writers.`,
        ]),
    ...(axis === 'hold' && cure !== null && isTakenOut(subject)
      ? [
          `With ${cure} the work is done before the transaction begins; what is raised there is work that stays inside all the same.`,
        ]
      : []),
  ];
}

const RAISED = {
  writers: (others: readonly string[]) =>
    `Beside the writers that are raised, ${listText(others)} ${others.length === 1 ? 'stays as it is' : 'stay as they are'}.`,
  rate: (others: readonly string[]) =>
    `The rate is that of the writers; ${listText(others)} ${others.length === 1 ? 'goes on at its' : 'go on at their'} own pace.`,
} as const;

/** Those of the load are told together. */
function groupText(names: readonly string[]): string {
  const others = names.filter((name) => !isPlain({ name }));
  return listText([...others, ...(others.length < names.length ? ['the writers'] : [])]);
}

function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

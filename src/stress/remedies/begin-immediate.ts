import type { Weighed } from '../script/mix.js';
import type { Script, Step } from '../script/script.js';
import { changed, inapplicable, inRecipe, type Remedy, transacting, withActors } from './remedy.js';

/** The write lock is taken where the busy timeout applies, and before anything is read that could grow old. */
export const beginImmediate: Remedy = {
  id: 'begin-immediate',
  title: 'BEGIN IMMEDIATE instead of BEGIN',
  parameter: null,
  expected: 'The podcast transcriber: "fails at once, ignores busy_timeout".',
  how: inRecipe('its write function begins every transaction so'),
  change(played) {
    const { load, scripts } = played;
    if (load.work.kind === 'scripts') {
      const immediate = scripts.map(withImmediateBegin);
      const same = immediate.every((script, index) => script === scripts[index]);
      return same
        ? inapplicable('no script has a deferred BEGIN')
        : changed({ ...played, scripts: immediate });
    }
    const otherwise =
      load.begin === 'autocommit'
        ? 'each statement is a transaction of its own, and takes the write lock at its start'
        : `transactions begin with BEGIN ${load.begin.toUpperCase()} already`;
    const begin = load.begin === 'deferred' ? 'immediate' : load.begin;
    return withActors(played, immediately, otherwise, { begin });
  },
};

const immediately = transacting(({ begin }) => (begin === 'deferred' ? { begin: 'immediate' } : {}));

function withImmediateBegin(weighed: Weighed<Script>): Weighed<Script> {
  const { script, weight } = weighed;
  const steps = script.steps.map(immediateStep);
  return steps.every((step, index) => step === script.steps[index])
    ? weighed
    : { script: { ...script, steps }, weight };
}

/** A SAVEPOINT that begins a transaction stays: SQLite has no immediate one. */
function immediateStep(step: Step): Step {
  if (step.kind !== 'sql' || step.control?.kind !== 'begin' || step.control.mode !== 'deferred') return step;
  return { ...step, sql: 'BEGIN IMMEDIATE', control: { kind: 'begin', mode: 'immediate' } };
}

/** The second part of every recipe: workers that share a table of jobs. */
import type { Recipe } from './recipe.js';

/** What `--part` takes. `connection` is what a recipe prints without it. */
export const PARTS = ['connection', 'jobs'] as const;
export type Part = (typeof PARTS)[number];

const STEPS = [
  'Put the names of your own table and columns into the statements, and index what is queued: without the index each claim reads the whole table while it holds the write lock.',
  'Let each worker run the next job in a loop. The work runs while no transaction is open; what it returns is written together with the job’s end.',
  'Give each worker a name that no other one has: a job is ended by who claimed it, and by nobody else.',
  'Where workers die, their jobs stay running: dblock requeue-orphans shows and returns them.',
];

const SOURCES = [
  'https://www.sqlite.org/lang_returning.html',
  'https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions',
  'https://www.sqlite.org/c3ref/changes.html',
];

/** For stacks that take the SQLite of the system. */
export const EITHER_WAY =
  'Before SQLite 3.35 there is no RETURNING: the code sees that, and claims by a SELECT and an UPDATE that are both inside of BEGIN IMMEDIATE, checked by changes().';

/** For stacks that bring their own. */
export const ALWAYS_RETURNING =
  "RETURNING needs SQLite 3.35, and the stack brings a newer one. Where it is built with an older one of the system, claim by a SELECT and an UPDATE … AND state = 'queued' inside of one write(), and check that changes() is 1: that is what dblock recipe python-sqlite3 --part jobs does there.";

const NAIVE =
  'A worker that selects the next job and claims it in another step shares it with every worker that selected meanwhile; and one whose last UPDATE failed leaves a job that runs for ever.';

/** A recipe as the part that was asked for has it: everything else of it is as in the first part. */
export function partOf(recipe: Recipe, part: Part): Recipe {
  if (part === 'connection') {
    const more = `Workers that share a table of jobs: dblock recipe ${recipe.id} --part jobs.`;
    return { ...recipe, steps: [...recipe.steps, more] };
  }
  const { jobs } = recipe;
  return {
    ...recipe,
    ...jobs,
    title: `Jobs on ${recipe.title}`,
    steps: STEPS,
    naive: NAIVE,
    sources: SOURCES,
  };
}

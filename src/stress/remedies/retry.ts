/** The whole transaction again after a lock error, with the parameters of three of the incidents. */
import type { RetryPolicy } from '../load-shapes.js';
import type { ActorPlan } from '../plan.js';
import type { Played } from '../played.js';
import { type ActorChange, inRecipe, type Remedy, rehearse, withActors } from './remedy.js';

function retrying(id: string, title: string, retry: RetryPolicy, expected: string | null): Remedy {
  const change: ActorChange = (actor) => withRetry(actor, retry);
  return {
    ...{ id, title, expected, parameter: null },
    how: inRecipe(
      'its write function retries the whole transaction; how often and after which pauses stands at its top',
    ),
    insteadOf: 'retry',
    change: (played) => withActors(played, change, otherwise(played), { retry }),
  };
}

function otherwise(played: Played): string {
  const isSent = rehearse(played).actors.some(({ program }) => /queued|sharing/.test(program.kind));
  return isSent ? 'whoever carries them out does not retry' : 'transactions are retried like that already';
}

/** Instead of how it retried before, if it did. */
function withRetry(actor: ActorPlan, retry: RetryPolicy): ActorPlan {
  const { program } = actor;
  if (program.kind !== 'scripts' && program.kind !== 'transactions') return actor;
  const isSame = JSON.stringify(program.retry) === JSON.stringify(retry);
  return isSame ? actor : { ...actor, program: { ...program, retry } };
}

export const retryPipeline = retrying(
  'retry-pipeline',
  'retry up to 10 times: 50 ms doubling to 2 s, plus up to 50 ms by chance',
  { kind: 'backoff', baseMs: 50, capMs: 2000, jitterMs: 50, tries: 10 },
  'The topic pipeline: 10–15 % less.',
);

export const retryScraper = retrying(
  'retry-scraper',
  'retry up to 5 times: 100 ms, doubling',
  { kind: 'backoff', baseMs: 100, capMs: 1600, jitterMs: 0, tries: 5 },
  'The scraper: part of the module that ended its errors.',
);

export const retryLibrary = retrying(
  'retry-library',
  'retry up to 3 times: 500 ms doubling to 5 s',
  { kind: 'backoff', baseMs: 500, capMs: 5000, jitterMs: 0, tries: 3 },
  'The music library: failures under 1 %, retries about 2 %.',
);

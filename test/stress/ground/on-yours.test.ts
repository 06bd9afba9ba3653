/** What can be played on tables of the user's is known by name alone: here the names are held to what they name. */
import { expect, it } from 'vitest';
import { scenarios } from '../../../src/stress/scenarios/index.js';
import { workloadNamed, workloads } from '../../../src/stress/workloads/index.js';
import { playedOn } from '../../../src/stress/workloads/on-yours.js';

it('workloads that want jobs are played on queues, and no others', () => {
  const wanting = workloads.filter(({ jobs }) => jobs !== undefined).map(({ name }) => name);
  expect(wanting).toContain('atomic-claim');
  expect(workloads.filter(({ name }) => playedOn(name).kind === 'jobs').map(({ name }) => name)).toEqual(
    wanting,
  );
});

it('what is played on rows reads first where the original does', () => {
  for (const { name, readsFirst } of workloads) {
    const played = playedOn(name);
    if (played.kind === 'rows') expect(workloadNamed(played.workload).readsFirst, name).toBe(readsFirst);
  }
});

it('a scenario is played on the same as found and as cured', () => {
  for (const { id, asFound, asCured } of scenarios) {
    const kinds = [asFound, asCured].map(({ load: { work } }) =>
      work.kind === 'scenario' ? playedOn(work.workload).kind : null,
    );
    expect(kinds[0], id).toBe(kinds[1]);
  }
  const own = scenarios.filter(
    ({ asFound: { load } }) => load.work.kind === 'scenario' && playedOn(load.work.workload).kind === 'own',
  );
  expect(own.map(({ id }) => id)).toEqual(['mixed-journal', 'crash-mid-commit']);
});

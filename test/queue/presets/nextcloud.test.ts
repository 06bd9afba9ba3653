import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, timesOf } from './difference.js';

function rows(now: number): string[] {
  const { unix } = timesOf(now);
  const insert = (id: number, name: string, reserved: string, checked = unix(600)) =>
    `INSERT INTO oc_jobs VALUES (${id}, 'OCA\\${name}', 'null', ${unix(4000)}, ${checked}, ${reserved}, 3, 'hash${id}', 1)`;
  return [
    insert(1, 'Free', '0'),
    insert(2, 'Later', '0', unix(-600)),
    insert(3, 'Scan', unix(7200)), // orphaned
    insert(4, 'Mail', unix(2)), // reserved just now
    insert(5, 'Freed', 'NULL'), // freed by hand, the wrong way: nobody ever takes it
    insert(6, 'Twice', unix(7200)), // orphaned, and so is another of its class
    insert(7, 'Twice', unix(7300)),
  ];
}

/** Version 34: runs of classes. */
function withRuns(now: number): string[] {
  const run = (id: number, of: number, status: number) =>
    `INSERT INTO oc_job_runs VALUES (${id}, ${of}, 4711, ${status}, 0, 0)`;
  return [
    ...rows(now),
    ...['Scan', 'Mail', 'Twice'].map(
      (name, index) => `INSERT INTO oc_job_classes_registry VALUES (${index + 1}, 'OCA\\${name}')`,
    ),
    ...[run(10, 1, 1), run(11, 1, 0), run(20, 2, 0), run(30, 3, 0), run(31, 3, 2)],
  ];
}

const freed = (id: number) => ({ row: `oc_jobs ${id}`, set: { reserved_at: '0' } });

describe('nextcloud', () => {
  it('frees with 0, never NULL; last_run and last_checked stay', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset(
      { schema: 'nextcloud', rows, attached: true, args },
      async ({ status, report, changes, query }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'nextcloud',
          counts: { queued: 1, delayed: 1, claimed: 5 },
          alive: { count: 1, examples: [{ id: '4', kind: 'OCA\\Mail' }] },
        });
        expect(report.queues[0]?.orphans.examples).toEqual(
          expect.arrayContaining([expect.objectContaining({ id: '5', proof: 'disowned' })]),
        );
        expect(differences(changes)).toEqual([freed(3), freed(5), freed(6), freed(7)]);
        // JobList::getNext
        const free = `SELECT id FROM oc_jobs WHERE reserved_at <= unixepoch() - 12 * 3600 AND last_checked <= unixepoch()`;
        expect(query(free)).toHaveLength(5);
      },
    );
  });

  it('marks the run of version 34 as crashed where it is surely the run of this job', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset(
      { schema: 'nextcloud-34', rows: withRuns, attached: true, args },
      ({ status, changes }) => {
        expect(status).toBe(0);
        const ofRuns = changes.filter(({ table }) => table === 'oc_job_runs');
        expect(differences(ofRuns, 'run_id')).toEqual([{ row: 'oc_job_runs 11', set: { status: '3' } }]);
        const ofJobs = changes.filter(({ table }) => table === 'oc_jobs');
        expect(differences(ofJobs)).toEqual([freed(3), freed(5), freed(6), freed(7)]);
      },
    );
  });
});

import { inapplicable, ownCode, type Remedy, withLoad } from './remedy.js';

/** The work stays the same, where there is a number of it: fewer do more each. */
export const fewerWorkers: Remedy = {
  id: 'fewer-workers',
  title: 'fewer workers that write; where each begins again when it has ended, that is less work too',
  parameter: { name: 'writers', usual: 2, least: 1, most: 255 },
  expected: 'The podcast transcriber: no errors with 2 workers instead of 4.',
  how: ownCode('Start fewer of them: no code changes.'),
  change(played, writers) {
    const { writers: now, end } = played.load;
    if (now <= writers) return inapplicable(`there are only ${now} writers`);
    if (end.kind === 'duration') return withLoad(played, { writers });
    return withLoad(played, {
      writers,
      end: { kind: 'transactions', perWriter: Math.ceil((end.perWriter * now) / writers) },
    });
  },
};

import { inapplicable, type Remedy, withLoad } from './remedy.js';

export const fewerWorkers: Remedy = {
  id: 'fewer-workers',
  title: 'fewer processes that write',
  parameter: { name: 'writers', usual: 2, least: 1, most: 255 },
  expected: 'The podcast transcriber: no errors with 2 workers instead of 4.',
  change: (played, writers) =>
    played.load.writers <= writers
      ? inapplicable(`there are only ${played.load.writers} writers`)
      : withLoad(played, { writers }),
};

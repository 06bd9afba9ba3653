import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { driverName } from './test/support/driver.js';

/** Parts of the names of files that take long, the longest first: whoever begins last decides when all is over. */
const LONG = [
  'doctor/situations',
  'commands/checkpoint.test',
  'stress/scenarios',
  'commands/stress.test',
  'commands/stress-ends',
  'fix/repairs',
  'fix/trouble',
  'queue/real',
  'stress-compare',
  'fix/killed',
  'doctor/bad-input',
  'doctor/remedies',
  'fuzz/fuzz',
  'doctor/harmless',
  'commands/outputs',
  'doctor/deep',
  'explain/time-to-error',
  'real-software/',
  'doctor/schema.test',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((part) => moduleId.includes(part));
      return index < 0 ? LONG.length : index;
    };
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** Tests of functions, without processes or mocks: a process for each file would take longer than they do. */
const FUNCTIONS = ['test/doctor/checks/*.test.ts', 'test/report/*.test.ts'];
/** .ci/run adds the two. */
const RESULTS = `test-results/${process.env['DBLOCK_SOAK'] === '1' ? 'soak' : 'vitest'}.json`;

const COMMON = {
  // Real processes: a slow machine must not fail a test, only a hang may.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  pool: 'forks',
} as const;

const DRIVER = { alias: [{ find: /^better-sqlite3$/, replacement: driverName }] };

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-once.ts'],
    reporters: ['default', ['json', { outputFile: RESULTS }]],
    // More than cores: the tests wait for intervals and for other processes half of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      { resolve: DRIVER, test: { ...COMMON, name: 'functions', include: FUNCTIONS, isolate: false } },
      {
        resolve: DRIVER,
        test: { ...COMMON, name: 'processes', include: ['test/**/*.test.ts'], exclude: FUNCTIONS },
      },
    ],
  },
});

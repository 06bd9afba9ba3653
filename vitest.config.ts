import { defineConfig } from 'vitest/config';
import { driverName } from './test/support/driver.js';

export default defineConfig({
  resolve: { alias: [{ find: /^better-sqlite3$/, replacement: driverName }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    // Real processes: a slow machine must not fail a test, only a hang may.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: 'test-results/vitest.json' }]],
    pool: 'forks',
    // More than cores: the tests wait for intervals and for other processes half of the time.
    maxWorkers: 3,
  },
});

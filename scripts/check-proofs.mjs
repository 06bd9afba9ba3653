/** Fails unless the test of every recipe that says that it is proven has run, here, and passed. */
import { readFileSync } from 'node:fs';
import { recipes } from '../dist/recipes/index.js';

const { testResults } = JSON.parse(readFileSync('test-results/vitest.json', 'utf8'));
const tests = testResults.flatMap(({ assertionResults }) => assertionResults);

const missing = recipes
  .filter(({ proof }) => proof.kind === 'tested')
  .filter(({ id }) => {
    const own = tests.filter(({ ancestorTitles }) => ancestorTitles.includes(`the recipe ${id}`));
    return own.length === 0 || own.some(({ status }) => status !== 'passed');
  });
if (missing.length > 0) {
  console.error(`Not proven here, though they say so: ${missing.map(({ id }) => id).join(', ')}.`);
  process.exitCode = 1;
}

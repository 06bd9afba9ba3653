import { readFileSync } from 'node:fs';
import type { Recipe } from './recipe.js';

/** The code of a recipe, byte for byte as the tests run it. It lies in src/recipes/code, in the package too. */
export function codeOf({ file }: Recipe): string {
  // As far from the root in src/, in dist/ and in dist/bundle/.
  return readFileSync(new URL(`../../src/recipes/code/${file}`, import.meta.url), 'utf8');
}

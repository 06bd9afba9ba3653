import type { Recipe } from './recipe.js';

/** Those of that id or name: none, one, or several, such as both of `go`. The case of letters does not matter. */
export function recipesNamed(name: string, recipes: readonly Recipe[]): readonly Recipe[] {
  const key = keyOf(name);
  const exact = recipes.filter(({ id }) => keyOf(id) === key);
  return exact.length > 0 ? exact : recipes.filter(({ names }) => names.map(keyOf).includes(key));
}

/** Everything that `recipesNamed` knows. */
export function everyName(recipes: readonly Recipe[]): string[] {
  return [...new Set(recipes.flatMap(({ id, names }) => [id, ...names]))];
}

/** `node:sqlite`, `Node SQLite` and `node-sqlite` are one name. */
function keyOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s:_/@.-]+/g, '-')
    .replace(/^-|-$/g, '');
}

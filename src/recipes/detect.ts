import { manifests } from './manifests.js';
import type { Ecosystem, Recipe } from './recipe.js';

/** A manifest that was found, and the packages that it names. */
export interface Found {
  readonly file: string;
  readonly packages: readonly string[];
}

export interface Detection {
  readonly recipe: Recipe;
  /** The manifests that name its packages. */
  readonly files: readonly string[];
}

/** The recipes whose packages the manifests of a folder name: in one manifest or in several. */
export function detect(found: readonly Found[], recipes: readonly Recipe[]): Detection[] {
  const detected = recipes.flatMap((recipe) => detectOne(found, recipe));
  const standard = recipes.find(({ id }) => id === 'python-sqlite3');
  const python = found.filter(({ file }) => ecosystemOf(file) === 'pypi');
  const isOtherPython = detected.some(({ recipe }) => recipe.language === 'python');
  // No manifest names the standard library.
  if (standard === undefined || python.length === 0 || isOtherPython) return detected;
  return [...detected, { recipe: standard, files: python.map(({ file }) => file) }];
}

function detectOne(found: readonly Found[], recipe: Recipe): Detection[] {
  const { detect: wanted } = recipe;
  if (wanted === null) return [];
  const relevant = found.filter(({ file }) => ecosystemOf(file) === wanted.ecosystem);
  const naming = (name: string) => relevant.filter(({ packages }) => packages.includes(name));
  if (!wanted.packages.every((name) => naming(name).length > 0)) return [];
  return [{ recipe, files: [...new Set(wanted.packages.flatMap(naming).map(({ file }) => file))] }];
}

function ecosystemOf(file: string): Ecosystem | undefined {
  return manifests[file]?.ecosystem;
}

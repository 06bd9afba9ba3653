/** Recipes as JSON: an envelope of their own, since nothing was examined and there is no verdict. */
import type { Detection } from '../../recipes/detect.js';
import type { Part } from '../../recipes/jobs.js';
import type { Recipe } from '../../recipes/recipe.js';
import { escapeJson } from '../sanitise.js';
import { snakeKeys } from '../snake-case.js';

export const RECIPES_SCHEMA = 'dblock.recipes/1';

export interface RecipesReport {
  readonly tool: { readonly name: 'dblock'; readonly version: string };
  /** As it was typed; `null`: all recipes were asked for. */
  readonly query: string | null;
  /** Which part of them `code`, `file` and the rest are of. */
  readonly part: Part;
  /** What fits the current folder; empty where one recipe was asked for. */
  readonly detected: readonly Detection[];
  readonly recipes: readonly (Recipe & { readonly code: string })[];
}

export function renderRecipes({ tool, query, part, detected, recipes }: RecipesReport): string {
  const found = detected.map(({ recipe, files }) => ({ id: recipe.id, files }));
  const envelope = { schema: RECIPES_SCHEMA, tool, command: 'recipe', query, part, detected: found, recipes };
  return `${escapeJson(JSON.stringify(snakeKeys(envelope), null, 2))}\n`;
}

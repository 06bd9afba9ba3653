/** Which `dblock recipe` has what a comparison recommends: that of the stack whose packages the manifests here name. */
import { detect } from '../../recipes/detect.js';
import { recipes } from '../../recipes/index.js';
import type { Comparison } from '../../stress/comparison-shapes.js';
import { findManifests } from '../recipe/manifests.js';

export function recipeFor({ steps }: Comparison, cwd: string): Comparison['recipe'] {
  if (steps.every(({ recipe }) => recipe === null)) return null;
  const detected = detect(findManifests(cwd).found, recipes);
  if (detected.length === 0)
    return {
      commands: ['dblock recipe'],
      reason: 'No manifest here names a stack: the list has them all, such as dblock recipe python-sqlite3.',
    };
  const files = [...new Set(detected.flatMap(({ files }) => files))].join(' and ');
  return {
    commands: detected.map(({ recipe }) => `dblock recipe ${recipe.id}`),
    reason:
      detected.length === 1
        ? `As ${files} names it.`
        : `${files} name several: take the one whose connections open this database.`,
  };
}

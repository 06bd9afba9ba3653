import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { nodePlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'node-sqlite',
  needs: ['node:sqlite'],
  naive: ['locked'],
  command: nodePlayer('node_sqlite.mjs'),
});

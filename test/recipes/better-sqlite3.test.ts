import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { nodePlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'better-sqlite3',
  needs: [],
  naive: ['locked'],
  command: nodePlayer('better_sqlite3.mjs'),
});

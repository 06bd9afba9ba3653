import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { nodePlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'drizzle',
  needs: [],
  naive: ['locked'],
  command: nodePlayer('drizzle.mjs'),
});

import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { rustPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'rust-rusqlite',
  needs: ['rusqlite'],
  naive: ['locked'],
  command: rustPlayer('rusqlite.rs'),
});

import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { goPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'go-mattn',
  needs: ['go-mattn'],
  naive: ['locked'],
  command: goPlayer('go_mattn.go'),
});

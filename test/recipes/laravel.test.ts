import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { playerScript } from '../support/recipes/stage.js';

describeRecipe({
  id: 'laravel',
  needs: ['illuminate'],
  naive: ['locked'],
  command: (recipe, jobs) => ({ program: 'php', args: [playerScript('illuminate.php'), recipe, jobs] }),
});

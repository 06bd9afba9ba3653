import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { pythonPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'django',
  needs: ['django'],
  naive: ['locked'],
  command: pythonPlayer('django_orm.py', 'django'),
});

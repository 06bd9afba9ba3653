import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { pythonPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'sqlalchemy',
  needs: ['sqlalchemy'],
  naive: ['claimed twice'],
  command: pythonPlayer('sqlalchemy_sync.py', 'sqlalchemy'),
});

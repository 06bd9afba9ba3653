import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { pythonPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'peewee',
  needs: ['peewee'],
  naive: ['locked'],
  command: pythonPlayer('peewee_orm.py', 'peewee'),
});

import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { pythonPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'sqlalchemy-async',
  needs: ['aiosqlite'],
  naive: ['claimed twice'],
  command: pythonPlayer('sqlalchemy_async.py', 'sqlalchemy', 'aiosqlite'),
});

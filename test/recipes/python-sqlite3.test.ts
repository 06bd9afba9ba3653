import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { pythonPlayer } from '../support/recipes/stage.js';

describeRecipe({
  id: 'python-sqlite3',
  needs: ['python3'],
  naive: ['locked', 'claimed twice'],
  command: pythonPlayer('python_sqlite3.py', 'sqlite3'),
});

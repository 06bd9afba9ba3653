import { pythonWith } from '../support/programs.js';
import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { playerScript } from '../support/recipes/stage.js';

describeRecipe({
  id: 'python-sqlite3',
  needs: ['python3'],
  naive: ['locked', 'claimed twice'],
  command: (recipe) => ({
    program: pythonWith('sqlite3') ?? 'python3',
    args: [playerScript('python_sqlite3.py'), recipe],
  }),
});

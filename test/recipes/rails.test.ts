import { describeRecipe } from '../support/recipes/describe-recipe.js';
import { playerScript } from '../support/recipes/stage.js';

describeRecipe({
  id: 'rails',
  needs: ['activerecord'],
  naive: ['locked'],
  // It waits in a handler of its own: SQLite's timeout is 0 then.
  busyTimeout: 0,
  command: (recipe, jobs) => ({ program: 'ruby', args: [playerScript('active_record.rb'), recipe, jobs] }),
});

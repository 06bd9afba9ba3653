import { django } from './django.js';
import { peewee } from './peewee.js';
import { pythonSqlite3 } from './python-sqlite3.js';
import type { Recipe } from './recipe.js';
import { sqlalchemy, sqlalchemyAsync } from './sqlalchemy.js';

/** All recipes, in the order in which they are listed; of several that fit a project, the first is the likeliest. */
export const recipes: readonly Recipe[] = [pythonSqlite3, sqlalchemy, sqlalchemyAsync, django, peewee];

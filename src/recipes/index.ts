import { betterSqlite3 } from './better-sqlite3.js';
import { django } from './django.js';
import { drizzle } from './drizzle.js';
import { goMattn, goModernc } from './go.js';
import { laravel } from './laravel.js';
import { nodeSqlite } from './node-sqlite.js';
import { peewee } from './peewee.js';
import { pythonSqlite3 } from './python-sqlite3.js';
import { rails } from './rails.js';
import type { Recipe } from './recipe.js';
import { sqlalchemy, sqlalchemyAsync } from './sqlalchemy.js';

/** All recipes, in the order in which they are listed; of several that fit a project, the first is the likeliest. */
export const recipes: readonly Recipe[] = [
  pythonSqlite3,
  sqlalchemyAsync,
  sqlalchemy,
  django,
  peewee,
  drizzle,
  betterSqlite3,
  nodeSqlite,
  rails,
  laravel,
  goModernc,
  goMattn,
];

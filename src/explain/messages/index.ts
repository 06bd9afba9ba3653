import { databaseIsLocked } from './database-is-locked.js';
import type { MessageText } from './message.js';
import { databaseTableIsLocked, diskIoError, readonlyDatabase } from './others.js';

/** The texts that stand for several codes. */
export const messageTexts: readonly MessageText[] = [
  databaseIsLocked,
  databaseTableIsLocked,
  readonlyDatabase,
  diskIoError,
];

/** better-sqlite3 13 under a name of its own (package.json, optionalDependencies): the same interface. */
declare module 'better-sqlite3-napi' {
  import Database from 'better-sqlite3';
  export default Database;
}

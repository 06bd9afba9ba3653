/** The name of the driver that src/sqlite/driver.ts chooses, for programs that tests run by `node -e`. */
export const driverName = Number(process.versions['napi']) >= 10 ? 'better-sqlite3-napi' : 'better-sqlite3';

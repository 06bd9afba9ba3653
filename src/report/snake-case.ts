/**
 * camelCase inside, snake_case in JSON (design.md, "JSON"). A name that begins with a lower-case letter and has
 * letters and digits only goes over and comes back unchanged: every capital gets its own underscore
 * (`nBackfill` ↔ `n_backfill`), a digit never does (`p99Ms` ↔ `p99_ms`).
 * A key that is no such name is data, such as a path, and stays.
 */
const CAMEL_NAME = /^[a-z][a-zA-Z0-9]*$/;
const SNAKE_NAME = /^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$/;

export function snakeName(name: string): string {
  if (!CAMEL_NAME.test(name)) return name;
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

export function camelName(name: string): string {
  if (!SNAKE_NAME.test(name)) return name;
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Plain data with the keys of every object, however deep, in snake_case. */
export function snakeKeys(value: unknown): unknown {
  return withKeys(value, snakeName);
}

/** The way back, for evidence that was saved. */
export function camelKeys(value: unknown): unknown {
  return withKeys(value, camelName);
}

function withKeys(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), withKeys(item, rename)]),
  );
}

/** A JSON Schema whose property names are in snake_case; titles, constants and enumerations stay. */
export function snakeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(snakeSchema);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, snakeKeyword(key, value)]));
}

function snakeKeyword(keyword: string, value: unknown): unknown {
  if (keyword === 'properties' && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [snakeName(key), snakeSchema(item)]),
    );
  }
  if (keyword === 'required' && Array.isArray(value)) return value.map((name) => snakeName(String(name)));
  return keyword === 'const' || keyword === 'enum' || keyword === 'default' ? value : snakeSchema(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

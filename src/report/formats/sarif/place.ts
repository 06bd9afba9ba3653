import { fileUri, pathBelow, uriPath } from '../../location.js';

/** The working directory; the name that CodeQL gave the root of a checkout, and others understand. */
export const ROOT = '%SRCROOT%';

/** A database below the working directory is named relative to it, so that the result is the same on any machine. */
export function artifactOf(cwd: string, path: string): { uri: string; uriBaseId?: string } {
  const below = pathBelow(cwd, path);
  return below === null ? { uri: fileUri(path) } : { uri: uriPath(below), uriBaseId: ROOT };
}

/** A database has no lines, but code scanning shows no result without one. */
export function locationsOf(cwd: string, path: string): object[] {
  return [{ physicalLocation: { artifactLocation: artifactOf(cwd, path), region: { startLine: 1 } } }];
}

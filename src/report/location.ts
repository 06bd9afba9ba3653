/** Paths and URIs for readers that know files by their place in a working copy. POSIX paths. */

/** `var/app.db` for a path below `cwd`; `null` for any other. Both absolute. */
export function pathBelow(cwd: string, path: string): string | null {
  const root = cwd.endsWith('/') ? cwd : `${cwd}/`;
  return path.startsWith(root) && path.length > root.length ? path.slice(root.length) : null;
}

/** As short as it can be and still name the file to somebody in `cwd`. */
export function shortPath(cwd: string, path: string): string {
  return pathBelow(cwd, path) ?? path;
}

/** Percent-encoded; slashes stay. A colon too is encoded: in a relative URI it would end a scheme (RFC 3986, 4.2). */
export function uriPath(path: string): string {
  // encodeURIComponent throws on half a surrogate pair.
  return path
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}

/** `file:///srv/app.db` of an absolute path. */
export function fileUri(path: string): string {
  return `file://${uriPath(path)}`;
}

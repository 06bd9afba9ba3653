/** Names that mean a database elsewhere than on dblock's command line. */
import { quote } from '../problem.js';

/**
 * Explains why a connection string is not what dblock takes; `null` if it does not look like one.
 * The forms: sqlite.org/uri.html, and the URLs of SQLAlchemy, Rails, Prisma and JDBC.
 */
export function explainNotation(given: string): string | null {
  if (given.toLowerCase() === ':memory:') {
    return '":memory:" lives inside one process, with no file to look at; give the path of a database file.';
  }
  if (/^(?:jdbc:)?sqlite[\w+]*:/i.test(given)) {
    return `${quote(given)} is a connection URL; give the plain path of the database file instead.`;
  }
  if (!/^file:/i.test(given)) return null;
  const path = pathOfFileUri(given);
  const instead = path === null ? '' : `: ${quote(path)}`;
  return `${quote(given)} is a URI; give the plain path instead${instead}.`;
}

function pathOfFileUri(uri: string): string | null {
  const path = uri.replace(/^file:(?:\/\/(?:localhost)?(?=\/))?/i, '').replace(/[?#].*$/s, '');
  if (path === '' || path.startsWith(':')) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

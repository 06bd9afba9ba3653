/** Who a text names as the owner of a job. Pure. */
import type { Owner } from './preset.js';

/**
 * For tables of one's own. A number in text may be anything, such as the third worker: so it is a pid only where the
 * column is said, or called, to hold pids, or where the text names this very host beside it.
 */
export function ownerParser(is: 'pid' | 'text', host: string): (text: string) => Owner {
  return (text) => {
    if (is === 'pid' && /^\d{1,10}$/.test(text)) return { kind: 'process', pid: Number(text), host: null };
    return hostAndPid(text, host) ?? { kind: 'opaque' };
  };
}

/** `web-1:4711`, `4711@web-1`, `web-1-4711`, `host:web-1 pid:4711`, on the host `web-1`. */
function hostAndPid(text: string, host: string): Owner | null {
  const rails = /\bhost:(\S+) pid:(\d{1,10})\b/.exec(text);
  if (rails) return { kind: 'process', pid: Number(rails[2]), host: rails[1] ?? null };
  const at = text.toLowerCase().indexOf(host.toLowerCase());
  if (host === '' || at < 0) return null;
  const rest = `${text.slice(0, at)} ${text.slice(at + host.length)}`;
  const numbers = rest.match(/\d+/g) ?? [];
  const [only, second] = numbers;
  return only !== undefined && second === undefined ? { kind: 'process', pid: Number(only), host } : null;
}

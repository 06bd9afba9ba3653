/** Plain numbers whose name says the unit. Names of fields repeat it: `walBytes`, `heldAtLeastMs`. */
export type Milliseconds = number;
export type Bytes = number;
/** Database pages; 1 is the page with the header. */
export type Pages = number;
/** WAL frames, counted from 1 as SQLite does. */
export type Frames = number;
export type Pid = number;

const KIB = 1024;
const BYTE_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1536` → `1.5 KiB`. Binary units, one decimal below 10, none above. */
export function formatBytes(bytes: Bytes): string {
  let value = bytes;
  let unit = 0;
  while (value >= KIB && unit < BYTE_UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  if (unit === 0) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const digits = value < 10 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${BYTE_UNITS[unit]}`;
}

/** `255` → `255 ms`, `5400` → `5.4 s`, `200000` → `3 min 20 s`, `7500000` → `2 h 5 min`. */
export function formatDuration(ms: Milliseconds): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return joinUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return joinUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return joinUnits(Math.floor(minutes / 1440), 'd', Math.floor((minutes % 1440) / 60), 'h');
}

function joinUnits(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major} ${majorUnit}` : `${major} ${majorUnit} ${minor} ${minorUnit}`;
}

/** `12345` → `12,345`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `(1, 'frame')` → `1 frame`, `(3, 'process', 'processes')` → `3 processes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const DURATION_MS: Readonly<Record<string, Milliseconds>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
};

/** Parses `250ms`, `1.5s`, `2m`, `2min`, `1h`; a bare number is milliseconds. `null` if it is none of these. */
export function parseDuration(text: string): Milliseconds | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * (DURATION_MS[match[2] ?? 'ms'] ?? 1);
}

const BYTES: Readonly<Record<string, Bytes>> = {
  b: 1,
  k: KIB,
  m: KIB ** 2,
  g: KIB ** 3,
  t: KIB ** 4,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** Parses `64MiB`, `64M` (the same), `64MB` (decimal), `1.5 GiB`; a bare number is bytes. `null` if it is none of these. */
export function parseBytes(text: string): Bytes | null {
  const match = /^(\d+(?:\.\d+)?)\s*(b|bytes?|[kmgt](?:i?b)?)?$/i.exec(text.trim());
  if (!match) return null;
  const unit = (match[2] ?? 'b')
    .toLowerCase()
    .replace(/^bytes?$/, 'b')
    .replace('ib', '');
  return Math.round(Number(match[1]) * (BYTES[unit] ?? 1));
}

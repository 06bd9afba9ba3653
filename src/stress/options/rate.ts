const PER: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3600,
};

/** `200/s`, `200`, `12000/min` → transactions per second. `null`: it is none of these, or 0. */
export function parseRate(text: string): number | null {
  const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(?:\/\s*([a-z]+))?$/i.exec(text.trim()) ?? [];
  const seconds = PER[unit.toLowerCase()];
  if (digits === undefined || seconds === undefined || Number(digits) === 0) return null;
  return Number(digits) / seconds;
}

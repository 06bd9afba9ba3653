/** Measured values as text: three digits say all that a run can know. */
import type { ThresholdResult } from '../../stress/result-shapes.js';
import { formatBytes, formatCount, formatDuration } from '../../units.js';

export type Unit = ThresholdResult['unit'];

/** `0.42` → `420 µs`, `1.254` → `1.25 ms`, `1090` → `1.09 s`. */
export function formatLatency(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 0.9995) return `${formatSmall(ms * 1000)} µs`;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  return ms < 59_950 ? `${threeDigits(ms / 1000)} s` : formatDuration(ms);
}

/** `1.00 ms` → `1 ms`: of a number that was chosen, not measured. */
export function formatBound(ms: number): string {
  return formatLatency(ms).replace(/\.0+ /, ' ');
}

/** Below a microsecond nothing was measured. */
function formatSmall(us: number): string {
  return us < 1 ? '<1' : String(Math.round(us));
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** `0.0028` → `0.28%`; a share that is not 0 never looks like it, nor one below 1 like 100%. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0%';
  if (percent < 0.005) return '<0.01%';
  if (percent < 100 && percent >= 99.95) return '>99.9%';
  return `${Number(percent.toFixed(percent < 10 ? 2 : 1))}%`;
}

/** `1450.1` → `1,450/s`, `0.25` → `0.25/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond >= 99.95 || perSecond === 0 ? formatCount(Math.round(perSecond)) : threeDigits(perSecond)}/s`;
}

/** A value of a metric; fairness is a ratio that nobody reads as a percentage. */
export function formatMetric(metric: string, unit: Unit, value: number): string {
  switch (unit) {
    case 'ratio':
      return metric === 'fairness' ? value.toFixed(3) : formatShare(value);
    case 'ms':
      return formatLatency(value);
    case 'per-second':
      return formatRate(value);
    case 'bytes':
      return formatBytes(value);
    case 'count':
      return formatCount(value);
  }
}

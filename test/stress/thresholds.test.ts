import { describe, expect, it } from 'vitest';
import { metricOf, metrics } from '../../src/stress/metrics.js';
import {
  DEFAULT_THRESHOLDS,
  evaluateThresholds,
  parseThreshold,
  type Threshold,
} from '../../src/stress/thresholds.js';
import { latencyOf, NO_LATENCY, runOf } from '../support/stress-runs.js';

function thresholdOf(text: string): Threshold {
  const parsed = parseThreshold(text);
  if (parsed.kind === 'misread') throw new Error(parsed.reason);
  return parsed;
}

describe('a threshold', () => {
  it.each([
    ['failure_rate<1%', '<', 0.01, 'ratio'],
    ['failure_rate <= 0', '<=', 0, 'ratio'],
    ['retry_rate<.02', '<', 0.02, 'ratio'],
    ['wait.p99<100ms', '<', 100, 'ms'],
    ['wait.p99.9<1.5s', '<', 1500, 'ms'],
    ['hold.max<=500µs', '<=', 0.5, 'ms'],
    ['hold.p50<250us', '<', 0.25, 'ms'],
    ['total.avg<2 min', '<', 120_000, 'ms'],
    ['throughput>500/s', '>', 500, 'per-second'],
    ['throughput >= 1e', '>=', null, 'per-second'],
    ['fairness>0.8', '>', 0.8, 'ratio'],
    ['fairness>=100%', '>=', 1, 'ratio'],
    ['wal_peak<64MiB', '<', 64 * 2 ** 20, 'bytes'],
    ['wal_peak<1.5 GiB', '<', 1.5 * 2 ** 30, 'bytes'],
    ['errors<=0', '<=', 0, 'count'],
    ['errors.instant<10', '<', 10, 'count'],
  ])('%s', (text, comparison, limit, unit) => {
    const parsed = parseThreshold(text);
    if (limit === null) expect(parsed.kind).toBe('misread');
    else expect(parsed).toMatchObject({ kind: 'threshold', text, comparison, limit, unit });
  });

  it.each([
    ['', /is a metric, a comparison and a limit/],
    ['<5', /is a metric, a comparison and a limit/],
    ['wait.p99', /is a metric, a comparison and a limit/],
    ['wait.p99==5ms', /"==" is none of <, <=, >, >=/],
    ['wait.p99<5MiB', /wait\.p99 takes a time, such as 100ms/],
    ['wait.p99<', /not ""/],
    ['wait.p99<-5ms', /takes a time/],
    ['failure_rate<100', /takes a share, such as 1% or 0\.01/],
    ['failure_rate<0%', /write failure_rate<=0/],
    ['fairness>100%', /No share is above 100%/],
    ['wal_peak<64 parsec', /takes a size/],
    ['errors<1.5', /takes a whole number/],
  ])('%j is refused', (text, reason) => {
    expect(parseThreshold(text)).toMatchObject({ kind: 'misread', reason: expect.stringMatching(reason) });
  });

  it('names what there is beside a metric that there is not', () => {
    expect(parseThreshold('wait.p95<5ms')).toMatchObject({
      misnamed: { given: 'wait.p95', candidates: expect.arrayContaining(['wait.p99', 'wait.p90']) },
    });
  });

  it('by default is what issue 5 says', () => {
    expect(DEFAULT_THRESHOLDS.map((text) => thresholdOf(text).limit)).toEqual([0.01, 100, 5000]);
  });
});

describe('over runs', () => {
  const slow = runOf({ wait: latencyOf([1, 2, 300]) });
  const quick = runOf({ wait: latencyOf([1, 2, 3]) });

  it.each([
    ['wait.max<100ms', [quick, quick], 'held', 3],
    ['wait.max<100ms', [quick, slow], 'broken', 300],
    ['wait.max<3ms', [quick], 'broken', 3],
    ['wait.max<=3ms', [quick], 'held', 3],
    ['throughput>1000/s', [quick, runOf({ throughputPerSecond: 900 })], 'broken', 900],
    ['read.p99<1s', [quick], 'unknown', null],
    ['wait.max<100ms', [quick, runOf({ wait: NO_LATENCY })], 'unknown', 3],
    ['wait.max<100ms', [slow, runOf({ wait: NO_LATENCY })], 'broken', 300],
    ['errors<=40', [quick], 'broken', 41],
    ['errors.instant<=40', [quick], 'held', 38],
    ['wait.max<100ms', [], 'unknown', null],
  ])('%s', (text, runs, state, measured) => {
    expect(evaluateThresholds([thresholdOf(text)], runs)).toMatchObject([
      { threshold: text, state, measured },
    ]);
  });

  it('every metric has a number for a run that did everything, and none for one that did nothing', () => {
    const full = runOf({
      reads: latencyOf([1]),
      checkpoints: { ...runOf().checkpoints, runs: 1, duration: latencyOf([2]) },
    });
    expect(metrics.filter(({ name }) => metricOf(full, name) === null)).toEqual([]);
    const counters = { ...runOf().counters, lockAttempts: 0, lockSuccesses: 0, lockFailures: 0 };
    const idle = runOf({ counters, wait: NO_LATENCY, fairness: { fewest: 0, most: 0, jain: 1 } });
    for (const name of ['failure_rate', 'retry_rate', 'wait.p99', 'fairness'])
      expect(metricOf(idle, name)).toBeNull();
  });
});

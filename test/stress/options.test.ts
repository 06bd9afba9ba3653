import { describe, expect, it } from 'vitest';
import { parseConnection } from '../../src/stress/options/connection.js';
import { parseRate } from '../../src/stress/options/rate.js';
import { parseRetry } from '../../src/stress/options/retry.js';

describe('--rate', () => {
  it.each([
    ['200/s', 200],
    ['200', 200],
    ['12000/min', 200],
    ['0.5 / s', 0.5],
    ['0', null],
    ['-1', null],
    ['10/fortnight', null],
    ['fast', null],
  ])('%s', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });
});

describe('--retry', () => {
  const backoff = { kind: 'backoff', baseMs: 50, capMs: 2000, jitterMs: 50, tries: 10 };
  it.each([
    ['none', { kind: 'none' }],
    ['immediate', { kind: 'immediate', tries: 10 }],
    ['immediate(tries=5)', { kind: 'immediate', tries: 5 }],
    ['backoff', backoff],
    ['backoff()', backoff],
    ['backoff(base=50ms,cap=2s,jitter=50ms,tries=10)', backoff],
    ['Backoff( base = 0.5s , jitter=0 )', { ...backoff, baseMs: 500, jitterMs: 0 }],
  ])('%s', (text, policy) => {
    expect(parseRetry(text)).toEqual(policy);
  });

  it.each([
    ['backof', 'backof', 'backoff'],
    ['backoff(bsae=1ms)', 'bsae', 'base'],
    ['immediate(trys=1)', 'trys', 'tries'],
  ])('%s is misnamed', (text, given, candidate) => {
    expect(parseRetry(text)).toMatchObject({
      misnamed: { given, candidates: expect.arrayContaining([candidate]) },
    });
  });

  it.each([
    ['none(tries=1)', /takes no settings/],
    ['backoff(tries=0)', /tries takes a whole number from 1, not "0"/],
    ['backoff(base=soon)', /base takes a time/],
    ['backoff(base)', /base takes a time/],
    ['backoff(base=3s)', /cap of the backoff is below its base/],
    ['immediate(base=1ms)', /immediate has no setting "base"/],
  ])('%s', (text, reason) => {
    expect(parseRetry(text)).toMatchObject({ kind: 'misread', reason: expect.stringMatching(reason) });
  });
});

describe('--connection', () => {
  it.each([
    ['persistent', { kind: 'persistent' }],
    ['per-operation', { kind: 'per-operation' }],
    ['pool:4', { kind: 'pool', size: 4 }],
  ])('%s', (text, mode) => {
    expect(parseConnection(text)).toEqual(mode);
  });

  it.each(['pool', 'pool:0', 'pool:65', 'persistent:2', 'per-request', ''])('%s', (text) => {
    expect(parseConnection(text).kind).toBe('misread');
  });
});

import { formatDuration } from '../../units.js';

/** Says how far it is, and how long it may take. */
export interface Clock {
  add(runs: number): void;
  /** `run 4 of 54, about 5 min left` */
  next(): string;
}

export function newClock(runs: number): Clock {
  const startMs = performance.now();
  let [begun, all] = [0, runs];
  return {
    add: (more) => {
      all += more;
    },
    next: () => {
      const passedMs = performance.now() - startMs;
      const left = begun === 0 ? '' : `, about ${aboutText((passedMs / begun) * (all - begun))} left`;
      begun += 1;
      return `run ${begun} of ${all}${left}`;
    },
  };
}

function aboutText(ms: number): string {
  return formatDuration(ms < 60_000 ? Math.ceil(ms / 1000) * 1000 : Math.ceil(ms / 60_000) * 60_000);
}

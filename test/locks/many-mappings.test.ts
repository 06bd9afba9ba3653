import { expect, it } from 'vitest';
import { parseMappedPrograms } from '../../src/locks/maps.js';

/** As many as one process may have (sysctl vm.max_map_count). */
const MOST_MAPPINGS = 65_530;

it('a process with as many mappings of one file as there can be takes no minute', () => {
  const lines = Array.from({ length: MOST_MAPPINGS }, (_, index) => {
    const [from, to] = [2 * index + 1, 2 * index + 2].map((page) => (page * 4096).toString(16));
    return `${from}-${to} r-xp ${from} fe:00 77 /lib/a.so\n`;
  });
  const before = process.cpuUsage();
  const [program] = parseMappedPrograms(lines.join(''));
  expect(program?.addresses).toHaveLength(MOST_MAPPINGS);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
});

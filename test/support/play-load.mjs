/** One run of the compiled engine on a scratch database: `node play-load.mjs '<load>' endless|<scenario>`; prints the result as JSON. */
import { tmpdir } from 'node:os';
import { openArena } from '../../dist/stress/arena.js';
import { arenaWorker } from '../../dist/stress/arena-worker.js';
import { writeLastWill } from '../../dist/stress/last-will.js';
import { runLoad } from '../../dist/stress/run.js';
import { scenarios } from '../../dist/stress/scenarios/index.js';

const [load, who] = process.argv.slice(2);
const { signal } = new AbortController();
const will = writeLastWill();
const worker = arenaWorker(will);
const arena = await openArena({
  kind: 'scratch',
  source: null,
  places: [tmpdir()],
  platform: process.platform,
  worker,
  signal,
});

const scenario = scenarios.find(({ id }) => id === who);

/** Who does what as the scenario has it, or readers that begin a read and never end it. */
function recast(plan) {
  if (scenario !== undefined) return scenario.asFound.cast?.(plan) ?? plan;
  const change = (actor) =>
    who === 'endless' && actor.program.kind === 'reads'
      ? { ...actor, program: { ...actor.program, forMs: null } }
      : actor;
  return { ...plan, actors: plan.actors.map(change) };
}

try {
  const run = {
    arena,
    load: JSON.parse(load),
    scripts: [],
    ground: null,
    recast,
    temporaryFolders: [tmpdir()],
  };
  const result = await runLoad(run, { signal, will, onProgress: () => undefined });
  process.stdout.write(JSON.stringify(result));
} finally {
  await arena.remove();
  await worker.end();
  will.end();
}

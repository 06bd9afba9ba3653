/** One run of the compiled engine on a scratch database: `node play-load.mjs '<load>' <endless>`; prints the result as JSON. */
import { tmpdir } from 'node:os';
import { openArena } from '../../dist/stress/arena.js';
import { arenaWorker } from '../../dist/stress/arena-worker.js';
import { castOf } from '../../dist/stress/cast.js';
import { writeLastWill } from '../../dist/stress/last-will.js';
import { runLoad } from '../../dist/stress/run.js';

const [load, endless] = process.argv.slice(2);
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

/** As a scenario would: readers that begin a read and never end it. */
function cast(spec, stage) {
  const plan = castOf(spec, stage);
  const change = (actor) =>
    endless === 'endless' && actor.program.kind === 'reads'
      ? { ...actor, program: { ...actor.program, forMs: null } }
      : actor;
  return { ...plan, actors: plan.actors.map(change) };
}

try {
  const run = {
    arena,
    load: JSON.parse(load),
    scripts: [],
    cast,
    temporaryFolder: tmpdir(),
    pid: process.pid,
  };
  const result = await runLoad(run, { signal, will, onProgress: () => undefined });
  process.stdout.write(JSON.stringify(result));
} finally {
  await arena.remove();
  await worker.end();
  will.end();
}

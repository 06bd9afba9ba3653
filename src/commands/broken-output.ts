import { errorCode } from '../targets/unreachable.js';
import { reasonOf } from './output-place.js';

/** The part of `process` that matters here. */
type OwnProcess = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'exitCode' | 'once'>;

/** Standard error, which may break: nobody is left to be told. */
export function unbreakableStderr({ stderr }: Pick<OwnProcess, 'stderr'>): NodeJS.WriteStream {
  return stderr.listenerCount('error') > 0 ? stderr : stderr.on('error', () => undefined);
}

/**
 * What happens when standard output cannot be written; Node.js would print a stack and exit with 1, which means a
 * finding. A reader that goes away, such as `| head`, has what it wanted: the exit code stays that of the report.
 * After anything else, such as a full disk, nobody has the report: 2.
 */
export function surviveBrokenOutput(own: OwnProcess): void {
  let told = false;
  own.stdout.on('error', (error) => {
    const code = errorCode(error);
    if (code === 'EPIPE' || told) return;
    told = true;
    unbreakableStderr(own).write(`dblock: standard output cannot be written: ${reasonOf(code ?? 'EIO')}.\n`);
    own.once('exit', () => {
      own.exitCode = 2;
    });
  });
}

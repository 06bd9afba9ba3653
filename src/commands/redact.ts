import type { Evidence } from '../doctor/shapes.js';
import { type Known, known, unknown } from '../known.js';
import type { AttachedProcess } from '../locks/shapes.js';

const LEFT_OUT = 'left out when the evidence was saved; --include-processes keeps it';

/**
 * Evidence without command lines and user names, which may carry secrets. What checks conclude from them stays: which
 * program it is, and whether two processes run the same command line.
 */
export function withoutPeople(evidence: Evidence): Evidence {
  const commandLines = new Map<string, number>();
  const processes = evidence.processes.map((process) => ({
    ...process,
    user: process.user.known ? unknown(LEFT_OUT) : process.user,
    command: redactCommand(process, commandLines),
  }));
  return { ...evidence, processes };
}

/** `python3 (arguments left out, 2)`: the number tells command lines apart. */
function redactCommand(
  { command, executable }: AttachedProcess,
  commandLines: Map<string, number>,
): Known<string[]> {
  if (!command.known) return command;
  const line = command.value.join('\0');
  const number = commandLines.get(line) ?? commandLines.size + 1;
  commandLines.set(line, number);
  // Not the first argument: a program may have put anything there (setproctitle).
  const program = executable.known
    ? executable.value.slice(executable.value.lastIndexOf('/') + 1)
    : 'a program';
  return known([program, `(arguments left out, ${number})`]);
}

import type { Terminal } from './terminal.js';

/** A line that moves while something is under way, and is gone when it has ended. */
export interface Spinner {
  say(text: string): void;
  stop(): void;
}

/** On a terminal only; elsewhere nothing is drawn. The stream is where notes go. */
export async function startSpinner(
  stream: NodeJS.WriteStream,
  { interactive, colour, unicode }: Terminal,
): Promise<Spinner> {
  // ora divides by the width, and would clear lines for ever on a terminal that says 0
  if (!interactive || !(stream.columns > 0)) return { say: () => undefined, stop: () => undefined };
  const { default: ora } = await import('ora');
  const spinner = ora({
    stream,
    // Ctrl-C must reach us, and what is typed the next command
    discardStdin: false,
    spinner: unicode ? 'dots' : 'line',
    color: colour ? 'cyan' : false,
  });
  spinner.start();
  return {
    say: (text) => {
      spinner.text = text;
    },
    stop: () => {
      spinner.stop();
    },
  };
}

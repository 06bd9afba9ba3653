import { describe, expect, it } from 'vitest';
import { nameProcess } from '../../src/doctor/questions.js';
import { known, unknown } from '../../src/known.js';
import { attachedProcess, evidence, rollbackSample } from '../support/evidence.js';

function named(command: string[], executable: string): string {
  const process = attachedProcess(42, { command: known(command), executable: known(executable) });
  return nameProcess(evidence(rollbackSample(), undefined, { processes: [process] }), 42);
}

describe('a process is named', () => {
  it.each([
    ['its program without the folder', ['/usr/bin/python3', 'a/worker.py'], 'python3 a/worker.py'],
    // what Chromium 156 and Puma 5.6 show in /proc/PID/cmdline: a title in one argument
    ['Chromium’s title', ['/usr/lib/chromium --type=gpu --data=/tmp/x'], 'chromium --type=gpu --data=/tmp/x'],
    ['Puma’s title', ['puma 5.6.5 (tcp://0.0.0.0:3000) [app]'], 'puma 5.6.5 (tcp://0.0.0.0:3000) [app]'],
  ])('by %s', (_, command, name) => {
    expect(named(command, '/usr/bin/program')).toBe(`${name} (pid 42)`);
  });

  it('by a program whose path has a space', () => {
    expect(named(['/opt/My App/server', '--port=1'], '/opt/My App/server')).toBe('server --port=1 (pid 42)');
  });

  it('by its pid where the command line cannot be read', () => {
    const process = attachedProcess(42, { command: unknown('the process ended meanwhile') });
    expect(nameProcess(evidence(rollbackSample(), undefined, { processes: [process] }), 42)).toBe('pid 42');
  });
});

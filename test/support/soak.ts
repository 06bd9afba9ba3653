/** How often to repeat what needs many repetitions to prove something: few times, and `DBLOCK_SOAK=1` all, as CI does. */
export function soaked(few: number, all: number): number {
  return process.env['DBLOCK_SOAK'] === '1' ? all : few;
}

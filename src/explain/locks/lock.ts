import type { Advice } from '../page.js';

/** What `explain` knows about one of SQLite's locks. */
export interface LockText extends Advice {
  /** As `dblock locks` prints it; what users type. */
  readonly id: string;
  /** Other names, such as those of the source. */
  readonly names: readonly string[];
  readonly title: string;
  /** Which bytes of which file, and which of the two kernel modes. */
  readonly bytes: string;
  readonly heldBy: string;
  readonly blocks: string;
  /** How the lines are to be read. */
  readonly reading: string;
  /** As the kernel prints it. The pid, the device and the inode are made up. */
  readonly procLocks: readonly string[];
}

import type { FileState } from '../sqlite/shapes.js';

/** Someone whom the mode of a database lets write it. Groups of a user are in no file, so a group stands for itself. */
export type Accessor = 'owner' | 'group' | 'others';

/** `unknown`: it depends on who is in which group. */
export type Access = 'granted' | 'denied' | 'unknown';

type Owned = Pick<FileState, 'uid' | 'gid' | 'mode'>;

/** Permission bits of one class, as in chmod. */
export const READ_WRITE = 0o6;
export const CREATE_IN_FOLDER = 0o3;

const SHIFTS = { owner: 6, group: 3, others: 0 } as const satisfies Record<Accessor, number>;

/** Who may write a file by its mode; its owner even if that is root. */
export function writersOf({ mode }: Owned): Accessor[] {
  const accessors = ['owner', 'group', 'others'] as const;
  return accessors.filter((accessor) => allows(mode, accessor, READ_WRITE));
}

/**
 * Whether those who may write `database` in one role have all `bits` on another file (path_resolution(7)).
 * The owner is taken to be in the group of the own file.
 */
export function accessOf(accessor: Accessor, database: Owned, file: Owned, bits: number): Access {
  if (accessor === 'owner' && (database.uid === 0 || file.uid === database.uid)) {
    return database.uid === 0 || allows(file.mode, 'owner', bits) ? 'granted' : 'denied';
  }
  if (allows(file.mode, 'others', bits)) return 'granted';
  if (accessor === 'others') return 'denied';
  const group = allows(file.mode, 'group', bits);
  if (file.gid === database.gid) return group ? 'granted' : 'denied';
  // a strange group may contain them, and a strange owner may be the only one of theirs
  const stranger = accessor === 'group' && file.uid !== database.uid && file.uid !== 0;
  return group || stranger ? 'unknown' : 'denied';
}

function allows(mode: number, accessor: Accessor, bits: number): boolean {
  return ((mode >> SHIFTS[accessor]) & bits) === bits;
}

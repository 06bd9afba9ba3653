import type { FileState } from '../../sqlite/shapes.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { type Accessor, accessOf, CREATE_IN_FOLDER, READ_WRITE, writersOf } from '../file-access.js';
import { lastSample } from '../questions.js';
import { shellQuote } from '../quote.js';
import { offered, type PermissionChange, type Repair } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';

interface Obstacle {
  readonly path: string;
  readonly role: 'wal' | 'shm' | 'journal' | 'folder';
  readonly device: string;
  readonly inode: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Which of those who may write the database cannot use this file. */
  readonly deniedTo: Accessor;
}

interface Facts {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly obstacles: readonly Obstacle[];
}

export const sidecarPermissions = defineCheck<Facts>({
  id: 'sidecar-permissions',
  title: 'A user who may write the database cannot write the files beside it',
  severity: 'warning',
  group: 'files',
  why: 'To change a database SQLite also writes its -wal, -shm or -journal file and creates them in the folder. If one of these belongs to someone else, often root after a restore or a command run with sudo, the application gets "attempt to write a readonly database" or "unable to open database file", although the database itself is writable.',
  sources: [
    'https://www.sqlite.org/rescode.html#readonly_directory',
    'https://www.sqlite.org/rescode.html#cantopen',
    'os_unix.c: findCreateFileMode',
    'https://man7.org/linux/man-pages/man7/path_resolution.7.html',
  ],
  guide: {
    meaning:
      'Somebody who may write the database, by its owner, group and mode, may not write -wal, -shm or -journal, or its owner may not create files in the folder.',
    certainty:
      'Read from owners and modes. Access-control lists, capabilities, read-only mounts and who is in which group are not looked at: where the group decides, the check is skipped.',
    now: {
      text: 'As root, give the files the owner and mode of the database. Do not delete them: they may hold committed changes.',
      commands: [
        'ls -ln app.db*; ls -lnd .',
        'chown --reference=app.db app.db-wal app.db-shm',
        'chmod --reference=app.db app.db-wal app.db-shm',
      ],
    },
    later:
      'Run maintenance as the user of the application (sudo -u). Keep the database in a folder of its own.',
  },
  inspect({ evidence }) {
    if (evidence.platform === 'win32') return inapplicable('Windows has no owners and modes as on Unix');
    const { database } = lastSample(evidence);
    if (writersOf(database).length === 0)
      return inapplicable('the mode of the database lets nobody write it');
    const { obstacles, unknowns } = examineAccess(evidence);
    const [doubt] = unknowns;
    if (obstacles.length === 0 && doubt !== undefined) return skipped(doubt);
    const { uid, gid, mode } = database;
    return facts({ path: evidence.path, uid, gid, mode, obstacles });
  },
  verdict({ obstacles }) {
    return obstacles.length > 0 ? 'warning' : 'clear';
  },
  summary({ path, uid, gid, mode, obstacles }) {
    const own = `${path} belongs to uid ${uid}, gid ${gid} with mode ${octal(mode)}`;
    return `${own}. ${obstacles.map((obstacle) => describeObstacle(obstacle, uid, gid)).join(' ')}`;
  },
  remedy({ uid, gid, mode, obstacles }) {
    const folder = obstacles.some(({ role }) => role === 'folder');
    const caution = folder
      ? ' Change a folder only if it is there for this database; otherwise move the database into one of its own.'
      : '';
    return {
      text: `As root, give the files the owner and the mode of the database. Do not delete them: they may hold committed changes.${caution} And run maintenance as the user of the application (sudo -u), so that it does not come back.`,
      commands: [...new Set(obstacles.flatMap((obstacle) => cures(obstacle, { uid, gid, mode })))],
    };
  },

  repair: {
    ids: ['sidecar-permissions'],
    safety: 'either',
    summary:
      'Gives -wal, -shm and -journal the owner and the mode of the database, as far as the user who runs it may. The folder only by id.',
    plan(found, { evidence }) {
      return offered(evidence, [giveAccess(found)]);
    },
  },
});

interface Examined {
  readonly obstacles: Obstacle[];
  /** Why no conclusion is possible. */
  readonly unknowns: string[];
}

function examineAccess(evidence: Evidence): Examined {
  const { database, wal, walIndex, journal } = lastSample(evidence);
  const examined: Examined = { obstacles: [], unknowns: [] };
  const sidecars = [
    ['wal', wal?.file],
    ['shm', walIndex?.file],
    ['journal', journal?.file],
  ] as const;
  for (const [role, file] of sidecars) {
    for (const accessor of file ? writersOf(database) : []) {
      if (file) judge(examined, accessor, database, { role, file, bits: READ_WRITE });
    }
  }
  // in the folder only the owner: a group of its own, common on Linux, often has write permission and no other member
  if (writersOf(database).includes('owner')) {
    judge(examined, 'owner', database, { role: 'folder', file: evidence.folder, bits: CREATE_IN_FOLDER });
  }
  return examined;
}

interface Needed {
  readonly role: Obstacle['role'];
  readonly file: FileState;
  readonly bits: number;
}

function judge(
  { obstacles, unknowns }: Examined,
  accessor: Accessor,
  database: FileState,
  needed: Needed,
): void {
  const { role, file } = needed;
  const access = accessOf(accessor, database, file, needed.bits);
  const { path, device, inode, uid, gid, mode } = file;
  const already = obstacles.some((obstacle) => obstacle.path === path);
  if (access === 'denied' && !already)
    obstacles.push({ path, role, device, inode, uid, gid, mode, deniedTo: accessor });
  if (access === 'unknown') {
    unknowns.push(
      `whether those who may write ${database.path} may use ${path} depends on who is in group ${gid}`,
    );
  }
}

function describeObstacle(
  { path, role, uid, gid, mode, deniedTo }: Obstacle,
  ownUid: number,
  ownGid: number,
): string {
  const who = { owner: `uid ${ownUid}`, group: `group ${ownGid}`, others: 'other users' }[deniedTo];
  const belongs = `${path} belongs to uid ${uid}, gid ${gid} with mode ${octal(mode)}`;
  return role === 'folder'
    ? `${belongs}: ${who} cannot create files there.`
    : `${belongs}: ${who} cannot write it.`;
}

function cures(obstacle: Obstacle, database: Pick<FileState, 'uid' | 'gid' | 'mode'>): string[] {
  const path = shellQuote(obstacle.path);
  if (obstacle.role === 'folder') return [cureFolder(obstacle, database, path)];
  const commands: string[] = [];
  if (obstacle.uid !== database.uid || obstacle.gid !== database.gid) {
    commands.push(`chown ${database.uid}:${database.gid} ${path}`);
  }
  const wanted = permissionBits(database.mode);
  if (permissionBits(obstacle.mode) !== wanted) commands.push(`chmod ${octal(wanted)} ${path}`);
  return commands;
}

function folderCure({ uid, gid, mode }: Obstacle, database: Pick<FileState, 'uid' | 'gid'>): Ownership {
  const bits = permissionBits(mode);
  if (uid === database.uid) return { uid, gid, mode: bits | 0o300 };
  return gid === database.gid ? { uid, gid, mode: bits | 0o030 } : { uid: database.uid, gid, mode: bits };
}

/** The least that helps: others may rely on the folder's owner. */
function cureFolder({ uid, gid }: Obstacle, database: Pick<FileState, 'uid' | 'gid'>, path: string): string {
  if (uid === database.uid) return `chmod u+wx ${path}`;
  return gid === database.gid ? `chmod g+wx ${path}` : `chown ${database.uid} ${path}`;
}

function permissionBits(mode: number): number {
  return mode & 0o777;
}

function octal(mode: number): string {
  return permissionBits(mode).toString(8).padStart(4, '0');
}

function giveAccess({ obstacles, ...database }: Facts): Repair {
  const folder = obstacles.find(({ role }) => role === 'folder');
  return {
    id: 'sidecar-permissions',
    what: 'Give the files the owner and the mode of the database.',
    steps: [...new Set(obstacles.flatMap((obstacle) => cures(obstacle, database)))],
    locks: 'Nobody waits: no file is opened through SQLite.',
    undo: obstacles.map(restore).join('; '),
    byIdOnly: folder ? `${folder.path} is a folder: others may rely on its owner and mode` : null,
    notes: ['Connections that are open keep what they have; those that failed have to try again.'],
    action: { kind: 'permissions', changes: obstacles.map((obstacle) => changeOf(obstacle, database)) },
  };
}

function restore({ path, uid, gid, mode }: Obstacle): string {
  return `chown ${uid}:${gid} ${shellQuote(path)} && chmod ${octal(mode)} ${shellQuote(path)}`;
}

type Ownership = Pick<FileState, 'uid' | 'gid' | 'mode'>;

function changeOf(obstacle: Obstacle, { uid, gid, mode }: Ownership): PermissionChange {
  const { path, role, device, inode } = obstacle;
  const from = { uid: obstacle.uid, gid: obstacle.gid, mode: permissionBits(obstacle.mode) };
  const to =
    role === 'folder' ? folderCure(obstacle, { uid, gid }) : { uid, gid, mode: permissionBits(mode) };
  return { path, role: role === 'folder' ? 'folder' : 'file', device, inode, from, to };
}

import { defineCheck, facts, type Severity, skipped } from '../check.js';
import { overlayLayerOf } from '../overlays.js';
import { shellQuote } from '../quote.js';

interface Facts {
  readonly path: string;
  /** `merged`: on the overlay itself; `upper`, `lower`: in a layer of one; `none`: no overlay is involved. */
  readonly place: 'upper' | 'lower' | 'merged' | 'none';
  /** Of the overlay. */
  readonly mountPoint: string | null;
  readonly layerFolder: string | null;
}

const OVERLAY_TYPES: readonly string[] = ['overlay', 'overlayfs', 'fuse.fuse-overlayfs', 'aufs'];

const SEVERITIES = {
  upper: 'warning',
  lower: 'warning',
  merged: 'info',
  none: 'clear',
} as const satisfies Record<Facts['place'], Severity | 'clear'>;

export const overlayLockDomains = defineCheck<Facts>({
  id: 'overlay-lock-domains',
  title: 'An overlay gives the database a second path with locks of its own',
  severity: 'warning',
  group: 'files',
  why: 'Containers see their files through an overlay: a merged folder on top of an upper and several lower ones. The kernel keeps the locks of the merged path and those of the folder below apart, so a process on each can write at the same moment and corrupt the database. And what is written to the overlay is deleted with the container.',
  sources: [
    'https://docs.kernel.org/filesystems/overlayfs.html',
    'https://www.sqlite.org/howtocorrupt.html',
    'os_unix.c: unixLock',
  ],
  guide: {
    meaning:
      'The database lies in the upper or a lower layer of a mounted overlay, so that it has a second path with locks of its own (a warning), or on an overlay itself, which is the disk of a container (good to know).',
    certainty:
      'Certain about the mounts that this process can see; those of other mount namespaces are not seen. That two writers were admitted at once was seen in an experiment. Whether anybody uses the other path is not known.',
    now: {
      text: 'Do not open the path of the layer while the overlay is mounted: go through the overlay, for a container by running the command inside it.',
      commands: ['findmnt -T app.db'],
    },
    later: 'Keep the database in a volume that all processes mount at the same place, with its whole folder.',
  },
  inspect({ evidence }) {
    const { path, fileSystem } = evidence;
    const layer = overlayLayerOf(evidence);
    if (layer)
      return facts({ path, place: layer.layer, mountPoint: layer.mountPoint, layerFolder: layer.folder });
    if (!fileSystem.known) return skipped(`the file system is not known: ${fileSystem.reason}`);
    const merged = OVERLAY_TYPES.includes(fileSystem.value.type);
    const mountPoint = merged ? fileSystem.value.mountPoint : null;
    return facts({ path, place: merged ? 'merged' : 'none', mountPoint, layerFolder: null });
  },
  verdict({ place }) {
    return SEVERITIES[place];
  },
  summary({ path, place, mountPoint, layerFolder }) {
    if (place === 'merged') {
      return `${path} is on the overlay mounted on ${mountPoint}: only processes that go through this mount share its locks, and the database is deleted with the container.`;
    }
    const layer = `${path} is in ${layerFolder}, ${place === 'upper' ? 'the upper' : 'a lower'} layer of the overlay mounted on ${mountPoint}`;
    if (place === 'upper')
      return `${layer}: processes there and processes here do not see each other's locks.`;
    return `${layer}: processes there read this file until they write, and then have a copy of their own.`;
  },
  remedy({ path, place, mountPoint }) {
    if (place === 'merged') {
      return {
        text: 'Keep the database in a volume (a bind mount or a named one) that every process mounts, with its whole folder: -wal and -shm lie beside it.',
        commands: [`findmnt -T ${shellQuote(path)}`],
      };
    }
    return {
      text: `Do not open this path while the overlay on ${mountPoint} is mounted: go through the overlay (for a container, run the command inside it), or move the database to a volume that both sides mount.`,
      commands: [`findmnt ${shellQuote(mountPoint ?? path)}`],
    };
  },
});

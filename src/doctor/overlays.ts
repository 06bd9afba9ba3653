import type { Evidence } from './shapes.js';

/** The layer of a mounted overlay that a database lies in, below the mount. */
export interface OverlayLayer {
  readonly layer: 'upper' | 'lower';
  readonly folder: string;
  readonly mountPoint: string;
}

/**
 * The overlay through which the database is reachable by a second path, if it lies in one of its layers. The
 * kernel keeps the locks of both paths apart: writers on both were admitted at once (sqlite-locking.md §1.4).
 */
export function overlayLayerOf({ path, overlays, fileSystem }: Evidence): OverlayLayer | null {
  // systemd-sysext and others mount an overlay over its own lower directory: then this is the merged path
  const own = fileSystem.known ? fileSystem.value.mountPoint : null;
  for (const { mountPoint, upper, lower } of overlays) {
    if (mountPoint === own) continue;
    if (isInside(path, upper)) return { layer: 'upper', folder: upper, mountPoint };
    const folder = lower.find((candidate) => isInside(path, candidate));
    if (folder !== undefined) return { layer: 'lower', folder, mountPoint };
  }
  return null;
}

/** A read-only overlay has no upper directory: an empty string. */
function isInside(path: string, folder: string): boolean {
  if (folder === '') return false;
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

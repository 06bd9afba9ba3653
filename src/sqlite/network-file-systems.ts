/**
 * File systems whose files other machines may write, or whose locks do not reach them: SQLite's WAL needs
 * shared memory, and its locks need an honest fcntl (sqlite.org/howtocorrupt.html, "File locking problems").
 * `fuseblk` is left out: that is a local disk (NTFS, exFAT) behind FUSE. So is `fuse.fuse-overlayfs`: the root of
 * a rootless container.
 */
const NETWORK_TYPES: ReadonlySet<string> = new Set([
  '9p',
  'afpfs',
  'afs',
  'beegfs',
  'ceph',
  'cifs',
  'drvfs',
  'fuse',
  'glusterfs',
  'gpfs',
  'lustre',
  'ncpfs',
  'nfs',
  'nfs4',
  'ocfs2',
  'prl_fs',
  'smb3',
  'smbfs',
  'vboxsf',
  'virtiofs',
  'vmhgfs',
  'webdav',
]);

/** @param type as in /proc/self/mountinfo; `fuse.sshfs` and its like count as network. */
export function isNetworkFileSystem(type: string): boolean {
  return NETWORK_TYPES.has(type) || (type.startsWith('fuse.') && type !== 'fuse.fuse-overlayfs');
}

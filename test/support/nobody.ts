/** Running as a user without rights: permissions are not enforced for root. */

/** `nobody` on Debian, Alpine and macOS alike is not 0, and owns nothing that a test makes. */
const NOBODY = 65534;

const isRoot = process.geteuid?.() === 0;

/** The reason where it cannot be done, else `false`: for `skipIf`. A test that is not run by root needs no change. */
export const whyNotAsNobody: string | false =
  process.platform === 'win32' ? 'permissions of files are not those of POSIX here' : false;

/** Calls with the rights of nobody if this process is root, else with its own. */
export async function asNobody<T>(call: () => Promise<T>): Promise<T> {
  if (!isRoot) return call();
  process.seteuid?.(NOBODY);
  try {
    return await call();
  } finally {
    process.seteuid?.(0);
  }
}

/**
 * A fact that may not be had. Unknown always carries its reason, so that it can neither be
 * mistaken for "nothing there" nor be shown without saying why.
 */
export type Known<T> = { known: true; value: T } | { known: false; reason: string };

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export function unknown(reason: string): { known: false; reason: string } {
  return { known: false, reason };
}

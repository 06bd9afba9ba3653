/** A name that there is not, and those that there are. */
export interface Misnamed {
  readonly given: string;
  readonly candidates: readonly string[];
}

/** An option's value that cannot be understood. The command names the option, and the nearest name. */
export interface Misread {
  readonly kind: 'misread';
  /** A sentence or two; may quote what was given. */
  readonly reason: string;
  readonly misnamed: Misnamed | null;
}

export function misread(reason: string, misnamed: Misnamed | null = null): Misread {
  return { kind: 'misread', reason, misnamed };
}

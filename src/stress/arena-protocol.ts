/** What the coordinator and the process that works on the arena say to each other: one order, one answer. */
import type { Bytes } from '../units.js';
import type { GroundRequest } from './ground/request.js';
import type { Ground } from './ground-shapes.js';
import type { Misnamed } from './misread.js';
import type { Facts } from './plan.js';
import type { Invariant } from './run-shapes.js';
import type { CheckedScript } from './script/check.js';
import type { Script } from './script/script.js';
import type { Entry } from './workloads/workload.js';

export type ArenaOrder =
  | { readonly order: 'copy'; readonly source: string; readonly folder: string; readonly platform: string }
  | {
      readonly order: 'prepare';
      readonly path: string;
      /** The database is the user's. */
      readonly inPlace: boolean;
      /** `null`: as it is. */
      readonly journalMode: string | null;
      /** `null`: scripts need no tables of ours. */
      readonly workload: string | null;
      /** `null`: there is nothing to choose. */
      readonly ground: GroundRequest | null;
      readonly scripts: readonly Script[];
    }
  | {
      readonly order: 'verify';
      readonly path: string;
      readonly inPlace: boolean;
      readonly workload: string | null;
      readonly facts: Facts;
      readonly entries: readonly Entry[];
    }
  | { readonly order: 'drop'; readonly path: string };

export type ArenaAnswer =
  | { readonly answer: 'copied'; readonly path: string; readonly bytes: Bytes; readonly reflinked: boolean }
  | Prepared
  | { readonly answer: 'verified'; readonly truth: readonly Invariant[] }
  | { readonly answer: 'dropped' }
  /** About the database: the end of a sentence. About a script: with its file and line. */
  | {
      readonly answer: 'problem';
      readonly about: 'database' | 'script';
      readonly reason: string;
      readonly misnamed: Misnamed | null;
    };

export interface Prepared {
  readonly answer: 'prepared';
  readonly facts: Facts;
  /** `null`: nothing was asked for. */
  readonly ground: Ground | null;
  readonly scripts: readonly CheckedScript[];
  readonly journalMode: string;
  readonly pageBytes: Bytes;
  readonly databaseBytes: Bytes;
  /** What readers read: quickly, and rows that writers write. */
  readonly readSql: string;
}

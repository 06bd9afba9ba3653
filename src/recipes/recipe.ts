/** A RECIPE: one stack's connection code, and what has to be known beside it. Plain data; the code is a file in code/. */

export type Language = 'python' | 'typescript' | 'ruby' | 'php' | 'go' | 'rust';

/** Where the names of the packages that a project uses are found. */
export type Ecosystem = 'npm' | 'pypi' | 'rubygems' | 'packagist' | 'go' | 'crates';

/** How it is known that the code does what it says. */
export type Proof =
  /** test/recipes/<id>.test.ts runs it wherever its software is there; CI has it. `versions`: CI's. */
  | { readonly kind: 'tested'; readonly versions: string; readonly note: string }
  /** The same test passed once, by hand, with software that CI does not have. */
  | { readonly kind: 'by-hand'; readonly versions: string; readonly note: string }
  | { readonly kind: 'not-run'; readonly note: string };

/** Workers that share a table of jobs, on the connections of the recipe. */
export interface JobsPart {
  /** In code/. */
  readonly file: string;
  readonly saveAs: string;
  readonly below: string;
  readonly proof: Proof;
}

export interface Recipe {
  /** What a user types, the name of its file here, and of its code and its test. */
  readonly id: string;
  readonly title: string;
  /** Other names that lead here, and to others if they share one. */
  readonly names: readonly string[];
  readonly language: Language;
  /** In code/. */
  readonly file: string;
  /** A good name for it in a project. */
  readonly saveAs: string;
  /** The first version of the stack for which the code is the ordinary way, or with which it works. */
  readonly holdsFrom: string;
  /** What to do with an older version. */
  readonly below: string;
  /** Steps to put it to use. */
  readonly steps: readonly string[];
  /** What the same load meets with the stack's defaults. */
  readonly naive: string;
  /** Packages that give the stack away, all of one set; `null`: it is in the standard library. */
  readonly detect: { readonly ecosystem: Ecosystem; readonly packages: readonly string[] } | null;
  readonly proof: Proof;
  /** Addresses of public pages, or places in the stack's source. */
  readonly sources: readonly string[];
  /** What `--part jobs` prints. */
  readonly jobs: JobsPart;
}

/** What an actor has open, as seen from the test. */

/** Who carries out a command and answers it: the actor. */
export interface Commanded {
  send(command: string, parameters: object): Promise<unknown>;
}

/** A SQLite connection inside an actor. */
export class Connection {
  constructor(
    readonly actor: Commanded,
    readonly name: string,
  ) {}

  /** Runs statements, one each, and forgets their rows. Transactions are begun and ended with this. */
  async exec(...sql: string[]): Promise<void> {
    await this.actor.send('exec', { connection: this.name, sql });
  }

  /** Runs a statement many times; outside a transaction, each time is a commit. */
  async repeat(times: number, sql: string): Promise<void> {
    await this.actor.send('exec', { connection: this.name, sql: [sql], times });
  }

  async query(sql: string): Promise<unknown[][]> {
    return (await this.actor.send('query', { connection: this.name, sql })) as unknown[][];
  }

  /** Reads the first row and leaves the others unread: the read transaction stays open. */
  async iterate(sql: string): Promise<Cursor> {
    const cursor = `${this.name}, cursor ${sql}`;
    await this.actor.send('iterate', { connection: this.name, cursor, sql });
    return new Cursor(this.actor, cursor);
  }

  async close(): Promise<void> {
    await this.actor.send('close', { connection: this.name });
  }
}

export class Cursor {
  constructor(
    readonly actor: Commanded,
    readonly name: string,
  ) {}

  async close(): Promise<void> {
    await this.actor.send('end-iterate', { cursor: this.name });
  }
}

export class RawFile {
  constructor(
    readonly actor: Commanded,
    readonly name: string,
  ) {}

  /** @returns how many bytes were read, from the start of the file. */
  async read(bytes: number): Promise<number> {
    return (await this.actor.send('raw-read', { file: this.name, bytes })) as number;
  }

  async close(): Promise<void> {
    await this.actor.send('raw-close', { file: this.name });
  }
}

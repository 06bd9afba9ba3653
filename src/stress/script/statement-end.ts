/**
 * Where a statement ends: at a semicolon, but not at one inside of a trigger, which goes on to `; END ;`
 * (sqlite3_complete(), sqlite.org/c3ref/complete.html).
 */
export interface StatementEnd {
  /** Takes the next token that is neither blank nor comment; `true` if the statement ends with it. */
  take(kind: 'word' | 'semicolon' | 'other', text: string): boolean;
}

type State = 'start' | 'explain' | 'create' | 'ordinary' | 'trigger' | 'semicolon' | 'end';

export function statementEnd(): StatementEnd {
  let state: State = 'start';
  return {
    take(kind, text) {
      if (kind === 'semicolon') {
        if (state !== 'trigger' && state !== 'semicolon' && state !== 'end') return true;
        if (state === 'end') return true;
        state = 'semicolon';
        return false;
      }
      state = next(state, kind === 'word' ? text.toUpperCase() : '');
      return false;
    },
  };
}

const EXPLAINED = ['QUERY', 'PLAN'];

function next(state: State, word: string): State {
  switch (state) {
    case 'start':
    case 'explain':
      if (word === 'EXPLAIN' || (state === 'explain' && EXPLAINED.includes(word))) return 'explain';
      return word === 'CREATE' ? 'create' : 'ordinary';
    case 'create':
      if (word === 'TEMP' || word === 'TEMPORARY') return 'create';
      return word === 'TRIGGER' ? 'trigger' : 'ordinary';
    case 'ordinary':
      return 'ordinary';
    case 'semicolon':
      return word === 'END' ? 'end' : 'trigger';
    case 'trigger':
    case 'end':
      return 'trigger';
  }
}

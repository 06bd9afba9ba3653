export const MOST_LINES: number;
export const MOST_COLUMNS: number;
export function beyondScreen(text: string): string[];

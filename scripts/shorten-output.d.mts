export const MARK: string;
export function shorten(text: string, how?: { isBrief?: boolean; errors?: number }): string;
export function shortenRequeue(text: string): string;

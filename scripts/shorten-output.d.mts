export const MARK: string;
export function shorten(text: string, isBrief?: boolean): string;
export function shortenRequeue(text: string): string;

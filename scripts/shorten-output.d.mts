export function shorten(text: string): string;
export function shortenRequeue(text: string): string;

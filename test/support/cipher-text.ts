import { createCipheriv } from 'node:crypto';

/** What a database looks like that is encrypted, and each time the same: of bytes by chance some look like a gzip file. */
export function cipherText(length: number, nth = 0): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeUInt32BE(nth);
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), counter).update(Buffer.alloc(length));
}

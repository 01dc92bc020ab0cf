import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const KEY = /^fl_([0-9a-f]{12})_[0-9a-f]{64}$/;

/**
 * A key, `fl_<id>_<secret>`, hexadecimal: 48 bits of id, by which it is found and which is no secret, 256 bits of secret.
 * Of the text nothing but its digest is kept.
 */
export function newKey(): Readonly<Record<'id' | 'text' | 'sha256', string>> {
  const id = randomBytes(ID_BYTES).toString('hex');
  const text = `fl_${id}_${randomBytes(SECRET_BYTES).toString('hex')}`;
  return { id, text, sha256: sha256Of(text) };
}

/** The id within a key; null for what is not a key at all. */
export function idOf(text: string): string | null {
  return KEY.exec(text)?.[1] ?? null;
}

/** SHA-256 of a whole key, hexadecimal. Of 256 random bits no salt and no slow hash is needed. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Compared with where no key has the id, so that an unknown id takes as long as a wrong secret. Nothing hashes to it. */
const NO_DIGEST = '0'.repeat(64);

/** Whether a key has the digest, in a time that does not depend on where they differ, or on whether there is one. */
export function hasDigest(text: string, sha256: string | undefined): boolean {
  const given = Buffer.from(sha256Of(text), 'hex');
  return timingSafeEqual(given, Buffer.from(sha256 ?? NO_DIGEST, 'hex')) && sha256 !== undefined;
}

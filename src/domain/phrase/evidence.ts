import { DomainError, unlessRefused } from '../errors.ts';
import type { Amount } from '../money/amount.ts';
import { sameAmount } from '../money/amount.ts';
import { parseAmountPhrase } from './amount-phrase.ts';

/**
 * - `located`: the phrase stands at its place in the text with that SHA-256 and parses to the stored amount;
 * - `parsed`: the text is not held, the phrase parses to the stored amount;
 * - `unverified`: the phrase could not be read back to the stored amount.
 */
export const EVIDENCE_STATUSES = ['located', 'parsed', 'unverified'] as const;
export type EvidenceStatus = (typeof EVIDENCE_STATUSES)[number];

/** The words that state an amount, and where they stand. */
export interface Evidence {
  /** A few words of the document that hold the figure and what qualifies it. */
  readonly phrase: string;
  /** Place of the phrase's first character in the text, in Unicode code points from 0; null where the text is not held. */
  readonly start: number | null;
  /** Place after the phrase's last character, in Unicode code points; null where the text is not held. */
  readonly end: number | null;
  /** SHA-256 of the text's UTF-8 bytes, lower-case hexadecimal; null where the text is not held. */
  readonly documentSha256: string | null;
  readonly url: string | null;
  readonly status: EvidenceStatus;
}

/** Length of a text in Unicode code points. */
export function codePointLength(text: string): number {
  return [...text].length;
}

/** A record's phrase is read twice in a row, and one reading costs as much as all else that a row of an import takes. */
let last: { readonly key: string; readonly reading: Amount } | null = null;

/**
 * What a phrase says when it is read on its own, with the stored currency where the words leave the currency open.
 * @param language BCP 47 tag of the language of the source, which decides how numbers read
 * @throws DomainError of the phrase parser
 */
export function readPhrase(phrase: string, { currency, asStated }: Amount, language?: string): Amount {
  const key = JSON.stringify([phrase, currency, asStated, language]);
  if (last?.key !== key) {
    const ofLanguage = language === undefined ? {} : { language };
    last = { key, reading: parseAmountPhrase(phrase, { currency, figure: asStated, ...ofLanguage }) };
  }
  return { ...last.reading };
}

/** Whether a phrase reads back to the stored amount. */
export function phraseConfirms(phrase: string, amount: Amount, language?: string): boolean {
  const reading = unlessRefused(() => readPhrase(phrase, amount, language));
  return !(reading instanceof DomainError) && sameAmount(reading, amount);
}

/**
 * Checks that evidence is what its status claims, as far as that can be told without the text.
 * @throws DomainError `inconsistentEvidence` naming the field, with what was found; those of the phrase parser
 */
export function checkEvidence(evidence: Evidence, amount: Amount, language?: string): Evidence {
  const { phrase, start, end, documentSha256, status } = evidence;
  const refuse = (field: string, expected: string, found?: string): never => {
    const data = { field, status, expected };
    throw new DomainError('inconsistentEvidence', found === undefined ? data : { ...data, found });
  };
  if (status === 'located') {
    if (documentSha256 === null) return refuse('documentSha256', 'the fingerprint of the text');
    if (start === null || end === null) return refuse('start', 'a place in the text');
    const endOfPhrase = start + codePointLength(phrase);
    if (end !== endOfPhrase) return refuse('end', `${endOfPhrase}`, `${end}`);
  } else if (start !== null || end !== null) {
    refuse('start', 'null, unless the phrase is located in a text');
  }
  if (status === 'unverified') {
    if (phraseConfirms(phrase, amount, language))
      refuse('status', 'parsed: the phrase reads back to the amount');
    return evidence;
  }
  const found = readPhrase(phrase, amount, language);
  if (!sameAmount(found, amount))
    refuse('phrase', 'words that read back to the stored amount', JSON.stringify(found));
  return evidence;
}

import { DomainError, unlessRefused } from '../../src/domain/errors.ts';
import type { Amount } from '../../src/domain/money/amount.ts';
import { parseAmountPhrase } from '../../src/domain/phrase/amount-phrase.ts';

/** A phrase with what is right: each of `expect` is "refused", or a number or range, its qualifier and its currency. */
export interface PhraseCase {
  /** Where it was read: an address, or the name of a made-up case. */
  readonly source: string;
  /** BCP 47 tag; "other" where the reader is not told. */
  readonly language: string;
  readonly phrase: string;
  readonly figure?: string;
  readonly currency?: string;
  readonly expect: readonly string[];
}

/** An amount in the form of `PhraseCase.expect`. */
export function described({ value, low, high, qualifier, currency }: Amount): string {
  const number = qualifier === 'range' ? `${low}..${high}` : (value ?? low);
  return `${number} ${qualifier} ${currency}`;
}

export type Verdict = 'right' | 'refused' | 'wrong';

/** How the parser does on a case: `refused` where it should have been read, `wrong` where it says something else. */
export function judge({ phrase, language, figure, currency, expect }: PhraseCase): {
  verdict: Verdict;
  said: string;
} {
  const reading = unlessRefused(() =>
    parseAmountPhrase(phrase, {
      ...(language !== 'other' && { language }),
      ...(figure !== undefined && { figure }),
      ...(currency !== undefined && { currency }),
    }),
  );
  const isRefused = reading instanceof DomainError;
  const said = isRefused ? 'refused' : described(reading);
  if (expect.includes(said)) return { verdict: 'right', said };
  return { verdict: isRefused ? 'refused' : 'wrong', said: isRefused ? reading.code : said };
}

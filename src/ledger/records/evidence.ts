import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { sameAmount } from '../../domain/money/amount.ts';
import { codePointLength, readPhrase } from '../../domain/phrase/evidence.ts';
import type { Steps } from '../../domain/steps.ts';
import type { HeldText } from './held-text.ts';
import type { LedgerRecord } from './record.ts';
import type { EvidenceItem } from './schemas.ts';

/** The text of a document as it is held now, with its fingerprint. */
interface HeldDocument {
  readonly text: HeldText;
  readonly documentSha256: string | null;
}

/** Every figure of a record beside what its phrase says, read in the language of the source. */
export function* evidenceOf(
  record: Pick<LedgerRecord, 'amount' | 'evidence' | 'statedConversions'>,
  language: string | undefined,
  held: HeldDocument | undefined,
): Steps<EvidenceItem[]> {
  const items: EvidenceItem[] = [];
  for (const [position, { amount, evidence }] of [record, ...record.statedConversions].entries()) {
    const read = unlessRefused(() => readPhrase(evidence.phrase, amount, language));
    const reading = read instanceof DomainError ? null : read;
    items.push({
      supports: position === 0 ? 'amount' : 'statedConversion',
      stated: amount,
      evidence,
      target: yield* targetOf(evidence, held),
      reading,
      agrees: reading !== null && sameAmount(reading, amount),
    });
  }
  return items;
}

/** What a TextQuoteSelector shows on either side of its words, in code points. */
const CONTEXT = 32;

/**
 * Where the words stand, as the Web Annotation Data Model says it. Of a text that is not the one they were located in,
 * they are found at their only place or at none.
 */
function* targetOf(
  { phrase, start, documentSha256, url }: LedgerRecord['evidence'],
  held: HeldDocument | undefined,
): Steps<EvidenceItem['target']> {
  const length = codePointLength(phrase);
  const exact = { type: 'TextQuoteSelector' as const, exact: phrase };
  const positionAt = (place: number) => {
    return { type: 'TextPositionSelector' as const, start: place, end: place + length };
  };
  if (held === undefined) {
    const selector = start === null ? [exact] : [exact, positionAt(start)];
    return { source: url, documentSha256, selector };
  }
  const { text } = held;
  const stands = documentSha256 === held.documentSha256 && start !== null;
  const places = stands ? [start] : yield* text.placesOf(phrase, 2);
  const [place] = places;
  if (place === undefined || places.length > 1)
    return { source: url, documentSha256: held.documentSha256, selector: [exact] };
  const quote = {
    ...exact,
    prefix: text.slice(Math.max(0, place - CONTEXT), place),
    suffix: text.slice(place + length, place + length + CONTEXT),
  };
  return { source: url, documentSha256: held.documentSha256, selector: [quote, positionAt(place)] };
}

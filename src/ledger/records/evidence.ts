import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { sameAmount } from '../../domain/money/amount.ts';
import { readPhrase } from '../../domain/phrase/evidence.ts';
import type { LedgerRecord } from './record.ts';
import type { EvidenceItem } from './schemas.ts';

/** Every figure of a record beside what its phrase says, read in the language of the source. */
export function evidenceOf(record: LedgerRecord, language: string | undefined): EvidenceItem[] {
  return [
    evidenceItem('amount', record, language),
    ...record.statedConversions.map((stated) => evidenceItem('statedConversion', stated, language)),
  ];
}

function evidenceItem(
  supports: EvidenceItem['supports'],
  { amount, evidence }: Pick<LedgerRecord, 'amount' | 'evidence'>,
  language: string | undefined,
): EvidenceItem {
  const read = unlessRefused(() => readPhrase(evidence.phrase, amount, language));
  const reading = read instanceof DomainError ? null : read;
  const agrees = reading !== null && sameAmount(reading, amount);
  return { supports, stated: amount, evidence, reading, agrees };
}

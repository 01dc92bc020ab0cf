import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { sameAmount } from '../../domain/money/amount.ts';
import { readPhrase } from '../../domain/phrase/evidence.ts';
import type { LedgerRecord } from './record.ts';
import type { EvidenceItem } from './schemas.ts';

export function evidenceOf(record: LedgerRecord): EvidenceItem[] {
  return [
    evidenceItem('amount', record),
    ...record.statedConversions.map((stated) => evidenceItem('statedConversion', stated)),
  ];
}

function evidenceItem(
  supports: EvidenceItem['supports'],
  { amount, evidence }: Pick<LedgerRecord, 'amount' | 'evidence'>,
): EvidenceItem {
  const read = unlessRefused(() => readPhrase(evidence.phrase, amount));
  const reading = read instanceof DomainError ? null : read;
  const agrees = reading !== null && sameAmount(reading, amount);
  return { supports, stated: amount, evidence, reading, agrees };
}

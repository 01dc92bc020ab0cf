import { DomainError } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
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
  const reading = tryReading(evidence.phrase, amount);
  return {
    supports,
    stated: amount,
    evidence,
    reading,
    agrees: reading !== null && sameAmount(reading, amount),
  };
}

function tryReading(phrase: string, amount: Amount): Amount | null {
  try {
    return readPhrase(phrase, amount);
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

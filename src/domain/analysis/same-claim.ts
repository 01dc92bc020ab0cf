import type { Amount } from '../money/amount.ts';
import type { Period } from '../period/period.ts';
import type { Evidence } from '../phrase/evidence.ts';
import type { Statement } from '../statement.ts';
import { pricesKey } from '../statement.ts';
import type { Steps } from '../steps.ts';

/** What tells whether a record states what another one states. */
export interface ClaimStatement {
  readonly kind?: string;
  /** Who forecasts, or reports. */
  readonly organisation: string | null;
  readonly source: string;
  readonly sector: string;
  readonly region: string;
  readonly measure: string;
  readonly scope: string;
  readonly period: Pick<Period, 'start' | 'end' | 'kind'>;
  readonly amount: Pick<Amount, 'value' | 'low' | 'high' | 'qualifier' | 'currency'>;
  readonly evidence: Pick<Evidence, 'phrase' | 'start' | 'end'>;
  readonly stance: Statement['stance'];
  readonly scenario: Statement['scenario'];
  readonly prices: Statement['prices'];
}

/** Equal for records of one document that state the same figure of the same subject, in whatever words. */
export function claimKey(claim: ClaimStatement): string {
  const { kind, organisation, source, sector, region, measure, scope, period, amount } = claim;
  const { value, low, high, qualifier, currency } = amount;
  const { stance, scenario, prices } = claim;
  const said = [stance, scenario?.kind, scenario?.name, pricesKey(prices)];
  const subject = [kind, organisation, source, sector, region, measure, scope, ...said];
  return JSON.stringify([
    subject,
    period.start,
    period.end,
    period.kind,
    value,
    low,
    high,
    qualifier,
    currency,
  ]);
}

/** Whether two phrases of one document are the same words, or stand at places that overlap. */
export function inSameWords(one: ClaimStatement['evidence'], other: ClaimStatement['evidence']): boolean {
  return isSamePhrase(one, other) || overlap(one, other);
}

function isSamePhrase(one: ClaimStatement['evidence'], other: ClaimStatement['evidence']): boolean {
  return one.phrase.trim() === other.phrase.trim();
}

function overlap(one: ClaimStatement['evidence'], other: ClaimStatement['evidence']): boolean {
  if (one.start === null || one.end === null || other.start === null || other.end === null) return false;
  return one.start < other.end && other.start < one.end;
}

/** Whether two records state one claim: the same figure of the same subject, at the same place of the same document. */
export function isSameClaim(one: ClaimStatement, other: ClaimStatement): boolean {
  return claimKey(one) === claimKey(other) && inSameWords(one.evidence, other.evidence);
}

/**
 * By id, others of the records that state the same claim, enough of them to connect all that do: the first in the same
 * words, and all before it at places that overlap.
 */
export function* repeatedClaims<Item extends { readonly id: string }>(
  items: readonly Item[],
  statementOf: (item: Item) => ClaimStatement,
): Steps<ReadonlyMap<string, readonly string[]>> {
  const repeated = new Map<string, readonly string[]>();
  const before = new Map<string, { readonly id: string; readonly evidence: ClaimStatement['evidence'] }[]>();
  for (const item of items) {
    yield;
    const { id } = item;
    const statement = statementOf(item);
    const key = claimKey(statement);
    const { evidence } = statement;
    const alike = before.get(key) ?? [];
    const inWords = alike.find((other) => isSamePhrase(other.evidence, evidence));
    const atPlace = alike.filter((other) => other !== inWords && overlap(other.evidence, evidence));
    const others = [...(inWords === undefined ? [] : [inWords]), ...atPlace].map((other) => other.id);
    if (others.length > 0) repeated.set(id, others);
    // One of the same place and words stands for all.
    if (inWords?.evidence.start !== evidence.start || inWords.evidence.end !== evidence.end)
      before.set(key, [...alike, { id, evidence }]);
  }
  return repeated;
}

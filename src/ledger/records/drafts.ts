import { DomainError } from '../../domain/errors.ts';
import { checkAmount } from '../../domain/money/amount.ts';
import { checkPeriod } from '../../domain/period/period.ts';
import { checkEvidence } from '../../domain/phrase/evidence.ts';
import type { RecordContent, RecordDraft, StatedFigure } from './record.ts';

/** What a record takes over from its document. */
export interface DraftSource {
  readonly publishedOn: string | null;
  readonly url: string | null;
  readonly documentSha256: string | null;
}

/** A field of a draft that contradicts itself. */
export class DraftError extends Error {
  override readonly name = 'DraftError';
  readonly field: string;
  readonly reason: DomainError;

  constructor(field: string, reason: DomainError) {
    super(`${field}: ${reason.code}`, { cause: reason });
    this.field = field;
    this.reason = reason;
  }
}

/**
 * A draft with all that follows from it and its document, checked: as it is to be stored.
 * @throws DraftError naming the field and why
 */
export function completeDraft(
  draft: RecordDraft & Pick<RecordContent, 'collection'>,
  source: DraftSource,
): RecordContent {
  const checked = <Value>(field: string, check: () => Value): Value => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw new DraftError(field, error);
    }
  };
  const complete = (
    field: string,
    { amount: stated, evidence }: Pick<RecordDraft, 'amount' | 'evidence'>,
  ): StatedFigure => {
    const amount = checked(`${field}amount`, () =>
      checkAmount({ ...stated, interpretation: stated.interpretation ?? null }),
    );
    const documentSha256 = evidence.status === 'located' ? source.documentSha256 : null;
    return {
      amount,
      evidence: checked(`${field}evidence`, () =>
        checkEvidence({ ...evidence, documentSha256, url: source.url }, amount),
      ),
    };
  };
  return {
    ...draft,
    ...complete('', draft),
    publishedOn: source.publishedOn,
    period: checked('period', () => checkPeriod(draft.period)),
    statedConversions: draft.statedConversions.map((stated, position) =>
      complete(`statedConversions.${position}.`, stated),
    ),
  };
}

import { DomainError } from '../../domain/errors.ts';
import { checkAmount } from '../../domain/money/amount.ts';
import { checkPeriod } from '../../domain/period/period.ts';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import { checkEvidence } from '../../domain/phrase/evidence.ts';
import type { ForecastDraft } from './forecast-schemas.ts';
import type { OutcomeDraft } from './outcome-schemas.ts';
import type { RecordContent, StatedFigure } from './record.ts';

/** A figure with its words, as a draft gives them. */
type StatedDraft = Pick<ForecastDraft, 'amount' | 'evidence'>;

/** A draft of either kind under the names that all records share. */
export interface RecordDraft
  extends Omit<ForecastDraft, 'forecaster' | 'relations'>,
    Pick<RecordContent, 'kind' | 'organisation' | 'via' | 'relations'> {}

export function forecastDraft<
  Draft extends Pick<ForecastDraft, 'forecaster'> & {
    readonly relations: readonly { readonly kind: string; readonly forecast: string }[];
  },
>({ forecaster, relations, ...draft }: Draft) {
  return {
    ...draft,
    kind: 'forecast' as const,
    organisation: forecaster,
    via: null,
    relations: relations.map(({ kind, forecast }) => ({ kind, record: forecast })),
  };
}

export function outcomeDraft<Draft extends Pick<OutcomeDraft, 'reportedBy' | 'relations'>>({
  reportedBy,
  relations,
  ...draft
}: Draft) {
  return {
    ...draft,
    kind: 'outcome' as const,
    organisation: reportedBy,
    beneficiarySectors: [],
    relations: relations.map(({ kind, outcome }) => ({ kind, record: outcome })),
  };
}

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
 * @param evidenceOf what is known of a figure's words; without it they are what the draft says they are
 * @throws DraftError naming the field and why
 */
export function completeDraft(
  { collection, ...draft }: RecordDraft & { readonly collection: string },
  source: DraftSource,
  evidenceOf: (
    stated: StatedDraft['evidence'],
    amount: RecordContent['amount'],
  ) => Pick<Evidence, 'phrase' | 'start' | 'end' | 'status'> = (stated) => stated,
): RecordContent {
  const checked = <Value>(field: string, check: () => Value): Value => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw new DraftError(field, error);
    }
  };
  const complete = (field: string, stated: StatedDraft): StatedFigure => {
    const amount = checked(`${field}amount`, () =>
      checkAmount({ ...stated.amount, interpretation: stated.amount.interpretation ?? null }),
    );
    return {
      amount,
      evidence: checked(`${field}evidence`, () => {
        const known = evidenceOf(stated.evidence, amount);
        const documentSha256 = known.status === 'located' ? source.documentSha256 : null;
        return checkEvidence({ ...known, documentSha256, url: source.url }, amount);
      }),
    };
  };
  return {
    ...draft,
    ...complete('', draft),
    collection,
    publishedOn: source.publishedOn,
    period: checked('period', () => checkPeriod(draft.period)),
    statedConversions: draft.statedConversions.map((stated, position) =>
      complete(`statedConversions.${position}.`, stated),
    ),
  };
}

import { z } from 'zod';
import { Evidence, identifier } from '../../http/query/shared-schemas.ts';
import type { RecordDraft } from './drafts.ts';
import { ForecastDraft, RELATION_KINDS, StatedDraft } from './forecast-schemas.ts';
import { OutcomeDraft } from './outcome-schemas.ts';

/*
 * Records as clients hand them in, over HTTP and in imports: drafts with their collection, whose evidence the ledger
 * finds out for itself.
 */

const SubmittedEvidence = z.strictObject({
  phrase: Evidence.shape.phrase,
  start: Evidence.shape.start.default(null).meta({
    description:
      'Place of the first character in the text, in Unicode code points from 0. Where the text is held, it may be left out if the phrase stands in it exactly once.',
  }),
  end: Evidence.shape.end.default(null).meta({ description: 'Place after the last character.' }),
  status: Evidence.shape.status
    .optional()
    .meta({ description: 'For the ledger to say. May be left out; what is sent must be what it finds.' }),
});

const submitted = {
  collection: identifier.meta({ examples: ['our-ledger'] }),
  statedConversions: z
    .array(z.strictObject({ amount: StatedDraft.shape.amount, evidence: SubmittedEvidence }))
    .default([])
    .meta({ description: "The document's own conversions of the figure." }),
  evidence: SubmittedEvidence,
  corroboration: z
    .array(z.url({ protocol: /^https?$/ }))
    .default([])
    .meta({ description: 'Addresses of further pages that state the same.' }),
};

/** As records show relations, so that what is shown can be sent back: what is computed of them is not read. */
const impliedMultiplier = z.string().nullable().optional().meta({ description: 'Computed; not read.' });

const optionalId = {
  id: identifier
    .optional()
    .meta({ description: 'May be left out; what is sent must be the id of the path.' }),
};

export const SubmittedForecast = z.strictObject({
  ...ForecastDraft.shape,
  ...submitted,
  relations: z
    .array(z.strictObject({ kind: z.enum(RELATION_KINDS), forecast: identifier, impliedMultiplier }))
    .default([])
    .meta({
      description:
        'As the record is shown. `drivenBy`, and what the other record says already of both, is not said twice.',
    }),
});
export type SubmittedForecast = z.output<typeof SubmittedForecast>;
export const RevisedForecast = z.strictObject({ ...SubmittedForecast.shape, ...optionalId });

export const SubmittedOutcome = z.strictObject({ ...OutcomeDraft.shape, ...submitted });
export type SubmittedOutcome = z.output<typeof SubmittedOutcome>;
export const RevisedOutcome = z.strictObject({ ...SubmittedOutcome.shape, ...optionalId });

type SubmittedFigure = Pick<SubmittedForecast, 'amount' | 'evidence'>;

/** A submission of either kind under the names that all records share. */
export interface SubmittedRecord
  extends Omit<RecordDraft, 'evidence' | 'statedConversions'>,
    Pick<SubmittedForecast, 'collection' | 'evidence'> {
  readonly statedConversions: readonly SubmittedFigure[];
}

/** What writing is shown with, without its id: the first record of the first document, as a client would hand it in. */
export const EXAMPLE_FORECAST = {
  forecaster: 'haitong-securities',
  collection: 'seed-documents',
  source: 'china-banking-news-2020-05-25',
  sector: 'new-infrastructure',
  region: 'CN',
  measure: 'directInvestment',
  scope: 'national',
  amount: {
    value: '3000000000000',
    low: '3000000000000',
    high: '3000000000000',
    qualifier: 'exact',
    currency: 'CNY',
    asStated: '3 trillion yuan',
  },
  period: {
    start: '2020-01-01',
    end: '2020-12-31',
    kind: 'year',
    years: 1,
    asStated: 'in 2020',
    inferred: [],
  },
  evidence: { phrase: 'will total 3 trillion yuan in 2020' },
  confidence: 'medium',
};

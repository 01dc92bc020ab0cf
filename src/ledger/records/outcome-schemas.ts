import { z } from 'zod';
import { listParameters } from '../../http/formats/lists.ts';
import { listOf, sortParameter, sparse } from '../../http/query/paging.ts';
import { commaSeparated, ItemMeta, identifier } from '../../http/query/shared-schemas.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { conversionParameters } from '../rates/schemas.ts';
import {
  checkConversions,
  checkListQuery,
  DEFAULT_SORT,
  EvidenceItem,
  Forecast,
  ForecastDraft,
  forecastFilters,
  RECORD_SORT_KEYS,
  withoutIdleRelevance,
} from './forecast-schemas.ts';

const OUTCOME_RELATION_KINDS = ['alsoStatedIn', 'conflictsWith'] as const;

const {
  forecaster: _,
  beneficiarySectors: __,
  relations: ___,
  names,
  id: ____,
  revision,
  recordedAt,
  collection,
  ...shared
} = Forecast.shape;

export const Outcome = z
  .object({
    id: identifier.meta({ examples: ['oc-cloud-2022'] }),
    revision,
    recordedAt,
    collection,
    reportedBy: identifier.nullable().meta({
      description: 'The organisation that reports the amount; null where the document names none.',
      examples: ['caict'],
    }),
    via: z
      .string()
      .nullable()
      .meta({
        description: 'Through whom it was read, where that is not the reporting body itself.',
        examples: [null],
      }),
    ...shared,
    relations: z.array(
      z
        .object({
          kind: z.enum(OUTCOME_RELATION_KINDS).meta({
            description: '`alsoStatedIn`: the same report elsewhere; `conflictsWith`: both cannot be right.',
          }),
          outcome: identifier,
        })
        .meta({ id: 'OutcomeRelation', description: 'What an outcome has to do with another one.' }),
    ),
    names: names
      .omit({ forecaster: true })
      .extend({ reportedBy: z.string().nullable() })
      .meta({ description: 'What to show for the identifiers above.' }),
  })
  .meta({ id: 'Outcome', description: 'An amount that somebody reported as realised in one document.' });
export type Outcome = z.output<typeof Outcome>;

const { forecaster: _____, ...sharedFilters } = forecastFilters;

/** What a list of outcomes can be narrowed by: as forecasts, with the reporting body in the forecaster's place. */
export const outcomeFilters = {
  ...sharedFilters,
  reportedBy: commaSeparated(identifier).optional().meta({ description: 'Organisation ids.' }),
};
export type OutcomeFilters = z.output<z.ZodObject<typeof outcomeFilters>>;

export const OUTCOME_SORT_KEYS = [...RECORD_SORT_KEYS, 'reportedBy'] as const;

export const OutcomeListQuery = z
  .strictObject({
    ...outcomeFilters,
    ...conversionParameters,
    sort: sortParameter(
      [...OUTCOME_SORT_KEYS, 'relevance'],
      DEFAULT_SORT,
      ['id'],
      ['reportedBy', 'sector', 'measure'],
    ),
    ...listParameters(Outcome),
  })
  .superRefine(checkListQuery)
  .overwrite(withoutIdleRelevance);
export type OutcomeListQuery = z.output<typeof OutcomeListQuery>;

export const OutcomeList = listOf(sparse(Outcome)).meta({
  id: 'OutcomeList',
  description: 'A page of outcomes.',
});

export const OutcomeItemQuery = z
  .strictObject({ ...conversionParameters, knownAsOf, fields: listParameters(Outcome).fields })
  .superRefine(checkConversions);

export const OutcomeAnswer = z
  .object({ data: sparse(Outcome), meta: ItemMeta })
  .meta({ id: 'OutcomeAnswer', description: 'One outcome.' });

export const OutcomeEvidence = z
  .object({
    outcome: identifier,
    revision: z.int().positive(),
    source: identifier,
    placeUnit: z.literal('unicodeCodePoint').meta({ description: 'Unit of `start` and `end`.' }),
    data: z.array(EvidenceItem),
    meta: z.object({ datasetVersion: z.string() }),
  })
  .meta({ id: 'OutcomeEvidence', description: "The words behind an outcome's figures, read again." });

/** An outcome as it is handed in. */
export const OutcomeDraft = z.strictObject({
  ...ForecastDraft.omit({ forecaster: true, beneficiarySectors: true, relations: true }).shape,
  reportedBy: identifier.nullable(),
  via: z.string().min(1).max(300).nullable().default(null),
  relations: z
    .array(z.strictObject({ kind: z.enum(OUTCOME_RELATION_KINDS), outcome: identifier }))
    .default([]),
});
export type OutcomeDraft = z.output<typeof OutcomeDraft>;

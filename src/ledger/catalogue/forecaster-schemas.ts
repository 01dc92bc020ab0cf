import { z } from 'zod';
import { commaSeparated, identifier } from '../../http/query/shared-schemas.ts';
import { knownAsOf } from '../../http/query/vintage.ts';

export const ORGANISATION_KINDS = [
  'government',
  'party',
  'legislature',
  'stateOwnedEnterprise',
  'securitiesFirm',
  'bank',
  'researchInstitute',
  'consultancy',
  'company',
  'industryAssociation',
  'media',
  'university',
  'individual',
] as const;

export const Forecaster = z
  .object({
    id: identifier.meta({ examples: ['haitong-securities'] }),
    name: z.string().meta({ description: 'English name.', examples: ['Haitong Securities'] }),
    originalName: z
      .string()
      .nullable()
      .meta({ description: 'Name in its own language.', examples: ['海通证券'] }),
    kind: z.enum(ORGANISATION_KINDS),
    country: identifier.nullable().meta({ description: 'ISO 3166-1 alpha-2 code.', examples: ['CN'] }),
    description: z.string().nullable(),
    forecastCount: z
      .int()
      .nonnegative()
      .meta({ description: 'How many current forecasts it made.', examples: [3] }),
  })
  .meta({
    id: 'Forecaster',
    description: 'An organisation: one that forecasts, defines, publishes or reports.',
  });
export type Forecaster = z.output<typeof Forecaster>;

export const forecasterFilters = {
  kind: commaSeparated(z.enum(ORGANISATION_KINDS))
    .optional()
    .meta({ description: 'Kinds of organisation, e.g. `securitiesFirm`.' }),
  country: commaSeparated(identifier).optional().meta({ description: 'ISO 3166-1 alpha-2 codes.' }),
  hasForecasts: z.enum(['true', 'false']).optional().meta({
    description: '`true`: only those with a forecast; `false`: only those that are named and have none.',
  }),
  knownAsOf,
};
export type ForecasterFilters = z.output<z.ZodObject<typeof forecasterFilters>>;
export const FORECASTER_SORT_KEYS = ['id', 'name'] as const;
export type ForecasterSortKey = (typeof FORECASTER_SORT_KEYS)[number];

import { z } from 'zod';
import { identifier } from '../../http/query/shared-schemas.ts';

export const Measure = z
  .object({
    id: identifier.meta({ examples: ['directInvestment'] }),
    name: z.string().meta({ examples: ['Direct investment'] }),
    definition: z.string(),
  })
  .meta({
    id: 'Measure',
    description: 'What a figure measures. Figures of different measures are never added.',
  });

export const Scope = z
  .object({
    id: identifier.meta({ examples: ['national'] }),
    name: z.string().meta({ examples: ['National'] }),
    definition: z.string(),
  })
  .meta({
    id: 'Scope',
    description: 'Whose spending a figure means. Figures of different scopes are never compared.',
  });

export const Region = z
  .object({
    id: identifier.meta({ description: 'ISO 3166-1 alpha-2 code.', examples: ['CN'] }),
    alpha3: z
      .string()
      .length(3)
      .meta({ description: 'ISO 3166-1 alpha-3 code.', examples: ['CHN'] }),
    name: z.string().meta({ examples: ['China'] }),
    nameChinese: z
      .string()
      .nullable()
      .meta({ examples: ['中国'] }),
  })
  .meta({ id: 'Region', description: 'A country or area of ISO 3166-1.' });

export const Collection = z
  .object({
    id: identifier.meta({ examples: ['seed-documents'] }),
    name: z.string(),
    description: z.string(),
  })
  .meta({ id: 'Collection', description: 'A set of records that were gathered together.' });

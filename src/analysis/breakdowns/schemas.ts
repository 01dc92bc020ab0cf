import { z } from 'zod';
import { BREAKDOWN_CONTENTS, BREAKDOWN_REASONS, UNCOVERED_OF } from '../../domain/analysis/breakdown.ts';
import { BREAKDOWN_STATUSES } from '../../domain/analysis/breakdown-status.ts';
import { MATRIX_REASONS } from '../../domain/analysis/matrix.ts';
import { BREAKDOWN_WARNINGS } from '../../domain/analysis/warnings.ts';
import { QUALIFIERS } from '../../domain/money/amount.ts';
import { tableParameters } from '../../http/formats/tables.ts';
import { resolvedField } from '../../http/query/paging.ts';
import {
  commaSeparated,
  currencyCode,
  entryName,
  identifier,
  Period,
  signedDecimalString,
} from '../../http/query/shared-schemas.ts';
import {
  checkConversionParameters,
  conversionParameters,
  notConvertedField,
  receiptsField,
} from '../../ledger/rates/schemas.ts';
import { forecastFilters } from '../../ledger/records/kinds.ts';
import { checkRegions } from '../../ledger/records/query-checks.ts';
import { FigureAmount, periodColumns, Statements, tableFilters } from '../shared-schemas.ts';

export const BreakdownQuery = z
  .strictObject({
    ...tableFilters,
    having: commaSeparated(z.enum(BREAKDOWN_CONTENTS)).optional().meta({
      description: 'Only breakdowns that have a stated `total`, `parts`, or both: `having=total,parts`.',
    }),
    year: forecastFilters.year,
    ...conversionParameters,
    ...tableParameters,
  })
  .superRefine((query, context) => {
    checkConversionParameters(query, context);
    checkRegions(query, context);
  });
export type BreakdownQuery = z.output<typeof BreakdownQuery>;

const ComputedAmount = z
  .object({
    value: signedDecimalString
      .nullable()
      .meta({ description: 'From face values; null where a figure has none.' }),
    low: signedDecimalString.nullable(),
    high: signedDecimalString.nullable(),
    qualifier: z.enum(QUALIFIERS),
    approximate: z.boolean().meta({ description: 'Whether an approximate figure is in it.' }),
  })
  .meta({
    id: 'ComputedAmount',
    description: 'A computed sum of money: bounds are propagated, approximations count at face value.',
  });

const share = signedDecimalString.nullable().meta({
  description:
    'Of the total, as stated and so the same in every currency, 12 decimal places; null where both are bounds or ranges, and where the figures were converted at different rates (`mixedRates`). Where the residual has one, the shares of the parts and of the residual make exactly 1.',
  examples: ['0.374540229885'],
});

const Warning = z.object({
  code: z.enum(BREAKDOWN_WARNINGS),
  sectors: z.array(identifier),
  forecasts: z.array(identifier),
});

/** What figures are of that may be added. */
const keyFields = {
  source: identifier,
  forecaster: identifier.nullable(),
  measure: identifier,
  region: identifier,
  scope: identifier,
};

export const Breakdown = z
  .object({
    sector: identifier.meta({ examples: ['new-infrastructure'] }),
    source: identifier,
    forecaster: identifier.nullable(),
    measure: identifier.meta({ examples: ['directInvestment'] }),
    region: identifier.meta({ examples: ['CN'] }),
    scope: identifier.meta({ examples: ['national'] }),
    currency: currencyCode.meta({ examples: ['CNY'] }),
    period: Period.meta({ description: 'Of the total, or of all the parts where there is none.' }),
    total: z.object({ forecast: identifier, amount: FigureAmount }).nullable(),
    parts: z.array(
      z.object({ sector: identifier, forecast: identifier, amount: FigureAmount, period: Period, share }),
    ),
    sum: ComputedAmount.nullable().meta({
      description:
        'Of the parts; null where there are none, and where they were converted at different rates.',
    }),
    residual: z
      .object({ ...ComputedAmount.shape, share })
      .nullable()
      .meta({
        description:
          "Total less sum; null where there is no total, where a part of it is lacking (not converted, in another currency, beyond the total's period, contradicted: see the warnings), as its money would stand here, or where the figures were converted at different rates. A `value` and a `share` only where it is one figure, exact or approximate; else its bounds alone.",
      }),
    status: z.enum(BREAKDOWN_STATUSES).meta({
      description:
        "`complete`: the parts make the total within 1 % of it or, where more, its stated precision (half of its last printed digit), at most 5 %, whatever bounds and ranges among them are; `partial`: they surely lack more; `overallocated`: they surely exceed it; `undetermined`: bounds or ranges allow more than one of these, or a part could not be converted, was converted at another rate, is in another currency, goes beyond the total's period or is one on which the document contradicts itself, and the others do not tell; `noParts`: a total alone; `noTotal`.",
    }),
    uncoveredSectors: z.array(identifier).meta({
      description:
        "Sectors without a figure: of the document's own scheme, or, where it has none and something of the total is left, those directly below in the taxonomy (`uncoveredOf`).",
    }),
    uncoveredOf: z.enum(UNCOVERED_OF).meta({
      description: '`scheme`: the sectors are those into which the document divides; or `taxonomy`.',
    }),
    leftOut: z
      .array(z.object({ forecast: identifier, sector: identifier, reason: z.enum(BREAKDOWN_REASONS) }))
      .meta({
        description:
          'Figures of the same key, or of another scope, that are neither the total nor a part of it. Scenarios of one document are alternatives: the base case is broken down, the others are `otherScenario`.',
      }),
    warnings: z.array(Warning),
    statements: Statements,
  })
  .meta({
    id: 'Breakdown',
    description:
      "One document's figures for a sector and the sectors below it: one forecaster, measure, region and scope.",
  });

const Names = z
  .record(z.string(), z.string())
  .meta({ id: 'Names', description: 'What to show for the ids in the answer, by id.' });
const Meta = z.object({ datasetVersion: z.string(), ...resolvedField, names: Names });

export const BreakdownList = z
  .object({
    sector: identifier,
    data: z.array(Breakdown),
    receipts: receiptsField,
    notConverted: notConvertedField,
    meta: Meta,
  })
  .meta({
    id: 'BreakdownList',
    description:
      'A breakdown for each document, forecaster, measure, region, scope and period that speaks of the sector.',
  });

const rowNames = {
  source: z.string().nullable(),
  forecaster: z.string().nullable(),
  measure: z.string().nullable(),
  region: z.string().nullable(),
  scope: z.string().nullable(),
};

/** The figure of a row. */
const figureColumns = {
  forecast: identifier.nullable(),
  value: signedDecimalString.nullable(),
  low: signedDecimalString.nullable(),
  high: signedDecimalString.nullable(),
  qualifier: z.string().nullable(),
  currency: currencyCode.nullable(),
  approximate: z.boolean().nullable(),
};

/**
 * A row of the table form: the total, a part or the residual of one breakdown, or a figure that is in none: `leftOut`, or
 * `notConverted`, which has no amount in the currency asked for.
 */
export const BreakdownRow = z.object({
  sector: identifier,
  ...keyFields,
  ...periodColumns,
  status: z.string().nullable(),
  role: z.enum(['total', 'part', 'residual', 'leftOut', 'notConverted']),
  reason: z.string().nullable(),
  part: identifier.nullable(),
  ...figureColumns,
  share: signedDecimalString.nullable(),
  warnings: z.array(z.string()),
  names: z.object({ sector: z.string().nullable(), ...rowNames, part: z.string().nullable() }),
});

export const MatrixQuery = z
  .strictObject({
    ...tableFilters,
    measure: entryName.optional().meta({ description: 'One measure.' }),
    forecaster: entryName.optional().meta({ description: 'One organisation.' }),
    year: z
      .string()
      .regex(/^\d{4}$/, 'a year such as 2022')
      .transform(Number)
      .pipe(z.int().min(0).max(9999))
      .optional()
      .meta({
        description:
          'One calendar year. What covers or may cover it without being for exactly that year, undated figures among them, is left out as `differentPeriod`.',
      }),
    ...conversionParameters,
    ...tableParameters,
  })
  .superRefine((query, context) => {
    checkConversionParameters(query, context);
    checkRegions({ region: query.region, regionMembersOn: query.regionMembersOn }, context);
    const given = (['forecaster', 'year', 'measure'] as const).filter((name) => query[name] !== undefined);
    if (given.length === 1) return;
    context.addIssue({
      code: 'custom',
      path: [given[1] ?? 'forecaster'],
      message: 'is one of `forecaster`, `year` and `measure`, of which exactly one selects the matrix',
      params: { problem: given.length === 0 ? 'parameterRequired' : 'conflictingParameters' },
    });
  });
export type MatrixQuery = z.output<typeof MatrixQuery>;

const Cell = z.object({ sector: identifier, period: Period, forecast: identifier, amount: FigureAmount });
const LeftOut = z.object({ forecast: identifier, reason: z.enum(MATRIX_REASONS) });

export const MatrixSeries = z
  .object({
    root: identifier.meta({
      description: 'The sector at the top of the tree in which all others of the series stand.',
      examples: ['new-infrastructure'],
    }),
    ...keyFields,
    currency: currencyCode,
    sectors: z.array(identifier),
    periods: z.array(Period),
    cells: z.array(Cell).meta({
      description:
        'What may be stacked: within a period no sector stands beside one above or below it, or of another tree.',
    }),
    totals: z
      .array(Cell)
      .meta({ description: 'Figures of sectors whose parts are the cells of the same period.' }),
    leftOut: z.array(LeftOut).meta({
      description:
        'What is in no cell, with its reason. With a `notConverted` among it a total less its cells is no residual: the money of that figure is missing from the bar.',
    }),
    warnings: z.array(Warning).meta({
      description:
        '`mixedRates` where the cells and totals were not all converted at one rate: their heights tell of exchange rates as well, and no share or residual comes of them.',
    }),
    statements: Statements,
  })
  .meta({
    id: 'MatrixSeries',
    description:
      'Figures of one document, forecaster, measure, region, scope and currency, and of one tree of the taxonomy: sectors of different trees may contain each other, so they share no bar.',
  });

export const Matrix = z
  .object({
    data: z.array(MatrixSeries),
    leftOut: z.array(LeftOut),
    receipts: receiptsField,
    notConverted: notConvertedField,
    meta: Meta,
  })
  .meta({
    id: 'BreakdownMatrix',
    description: 'Sector by period, a series for each document: what a stacked bar needs.',
  });

/** A row of the matrix: a cell, a total, or a figure that is neither: `leftOut` or `notConverted`. */
export const MatrixRow = z.object({
  root: identifier,
  ...keyFields,
  role: z.enum(['cell', 'total', 'leftOut', 'notConverted']),
  reason: z.string().nullable(),
  sector: identifier,
  ...periodColumns,
  ...figureColumns,
  warnings: z.array(z.string()),
  names: z.object({ root: z.string().nullable(), sector: z.string().nullable(), ...rowNames }),
});

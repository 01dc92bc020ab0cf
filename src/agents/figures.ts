import type { z } from 'zod';
import type { FigureAmount } from '../analysis/shared-schemas.ts';
import { withoutNulls } from '../http/query/paging.ts';
import type { Forecast, Outcome } from '../ledger/records/schemas.ts';
import type { RecordKind } from '../store/tables/schema.ts';
import type { Asking, Parameters } from './asking.ts';

type Bounds = Pick<z.output<typeof FigureAmount>, 'value' | 'low' | 'high'>;

/** An amount without bounds that say no more than its value. */
export function shortAmount<Amount extends Bounds>(amount: Amount): Partial<Amount> {
  const { low, high, ...rest } = amount;
  return amount.low === amount.value && amount.high === amount.value ? (rest as Partial<Amount>) : amount;
}

/** Of the page of a document: a longer one is to be had at the figure's own address. */
const LONGEST_URL = 500;

/**
 * A record as every reply shows it: who says what of what, the amount, the words that state it with their place, and the
 * address at which this stands for ever.
 * @param conversion what the address asks for, where the reply shows the amount converted
 */
export function figureOf(
  kind: RecordKind,
  record: Forecast | Outcome,
  asking: Asking,
  conversion: Parameters = {},
) {
  const { id, names, amount, period, evidence, converted, notConverted } = record;
  const { start, end, status, url } = evidence;
  const who =
    'forecaster' in record
      ? { forecaster: record.forecaster, forecasterName: record.names.forecaster }
      : { reportedBy: record.reportedBy, reportedByName: record.names.reportedBy, via: record.via };
  return withoutNulls({
    [kind]: id,
    ...who,
    sector: record.sector,
    measure: record.measure,
    region: record.region,
    scope: record.scope,
    period: { kind: period.kind, start: period.start, end: period.end, asStated: period.asStated },
    publishedOn: record.publishedOn,
    amount: shortAmount(amount),
    ...statementOf(record),
    converted: converted && shortAmount(converted),
    notConverted: notConverted?.detail,
    quote: evidence.phrase,
    place: {
      ...{ start, end, unit: start === null ? null : 'unicodeCodePoint', status },
      url: url !== null && url.length <= LONGEST_URL ? url : null,
    },
    source: record.source,
    sourceTitle: names.source,
    // Where it cannot be converted, that address would give no figure at all.
    address: asking.permanent(
      `/v1/${kind}s/${encodeURIComponent(id)}`,
      notConverted == null ? conversion : {},
    ),
  }) as Readonly<Record<string, unknown>>;
}

/** What a record says beside its figure, where that is not what most say. */
function statementOf(record: Forecast | Outcome) {
  const { prices } = record;
  return {
    ...('stance' in record
      ? { stance: record.stance, scenario: record.scenario, interval: record.interval }
      : {}),
    prices: prices.kind === 'unstated' ? null : prices,
  };
}

/** The figure of a record that a computed answer names. */
export async function namedFigure(
  kind: RecordKind,
  id: string,
  asking: Asking,
  conversion: Parameters = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { data } = await asking.get<{ data: Forecast | Outcome }>(`/v1/${kind}s/${encodeURIComponent(id)}`);
  return figureOf(kind, data, asking, conversion);
}

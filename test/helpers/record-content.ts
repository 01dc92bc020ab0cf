import { PLAIN_STATEMENT } from '../../src/domain/statement.ts';
import type { RecordContent } from '../../src/ledger/records/record.ts';

/** A sound forecast, all of whose references the seeds resolve. */
export function recordContent(id: string, value = '3000000000000'): RecordContent {
  return {
    kind: 'forecast',
    id,
    collection: 'seed-documents',
    organisation: 'haitong-securities',
    via: null,
    source: 'china-banking-news-2020-05-25',
    sector: 'new-infrastructure',
    beneficiarySectors: [],
    region: 'CN',
    measure: 'directInvestment',
    scope: 'national',
    amount: {
      value,
      low: value,
      high: value,
      qualifier: 'exact',
      currency: 'CNY',
      asStated: `${value} yuan`,
      interpretation: null,
    },
    statedConversions: [],
    period: {
      start: '2020-01-01',
      end: '2020-12-31',
      kind: 'year',
      years: 1,
      asStated: 'in 2020',
      inferred: [],
    },
    publishedOn: '2020-05-25',
    ...PLAIN_STATEMENT,
    evidence: {
      phrase: `${value} yuan`,
      start: null,
      end: null,
      documentSha256: null,
      url: null,
      status: 'parsed',
    },
    relations: [],
    confidence: 'medium',
    corroboration: [],
    notes: null,
  };
}

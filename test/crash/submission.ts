/** A forecast that the seeded ledger takes, as a client hands it in. */
export function submission(id: string, notes: string): object {
  return {
    id,
    collection: 'seed-documents',
    forecaster: 'haitong-securities',
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
    notes,
  };
}

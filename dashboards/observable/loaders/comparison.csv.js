import { rowsOf } from '../ledger.js';

process.stdout.write(
  await rowsOf('/v1/comparisons.csv', {
    sector: 'new-infrastructure',
    measure: 'directInvestment',
    region: 'CN',
    periodFrom: '2020-01-01',
    periodTo: '2020-12-31',
    convertTo: 'USD',
    rateBasis: 'publication,latest',
  }),
);

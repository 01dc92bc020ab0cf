/**
 * Forecasters side by side. What is not exact does not look exact: an approximation is a hollow dot, a range a bar, a bound
 * an arrow.
 * @param {any} Plot the module of Observable Plot
 * @param {readonly Record<string, unknown>[]} rows of `/v1/comparisons.csv`
 * @param {{ width?: number, document?: unknown }} [options]
 */
export function comparisonChart(Plot, rows, { width = 760, document } = {}) {
  const shown = rows
    .filter((row) => row.periodStart === row.windowStart && row.periodEnd === row.windowEnd)
    .filter(({ reason }) => !OTHER.has(String(reason)))
    .map((row) => ({
      ...row,
      who: row.forecasterName || 'No forecaster named',
      value: billions(row.totalValue),
      low: billions(row.totalLow),
      high: billions(row.totalHigh),
      approximate: String(row.approximate) === 'true',
    }));
  const figures = shown.filter(({ value, low, high }) => value !== null || low !== null || high !== null);
  const order = (row) => row.value ?? row.low ?? row.high;
  const ranges = figures.filter(({ low, high }) => low !== null && high !== null && low < high);
  const least = figures.filter(({ low, high }) => low !== null && high === null);
  const most = figures.filter(({ low, high }) => low === null && high !== null);
  const points = figures.filter((row) => row.value !== null && !least.includes(row) && !most.includes(row));
  const who = [...new Set(figures.toSorted((one, other) => order(other) - order(one)).map((row) => row.who))];
  return Plot.plot({
    ...(document === undefined ? {} : { document }),
    width,
    marginLeft: 210,
    marginRight: 110,
    marginBottom: 46,
    height: 70 + 30 * who.length,
    ariaLabel: 'Forecasters side by side, in billion dollars',
    style: { fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: {
      label: 'Billion dollars',
      grid: true,
      zero: true,
      nice: true,
      labelAnchor: 'center',
      labelOffset: 40,
    },
    y: { label: null, domain: who },
    marks: [
      Plot.ruleX([0]),
      Plot.ruleY(ranges, {
        y: 'who',
        x1: 'low',
        x2: 'high',
        strokeWidth: 8,
        stroke: BLUE,
        strokeOpacity: 0.4,
      }),
      Plot.text(least, {
        y: 'who',
        x: 'low',
        text: () => '▶',
        fill: BLUE,
        fontSize: 13,
        textAnchor: 'start',
      }),
      Plot.text(most, { y: 'who', x: 'high', text: () => '◀', fill: BLUE, fontSize: 13, textAnchor: 'end' }),
      Plot.dot(points, {
        y: 'who',
        x: 'value',
        r: 5,
        strokeWidth: 2,
        stroke: BLUE,
        fill: (row) => (row.approximate ? 'white' : BLUE),
        title: (row) => `${row.who}: ${row.qualifier}, published ${row.publishedOn || 'on an unknown day'}`,
      }),
      Plot.text(figures, {
        y: 'who',
        x: (row) => Math.max(order(row), row.high ?? 0),
        text: wording,
        dx: 18,
        textAnchor: 'start',
        fill: 'currentColor',
      }),
    ],
  });
}

/** A figure in words: a bound is never shown as if it were the figure. */
function wording({ value, low, high, qualifier }) {
  const amount = NUMBER.format(value ?? low ?? high);
  if (low !== null && high !== null && low < high) return `${NUMBER.format(low)} to ${NUMBER.format(high)}`;
  return (SIGNS[qualifier] ?? '') + amount;
}

const SIGNS = { approximately: 'about ', atLeast: 'at least ', atMost: 'at most ', indefinite: 'at least ' };
const BLUE = '#31688e';
const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Rows for the same span that are of something else. */
const OTHER = new Set(['differentScope', 'notConverted']);

function billions(cell) {
  return cell === '' || cell === null || cell === undefined ? null : Number(cell) / 1e9;
}

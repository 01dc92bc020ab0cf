import type { FastifyInstance } from 'fastify';
import { DESCRIPTION, VERSION } from '../http/openapi/manifest.ts';
import type { RouteContext } from '../ledger/context.ts';

/** The landing page's style, which the Content-Security-Policy names. */
export const LANDING_STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1d2733}code{background:#eef1f5;padding:.1em .3em}a{color:#0b5cad}';

/** Where a newcomer finds what; the order is the order of the page. */
const LINKS = {
  documentation: ['/docs/', 'Swagger UI: explore and try out'],
  openapi: ['/openapi.json', 'OpenAPI 3.1 document'],
  forecasts: ['/v1/forecasts', 'Forecasts'],
  facets: ['/v1/facets', 'How many forecasts there are of each kind'],
  breakdown: ['/v1/sectors/new-infrastructure/breakdown', 'What new infrastructure is made of'],
  comparison: [
    '/v1/comparisons?sector=new-infrastructure&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31',
    'Forecasters side by side, for 2020',
  ],
  sectors: ['/v1/sectors', 'Sectors'],
  sectorTree: ['/v1/sectors/tree', 'Sectors, as a tree'],
  forecasters: ['/v1/forecasters', 'Forecasters'],
  sources: ['/v1/sources', 'Sources'],
  measures: ['/v1/measures', 'Measures'],
  scopes: ['/v1/scopes', 'Scopes'],
  regions: ['/v1/regions', 'Regions'],
  collections: ['/v1/collections', 'Collections'],
  rates: ['/v1/rates?date=2020-05-25', 'Exchange rates'],
  currencies: ['/v1/currencies', 'Currencies'],
  convert: ['/v1/convert?amount=100&from=CNY&to=USD', 'Any amount in another currency'],
  breakdownMatrix: ['/v1/breakdowns?year=2020', 'Sector by period, for a stacked bar'],
  changes: ['/v1/changes', 'What was written, in order'],
  feed: ['/v1/changes.atom', 'What was written, for feed readers'],
  problems: ['/problems', 'What the error codes mean'],
  health: ['/health/ready', 'Whether the service is ready'],
} as const;

/** `/`: a short page for a browser, an index of links for anything else. */
export function registerLanding(app: FastifyInstance, context: RouteContext): void {
  app.get('/', async (request, reply) => {
    reply.header('vary', 'Accept');
    if (prefersHtml(request.headers.accept)) return reply.type('text/html; charset=utf-8').send(page());
    const origin = context.originOf(request);
    const links = Object.fromEntries(Object.entries(LINKS).map(([name, [path]]) => [name, origin + path]));
    return reply
      .type('application/json')
      .send({ name: 'Forecast Ledger', version: VERSION, about: DESCRIPTION, links });
  });
}

/** A browser asks for HTML by name; curl asks for anything and gets JSON. */
function prefersHtml(accept: string | undefined): boolean {
  return accept !== undefined && /\btext\/html\b/i.test(accept);
}

function page(): string {
  const items = Object.values(LINKS)
    .map(
      ([path, label]) =>
        `<li><a href="${path.slice(1).replaceAll('&', '&amp;')}">${label}</a> <code>${path.split('?', 1)[0]}</code></li>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Forecast Ledger</title>
<style>${LANDING_STYLE}</style>
</head>
<body>
<h1>Forecast Ledger</h1>
<p>${DESCRIPTION}</p>
<p><strong><a href="docs/">Explore it in Swagger UI</a></strong></p>
<ul>
${items}
</ul>
</body>
</html>
`;
}

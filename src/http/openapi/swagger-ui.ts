import type { FastifyInstance } from 'fastify';

/**
 * Policy of the Swagger UI pages: everything from the service itself. Inline styles are the library's own (its SVG
 * icons and layout need them); nothing is fetched from elsewhere, and plain-HTTP installations are not upgraded away.
 */
const SWAGGER_UI_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'";

/** The name of the service, for the bar at the top. */
const NAME =
  '<svg xmlns="http://www.w3.org/2000/svg" width="260" height="40"><text x="0" y="27" fill="#fff" font-family="system-ui, sans-serif" font-size="22" font-weight="600">Forecast Ledger</text></svg>';

/** Has the name lead home: the plugin puts the address at the picture, where it leads nowhere. */
function homeScript(home: string): string {
  return `new MutationObserver((_changes, observer) => {
  const link = document.querySelector('.topbar a.link');
  if (link === null) return;
  observer.disconnect();
  link.href = ${JSON.stringify(home)};
  link.ariaLabel = 'Forecast Ledger';
}).observe(document, { childList: true, subtree: true });
`;
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1b3a57"/><path d="M4 12V8m4 4V4m4 8V6" stroke="#fff" stroke-width="2"/></svg>';

/**
 * `/docs`: Swagger UI on the service's own OpenAPI document, without anything from the network.
 * @param publicPath what a proxy takes off the path, such as `/ledger`
 */
export async function registerSwaggerUi(app: FastifyInstance, publicPath: string): Promise<void> {
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  await app.register(async (scope) => {
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      indexPrefix: publicPath,
      staticCSP: SWAGGER_UI_POLICY,
      uiConfig: {
        docExpansion: 'none',
        deepLinking: true,
        tryItOutEnabled: true,
        validatorUrl: null,
        defaultModelsExpandDepth: 0,
      },
      logo: { type: 'image/svg+xml', content: NAME },
      theme: {
        title: 'Forecast Ledger',
        js: [{ filename: 'home.js', content: homeScript(`${publicPath}/`) }],
        favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: ICON }],
      },
    });
  });
}

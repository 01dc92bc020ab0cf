import type { FastifyInstance } from 'fastify';

/**
 * Policy of the Swagger UI pages: everything from the service itself. Inline styles are the library's own (its SVG
 * icons and layout need them); nothing is fetched from elsewhere, and plain-HTTP installations are not upgraded away.
 */
const SWAGGER_UI_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'";

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
        docExpansion: 'list',
        deepLinking: true,
        tryItOutEnabled: true,
        validatorUrl: null,
        defaultModelsExpandDepth: 0,
      },
      theme: { title: 'Forecast Ledger' },
    });
  });
}

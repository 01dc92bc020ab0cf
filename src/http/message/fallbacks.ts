import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, sendProblem } from './problem.ts';
import { didYouMean } from './suggestion.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods of a route's path, as `Allow` names them. */
    allow?: string;
  }
}

/**
 * What answers when no route does: OPTIONS and 405 where the path exists for other methods, 404 with the nearest path, and the
 * errors of the framework. Call `finish` after the last route is registered.
 */
export function registerFallbacks(app: FastifyInstance, publicPath: string): { finish: () => void } {
  const methodsOf = new Map<string, Set<string>>();
  /** The endings of paths that say a format. */
  const endings = new Set<string>();
  let finished = false;
  /** Paths of what is registered after `finish`: the files of Swagger UI. */
  const furtherUrls: string[] = [];
  app.addHook('onRoute', (route) => {
    if (finished) {
      if ([route.method].flat().includes('GET')) furtherUrls.push(route.url);
      return;
    }
    const methods = methodsOf.get(route.url) ?? new Set<string>();
    for (const method of [route.method].flat()) methods.add(method);
    methodsOf.set(route.url, methods);
    const ending = route.config?.listFormat;
    if (ending !== undefined) endings.add(`.${ending}`);
  });
  const nothingAt = (request: FastifyRequest): Problem =>
    notFound(app, request, [...methodsOf.keys()], [...endings]);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, publicPath));
  app.setNotFoundHandler((request, reply) => sendProblem(nothingAt(request), request, reply, publicPath));

  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'OPTIONS') return;
    const path = request.url.split('?', 1)[0] ?? '/';
    const isFurther = path === '*' || furtherUrls.some((url) => isOfRoute(path.replace(/\/$/, ''), url));
    const allow = request.routeOptions.config.allow ?? (isFurther ? 'GET, HEAD, OPTIONS' : undefined);
    // A preflight is answered whatever the path, so that a page can read the problem that its request then meets.
    if (allow === undefined && request.headers['access-control-request-method'] === undefined)
      // Sent rather than thrown: the route that takes any OPTIONS is older than the error handler.
      return sendProblem(nothingAt(request), request, reply, publicPath);
    if (allow !== undefined) reply.header('allow', allow);
    // Safari waits for a body unless the length says that there is none.
    return reply.code(204).header('content-length', '0').send();
  });

  const finish = (): void => {
    finished = true;
    for (const [url, methods] of methodsOf) {
      if (url.includes('*')) continue;
      const others = app.supportedMethods.filter((method) => method !== 'OPTIONS' && !methods.has(method));
      if (others.length === 0) continue;
      const allow = [...methods, 'OPTIONS'].join(', ');
      app.route({ method: 'OPTIONS', url, config: { allow }, handler: () => undefined });
      app.route({
        method: others,
        url,
        // Before the body is read: whatever it is, the method is wrong.
        onRequest: (request: FastifyRequest, reply: FastifyReply) => {
          const problem = new Problem(
            'methodNotAllowed',
            `${request.method} is not allowed here; allowed: ${allow}.`,
            {
              headers: { allow },
            },
          );
          sendProblem(problem, request, reply, publicPath);
        },
        handler: () => undefined,
      });
    }
  };
  return { finish };
}

function notFound(
  app: FastifyInstance,
  request: FastifyRequest,
  urls: readonly string[],
  endings: readonly string[],
): Problem {
  if (!app.supportedMethods.includes(request.method)) {
    return new Problem('methodNotImplemented', `${request.method} is not a method of this service.`, {
      headers: { allow: 'GET, HEAD, OPTIONS, POST, PUT, DELETE' },
    });
  }
  const path = request.url.split('?', 1)[0] ?? '/';
  const bare = path.slice(0, -(endings.find((ending) => path.endsWith(ending))?.length ?? path.length));
  if (bare !== '' && urls.some((url) => isOfRoute(bare, url))) {
    return new Problem(
      'routeNotFound',
      `There is nothing at ${path.slice(0, 200)}: what is at ${bare.slice(0, 200)} has no form with that ending. Did you mean ${bare.slice(0, 200)}?`,
    );
  }
  const paths = urls.filter((url) => !url.includes(':') && !url.includes('*'));
  const suggestion = didYouMean(path, paths);
  const hint = suggestion === undefined ? ' The paths there are: see /.' : ` Did you mean ${suggestion}?`;
  return new Problem('routeNotFound', `There is nothing at ${path.slice(0, 200)}.${hint}`);
}

/** Whether a path is one of a route's, whatever its parameters. */
function isOfRoute(path: string, url: string): boolean {
  if (url.endsWith('*')) return path.startsWith(url.slice(0, -1));
  const [parts, expected] = [path.split('/'), url.split('/')];
  return (
    parts.length === expected.length &&
    expected.every((part, at) => (part.startsWith(':') ? parts[at] !== '' : part === parts[at]))
  );
}

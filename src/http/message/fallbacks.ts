import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, sendProblem } from './problem.ts';
import { didYouMean, namesHere } from './suggestion.ts';

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
  /** Paths of what is registered after `finish`: the files of Swagger UI. */
  const furtherUrls: string[] = [];
  let finished = false;
  app.addHook('onRoute', (route) => {
    const names = [route.method].flat();
    if (finished) {
      if (names.includes('GET')) furtherUrls.push(route.url);
      return;
    }
    // What ends so may be an id too, for the other methods of the path.
    if (/:\w+\.\w+$/.test(route.url)) return;
    methodsOf.set(route.url, new Set([...(methodsOf.get(route.url) ?? []), ...names]));
    const ending = route.config?.listFormat;
    if (ending !== undefined) endings.add(`.${ending}`);
  });
  const send = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendProblem(error, request, reply, publicPath);
  const nothingAt = ({ method, url }: FastifyRequest): Problem => {
    if (!app.supportedMethods.includes(method))
      return new Problem('methodNotImplemented', `${method} is not a method of this service.`, {
        headers: { allow: 'GET, HEAD, OPTIONS, POST, PUT, DELETE' },
      });
    const path = pathOf(url);
    const shown = path.slice(0, 200);
    const ending = [...endings].find((known) => path.endsWith(known)) ?? path;
    const bare = path.slice(0, -ending.length);
    const urls = [...methodsOf.keys()];
    if (bare !== '' && urls.some((known) => isOfRoute(bare, known))) {
      const meant = bare.slice(0, 200);
      const detail = `There is nothing at ${shown}: what is at ${meant} has no form with that ending. Did you mean ${meant}?`;
      return new Problem('routeNotFound', detail);
    }
    const suggestion =
      namesHere(shown).find((named) => urls.some((known) => isOfRoute(named, known))) ??
      didYouMean(
        path,
        urls.filter((known) => !/[:*]/.test(known)),
      );
    const hint = suggestion === undefined ? 'The paths there are: see /.' : `Did you mean ${suggestion}?`;
    return new Problem('routeNotFound', `There is nothing at ${shown}. ${hint}`);
  };
  app.setNotFoundHandler((request, reply) => send(nothingAt(request), request, reply));

  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'OPTIONS') return;
    const path = pathOf(request.url);
    const isFurther = path === '*' || furtherUrls.some((url) => isOfRoute(path.replace(/\/$/, ''), url));
    const allow = request.routeOptions.config.allow ?? (isFurther ? 'GET, HEAD, OPTIONS' : undefined);
    // A preflight is answered whatever the path, so that a page can read the problem that its request then meets.
    if (allow === undefined && request.headers['access-control-request-method'] === undefined)
      throw nothingAt(request);
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
          const detail = `${request.method} is not allowed here; allowed: ${allow}.`;
          send(new Problem('methodNotAllowed', detail, { headers: { allow } }), request, reply);
        },
        handler: () => undefined,
      });
    }
  };
  return { finish };
}

/** The path of an address, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '/';
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

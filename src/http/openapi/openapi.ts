import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Scope } from '../auth.ts';
import type { ProblemCode } from '../message/problem.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, ProblemDocument } from '../message/problem.ts';
import { DESCRIPTION, VERSION } from './manifest.ts';

/** What a route says of itself: enough for validation, for the OpenAPI document and for an example that runs. */
export interface Operation {
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly querystring?: z.ZodType;
  readonly body?: z.ZodType;
  /** Media types of the body, where it is not JSON that is validated. */
  readonly consumes?: readonly string[];
  /** A body that is accepted on the seeded data. Swagger UI fills it in; a test sends it. */
  readonly bodyExample?: object;
  readonly response: z.ZodType;
  /** Status of success, where it is not 200. */
  readonly status?: 200 | 201 | 202;
  readonly responseDescription: string;
  /** What `response` describes, where it is not plain JSON. */
  readonly mediaType?: string;
  /** Further forms of the answer, beside `response`. */
  readonly otherForms?: readonly { readonly mediaType: string; readonly isText: boolean }[];
  /** Parameters with which the operation answers on the seeded data. Swagger UI fills them in; a test executes them. */
  readonly example?: Readonly<Record<string, string>>;
  /** Problems beside those that any operation may answer with. */
  readonly problems?: readonly ProblemCode[];
  /** The scope that a key needs for it; without one, no key is needed. The route has `requireKey` beside it. */
  readonly key?: Scope;
  /** Whether it takes an `Idempotency-Key`. The route answers through `answerOnce`. */
  readonly idempotent?: boolean;
  /** Whether it takes `If-Match` with the tag of a revision. The route has `requireMatch`. */
  readonly ifMatch?: boolean;
  /** Whether the answer has the tag of a record's revision as its `ETag`. */
  readonly etag?: boolean;
  /** Whether the answer says in `Location` where the new thing is. */
  readonly location?: boolean;
  /** Whether the answer is given as JSON-stat too. */
  readonly jsonStat?: boolean;
  /** Whether the answer is a list with a `Link` to its next page. */
  readonly list?: boolean;
}

const TAGS = {
  Forecasts: 'The records: who forecast how much, where it is printed.',
  Outcomes: 'What was reported as realised, and how the forecasts compare with it.',
  Money: 'Currencies, exchange rates, and converting any amount with a receipt.',
  Analysis: 'Breakdowns by sector and comparisons of forecasters, without adding what does not add.',
  Catalogue: 'Sectors, forecasters, sources, measures, regions, scopes and collections.',
  'Imports and exports': 'Many records at once, in and out.',
  Operation: 'Whether the service is alive and ready.',
} as const;
type Tag = keyof typeof TAGS;

const COMMON_PROBLEMS: readonly ProblemCode[] = [
  'malformedUrl',
  'invalidRequest',
  'headersTooLarge',
  'internalError',
  'serviceOverloaded',
  'serviceUnavailable',
  'keyInvalid',
  'tooManyFailedKeys',
  'storageFailing',
];
const KEY_PROBLEMS: readonly ProblemCode[] = ['keyRequired', 'keyScopeTooNarrow'];
const WRITE_PROBLEMS: readonly ProblemCode[] = [
  'ledgerBusy',
  'clockBehindLedger',
  'storageReadOnly',
  'storageFull',
];
const BODY_PROBLEMS: readonly ProblemCode[] = [
  'malformedRequest',
  'requestTimeout',
  'contentTooLarge',
  'unsupportedMediaType',
];
const IDEMPOTENCY_PROBLEMS: readonly ProblemCode[] = ['idempotencyKeyInUse', 'idempotencyKeyReused'];

/** Name of the security scheme: what Swagger UI's Authorize button asks for. */
const KEY_SCHEME = 'key';

const INTRODUCTION = `${DESCRIPTION}

Amounts are exact decimal strings. Unknown parameters and ids are errors that suggest what may have been meant. Lists are
pages: follow \`page.nextUrl\`. Errors are problem documents (RFC 9457) with a stable \`code\`.

**Keys**: reading needs none. Writing takes \`Authorization: Bearer fl_…\` with a key of the scope that the operation names
(\`admin\` includes \`write\`, which includes \`read\`); whoever runs the service makes them with \`keys create\`. A wrong key
is refused everywhere, also where none is needed; after ten wrong ones within a minute an address is answered 429 for
them, while a right key is always taken. A write with an \`Idempotency-Key\` can be sent again for 24 hours and is done
once.

**What may change within /v1**: new paths, new optional parameters, new fields, new values of open lists such as
measures and sectors. What does not: a field's name, type and unit; the meaning of a parameter; a problem's \`code\`.`;

type JsonObject = Record<string, unknown>;

const JSON_STAT: JsonObject = {
  type: 'object',
  description: 'JSON-stat 2.0: https://json-stat.org/full/',
  required: ['version', 'class', 'label'],
  properties: {
    version: { const: '2.0' },
    class: { enum: ['dataset', 'collection'] },
    label: { type: 'string' },
  },
};

/** The Fastify schema of an operation. `x-operation` carries what the transform below adds to the document. */
export function operation(definition: Operation): FastifySchema {
  const { operationId, tag, summary, description, params, querystring, body, response } = definition;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(body === undefined ? {} : { body }),
    ...(definition.consumes === undefined ? {} : { consumes: [...definition.consumes] }),
    ...(definition.key === undefined ? {} : { security: [{ [KEY_SCHEME]: [] }] }),
    response: { [definition.status ?? 200]: response },
    'x-operation': definition,
  } as FastifySchema;
}

/** What a route says of itself; undefined for one that is not described. */
function operationOf(schema: unknown): Operation | undefined {
  return (schema as JsonObject | undefined)?.['x-operation'] as Operation | undefined;
}

/** Whether a route reads what has no other form than JSON. */
export function isJsonOnly(route: RouteOptions): boolean {
  const definition = operationOf(route.schema);
  if (definition === undefined || !isReading(route)) return false;
  return definition.list !== true && definition.mediaType === undefined && !definition.otherForms;
}

/** Whether a route gives a part of the ledger. */
function isReading({ method, url }: Pick<RouteOptions, 'method' | 'url'>): boolean {
  return url.startsWith('/v1/') && [method].flat().some((name) => name === 'GET' || name === 'HEAD');
}

/** Registers the OpenAPI document; call before any route. `serverUrl` is the address clients should use. */
export async function registerOpenApi(app: FastifyInstance, serverUrl: string): Promise<void> {
  const { default: swagger } = await import('@fastify/swagger');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Forecast Ledger',
        version: VERSION,
        description: INTRODUCTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: serverUrl }],
      tags: Object.entries(TAGS).map(([name, about]) => ({ name, description: about })),
      components: {
        securitySchemes: {
          [KEY_SCHEME]: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'fl_<id>_<secret>',
            description:
              'A key made with `keys create`; here the key alone, without "Bearer". Reading needs none.',
          },
        },
      },
      security: [],
    },
    transform: (route) => {
      const definition = operationOf(route.schema);
      if (definition === undefined) return { schema: { hide: true }, url: route.url };
      const problems: readonly ProblemCode[] = [
        ...(isReading(route.route) ? (['preconditionFailed'] as const) : []),
        ...(isJsonOnly(route.route) ? (['notAcceptable'] as const) : []),
        ...(definition.problems ?? []),
      ];
      const { schema, url } = jsonSchemaTransform(route as Parameters<typeof jsonSchemaTransform>[0]);
      return { schema: describe(schema as JsonObject, { ...definition, problems }) as FastifySchema, url };
    },
    transformObject: (input) =>
      prune(
        jsonSchemaTransformObject(input as Parameters<typeof jsonSchemaTransformObject>[0]) as JsonObject,
      ),
  });
}

/** `/openapi.json`, put together when it is first asked for; call after the last route. */
export function registerOpenApiDocument(app: FastifyInstance): void {
  let document: string | undefined;
  app.get('/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json').send(document);
  });
}

/** fastify-type-provider-zod keeps neither response headers nor examples nor media types: they are put in here. */
function describe(schema: JsonObject, definition: Operation): JsonObject {
  const { 'x-operation': _, ...kept } = schema;
  for (const part of ['querystring', 'params']) {
    const properties =
      (kept[part] as { properties?: Record<string, JsonObject> } | undefined)?.properties ?? {};
    for (const [name, property] of Object.entries(properties)) {
      const example = definition.example?.[name];
      if (example === undefined) delete property.examples;
      else property.examples = [example];
    }
  }
  const status = String(definition.status ?? 200);
  const success = (kept.response as Record<string, JsonObject>)[status];
  const properties = {
    ...(definition.idempotent === true ? IDEMPOTENCY_HEADERS : {}),
    ...(definition.ifMatch === true ? IF_MATCH_HEADERS : {}),
  };
  if (Object.keys(properties).length > 0)
    kept.headers = {
      type: 'object',
      properties,
      ...(definition.ifMatch === true ? { required: Object.keys(IF_MATCH_HEADERS) } : {}),
    };
  if (definition.bodyExample !== undefined)
    kept.body = { ...(kept.body as JsonObject), examples: [definition.bodyExample] };
  if (definition.key !== undefined)
    kept.description =
      `${definition.description ?? ''}\n\nNeeds a key with the scope \`${definition.key}\`.`.trim();
  kept.response = {
    [status]: {
      description: definition.responseDescription,
      headers: {
        'X-Request-Id': { type: 'string', description: "The request's id, as in the log." },
        ...(definition.list === true
          ? { Link: { type: 'string', description: 'The next page, with `rel="next"`.' } }
          : {}),
        ...(definition.location === true
          ? { Location: { type: 'string', description: 'Where it is from now on.' } }
          : {}),
        ...(definition.etag === true
          ? { ETag: { type: 'string', description: 'The tag of the revision, as `meta.revisionTag`.' } }
          : {}),
        ...(definition.idempotent === true
          ? {
              'Idempotency-Replayed': {
                type: 'string',
                description: '`true` where an earlier answer is given again.',
              },
            }
          : {}),
      },
      content: {
        [definition.mediaType ?? 'application/json']: { schema: success },
        ...Object.fromEntries(
          (definition.otherForms ?? []).map(({ mediaType, isText }) => [
            mediaType,
            { schema: isText ? { type: 'string' } : {} },
          ]),
        ),
        ...(definition.jsonStat === true ? { 'application/vnd.json-stat+json': { schema: JSON_STAT } } : {}),
      },
    },
    ...problemResponses([
      ...COMMON_PROBLEMS,
      ...(definition.list === true ? (['notAcceptable', 'tooManyStreams'] as const) : []),
      ...(definition.key === undefined ? [] : KEY_PROBLEMS),
      ...(definition.key === 'write' || definition.key === 'admin' ? WRITE_PROBLEMS : []),
      ...(definition.body === undefined ? [] : BODY_PROBLEMS),
      ...(definition.idempotent === true ? IDEMPOTENCY_PROBLEMS : []),
      ...(definition.problems ?? []),
    ]),
  };
  return kept;
}

/** Stated in the document only: validated headers would lose those that the schema does not name. */
const IDEMPOTENCY_HEADERS: JsonObject = {
  'Idempotency-Key': {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    description:
      'A value of your own choice, such as a UUID. Sent again with the same body within 24 hours, it gives the same answer and writes nothing.',
  },
};

const IF_MATCH_HEADERS: JsonObject = {
  'If-Match': {
    type: 'string',
    description:
      'The tag of the revision to change, with its quotes, as `meta.revisionTag` gives it; `*` for whichever counts now.',
  },
};

function problemResponses(codes: readonly ProblemCode[]): JsonObject {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes))
    byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      String(status),
      {
        description: those.map((code) => `\`${code}\`: ${PROBLEMS[code].description}`).join('\n\n'),
        content: {
          [PROBLEM_MEDIA_TYPE]: { schema: { $ref: `#/components/schemas/${ProblemDocument.meta()?.id}` } },
        },
      },
    ]),
  );
}

/** Keeps the components that a path reaches: the provider emits each one twice, for input and for output. */
function prune(document: JsonObject): JsonObject {
  const { schemas, securitySchemes, ...others } = document.components as {
    schemas: Record<string, unknown>;
    securitySchemes: Record<string, unknown>;
  };
  const reached = new Set<string>();
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    for (const [key, value] of Object.entries(node)) {
      if (key === '$ref' && typeof value === 'string') {
        const name = value.slice('#/components/schemas/'.length);
        if (!reached.has(name)) {
          reached.add(name);
          visit(schemas[name]);
        }
      } else visit(value);
    }
  };
  visit(document.paths);
  const kept = Object.fromEntries(
    Object.entries(schemas)
      .filter(([name]) => reached.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const needsKeys = Object.values(document.paths as Record<string, Record<string, JsonObject>>).some(
    (methods) => Object.values(methods).some(({ security }) => security !== undefined),
  );
  return {
    ...document,
    components: { ...others, ...(needsKeys ? { securitySchemes } : {}), schemas: kept },
  };
}

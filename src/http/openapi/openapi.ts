import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Scope } from '../auth.ts';
import type { ProblemCode } from '../message/problem.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, ProblemDocument } from '../message/problem.ts';
import { ENDING_PARAMETERS, FORM_PARAMETERS } from '../query/paging.ts';
import { DESCRIPTION, VERSION } from './manifest.ts';
import { describedQuery, exampleValue } from './parameters.ts';
import type { Document, JsonObject } from './shared-parts.ts';
import { sharePartsOf } from './shared-parts.ts';

interface OtherForm {
  readonly mediaType: string;
  readonly isText: boolean;
  /** What its bytes say, where they are not plain text. */
  readonly schema?: JsonObject;
}

/** What a route says of itself: enough for validation, for the OpenAPI document and for an example that runs. */
export interface Operation {
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  /** Without one, a parameter is refused. */
  readonly querystring?: z.ZodObject;
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
  readonly otherForms?: readonly OtherForm[];
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
  /** Where the document has it, if not at the path of its route. */
  readonly path?: string;
  /** Whether the answer is given in other forms than JSON too, which the document has at a path of their own. */
  readonly hasForms?: boolean;
  /** Whether the answer is a list with a `Link` to its next page. */
  readonly list?: boolean;
}

const TAGS = {
  Forecasts: 'The records: who forecast how much, where it is printed.',
  Outcomes: 'What was reported as realised, and how the forecasts compare with it.',
  Money: 'Currencies, exchange rates, and converting any amount with a receipt.',
  Analysis:
    'Breakdowns by sector, comparisons of forecasters, and how forecasts moved, without adding what does not add.',
  Catalogue: 'Sectors, forecasters, sources, measures, regions, scopes and collections.',
  'Imports and exports': 'Many records at once, in and out.',
  Operation: 'Whether the service is alive and ready, and how it does.',
} as const;
type Tag = keyof typeof TAGS;

/** What operations of a kind have in common, for the document only: validated headers would lose those of no schema. */
interface Trait {
  readonly isOf: (definition: Operation & { readonly isReading: boolean }) => boolean;
  readonly requestHeaders?: Readonly<Record<string, JsonObject>>;
  readonly requiredHeaders?: readonly string[];
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly problems?: readonly ProblemCode[];
}

const TRAITS: readonly Trait[] = [
  {
    isOf: () => true,
    responseHeaders: { 'X-Request-Id': "The request's id, as in the log." },
    problems: [
      'malformedUrl',
      'invalidRequest',
      'expectationFailed',
      'headersTooLarge',
      'internalError',
      'serviceOverloaded',
      'serviceUnavailable',
      'keyInvalid',
      'tooManyFailedKeys',
      'storageFailing',
      'databaseUnreachable',
    ],
  },
  {
    isOf: ({ list }) => list === true,
    responseHeaders: { Link: 'The next page, with `rel="next"`.' },
    problems: ['notAcceptable', 'tooManyRows', 'tooManyStreams'],
  },
  {
    isOf: ({ isReading }) => isReading,
    requestHeaders: {
      'Ledger-Min-Version': {
        type: 'string',
        pattern: '^\\d{1,15}(-\\w{1,64})?$',
        description:
          'A `meta.datasetVersion`, or its number: the answer is of that version or a later one, whichever server gives it. For who has written, or read, by another address.',
      },
    },
    responseHeaders: {
      'Ledger-Freshness':
        '`unconfirmed` where the primary database cannot be reached: what it wrote last may be missing.',
    },
    problems: ['versionNotReached'],
  },
  { isOf: ({ location }) => location === true, responseHeaders: { Location: 'Where it is from now on.' } },
  {
    isOf: ({ etag }) => etag === true,
    responseHeaders: { ETag: 'The tag of the revision, as `meta.revisionTag`.' },
  },
  { isOf: ({ key }) => key !== undefined, problems: ['keyRequired', 'keyScopeTooNarrow'] },
  {
    isOf: ({ key }) => key === 'write' || key === 'admin',
    problems: ['ledgerBusy', 'clockBehindLedger', 'storageReadOnly', 'storageFull'],
  },
  {
    // A DELETE may come with a body, which is looked at.
    isOf: ({ body, key }) => body !== undefined || key === 'write' || key === 'admin',
    problems: ['malformedRequest', 'requestTimeout', 'contentTooLarge', 'unsupportedMediaType'],
  },
  {
    isOf: ({ idempotent }) => idempotent === true,
    requestHeaders: {
      'Idempotency-Key': {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        description:
          'A value of your own choice, such as a UUID. Sent again with the same body within 24 hours, it gives the same answer and writes nothing.',
      },
    },
    responseHeaders: { 'Idempotency-Replayed': '`true` where an earlier answer is given again.' },
    problems: ['idempotencyKeyInUse', 'idempotencyKeyReused'],
  },
  {
    isOf: ({ ifMatch }) => ifMatch === true,
    requestHeaders: {
      'If-Match': {
        type: 'string',
        description:
          'The tag of the revision to change, with its quotes, as `meta.revisionTag` gives it; `*` for whichever counts now.',
      },
    },
    requiredHeaders: ['If-Match'],
  },
];

/** Name of the security scheme: what Swagger UI's Authorize button asks for. */
const KEY_SCHEME = 'key';

const INTRODUCTION = `${DESCRIPTION}

Amounts are exact decimal strings. Unknown parameters and ids are errors that suggest what may have been meant. Lists are
pages: follow \`page.nextUrl\`. Errors are problem documents (RFC 9457) with a stable \`code\`. Agents ask at \`/mcp\`, over the
Model Context Protocol. Dashboards to import, for Grafana, Observable, Power Query and Vega-Lite, are files of the package: its
folder \`dashboards\`, which is not served.

**Keys**: reading needs none. Writing takes \`Authorization: Bearer fl_…\` with a key of the scope that the operation names
(\`admin\` includes \`write\`, which includes \`read\`); whoever runs the service makes them with \`keys create\`. A wrong key
is refused everywhere, also where none is needed; after ten wrong ones within a minute an address is answered 429 for
them, while a right key is always taken. A write with an \`Idempotency-Key\` can be sent again for 24 hours and is done
once.

**What may change within /v1**: new paths, new optional parameters, new fields, new values of open lists such as
measures and sectors. What does not: a field's name, type and unit; the meaning of a parameter; a problem's \`code\`.`;

const NO_QUERY = z.strictObject({});

/** The Fastify schema of an operation. `x-operation` carries what the transform below adds to the document. */
export function operation(definition: Operation): FastifySchema {
  const { operationId, tag, summary, responseDescription, description = responseDescription } = definition;
  const { params, body, consumes } = definition;
  const schema = {
    operationId,
    tags: [tag],
    summary,
    description,
    params,
    querystring: definition.querystring ?? NO_QUERY,
    body,
    consumes,
    security: definition.key && [{ [KEY_SCHEME]: [] }],
    response: { [definition.status ?? 200]: definition.response },
    'x-operation': definition,
  };
  return Object.fromEntries(Object.entries(schema).filter(([, part]) => part !== undefined)) as FastifySchema;
}

/** The schema of a route that validates otherwise than the document describes it. */
export function describedOnly(definition: Operation, validated: FastifySchema): FastifySchema {
  return { ...validated, 'x-operation': definition } as FastifySchema;
}

/** What a route says of itself; undefined for one that is not described. */
function operationOf(schema: unknown): Operation | undefined {
  return (schema as JsonObject | undefined)?.['x-operation'] as Operation | undefined;
}

/** Whether a route reads what has no other form than JSON. */
export function isJsonOnly(route: RouteOptions): boolean {
  const definition = operationOf(route.schema);
  if (definition === undefined || !isReading(route)) return false;
  return definition.hasForms !== true && definition.mediaType === undefined && !definition.otherForms;
}

function isGet({ method }: Pick<RouteOptions, 'method'>): boolean {
  return [method].flat().some((name) => name === 'GET' || name === 'HEAD');
}

/** Whether a route gives a part of the ledger. */
function isReading(route: Pick<RouteOptions, 'method' | 'url'>): boolean {
  return route.url.startsWith('/v1/') && isGet(route);
}

/** Registers the OpenAPI document; call before any route. `serverUrl` is the address clients should use. */
export async function registerOpenApi(app: FastifyInstance, serverUrl: string): Promise<void> {
  const { default: swagger } = await import('@fastify/swagger');
  const definitions = new Map<string, Operation>();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Forecast Ledger',
        version: VERSION,
        description: INTRODUCTION,
        contact: { name: 'Whoever runs this service' },
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
      definitions.set(definition.operationId, definition);
      const problems: readonly ProblemCode[] = [
        ...(isGet(route.route) ? (['preconditionFailed'] as const) : []),
        ...(isJsonOnly(route.route) ? (['notAcceptable'] as const) : []),
        ...(definition.problems ?? []),
      ];
      const { querystring = NO_QUERY, path = route.url } = definition;
      const hidden = isGet(route.route)
        ? definition.path === undefined
          ? FORM_PARAMETERS
          : ENDING_PARAMETERS
        : [];
      const { schema } = jsonSchemaTransform({
        ...route,
        schema: { ...operation(definition), querystring: describedQuery(querystring, hidden) },
      } as Parameters<typeof jsonSchemaTransform>[0]);
      const isOfLedger = isReading(route.route);
      const described = describe(schema as JsonObject, { ...definition, problems, isReading: isOfLedger });
      if (isOfLedger) Object.assign(described.response as JsonObject, NOT_MODIFIED);
      return { schema: described as FastifySchema, url: path };
    },
    transformObject: (input) => {
      const transformed = jsonSchemaTransformObject(input as Parameters<typeof jsonSchemaTransformObject>[0]);
      const document = transformed as unknown as Document;
      sayListStyle(document);
      describeBodies(document, definitions);
      return prune(sharePartsOf(document));
    },
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

const NOT_MODIFIED: JsonObject = {
  304: {
    description: 'The client has the answer: `If-None-Match` names its tag, or is `*`. Without a body.',
  },
};

/** fastify-type-provider-zod keeps neither response headers nor examples nor media types: they are put in here. */
function describe(schema: JsonObject, definition: Parameters<Trait['isOf']>[0]): JsonObject {
  const { 'x-operation': _, ...kept } = schema;
  const { example, key, mediaType = 'application/json', otherForms = [] } = definition;
  for (const part of [kept.querystring, kept.params] as { properties?: Record<string, JsonObject> }[])
    for (const [name, property] of Object.entries(part?.properties ?? {})) {
      if (example?.[name] === undefined) delete property.examples;
      else property.examples = [exampleValue(property, example[name])];
    }
  const traits = TRAITS.filter(({ isOf }) => isOf(definition));
  const properties = Object.assign({}, ...traits.map(({ requestHeaders }) => requestHeaders)) as JsonObject;
  const required = traits.flatMap(({ requiredHeaders = [] }) => requiredHeaders);
  if (Object.keys(properties).length > 0)
    kept.headers = { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
  if (key !== undefined) kept.description = `${kept.description}\n\nNeeds a key with the scope \`${key}\`.`;
  const status = String(definition.status ?? 200);
  const success = (kept.response as Record<string, JsonObject>)[status];
  const content = Object.fromEntries([
    [mediaType, { schema: success }],
    ...otherForms.map((form) => [
      form.mediaType,
      { schema: form.schema ?? (form.isText ? { type: 'string' } : {}) },
    ]),
  ]);
  const isTried = status === '201' && 'dryRun' in (definition.querystring?.shape ?? {});
  kept.response = {
    ...(isTried ? { 200: { description: 'A dry run: nothing was written.', content } } : {}),
    [status]: {
      description: definition.responseDescription,
      headers: Object.fromEntries(
        traits
          .flatMap(({ responseHeaders = {} }) => Object.entries(responseHeaders))
          .map(([name, description]) => [name, { type: 'string', description }]),
      ),
      content,
    },
    ...problemResponses([...traits.flatMap(({ problems = [] }) => problems), ...(definition.problems ?? [])]),
  };
  return kept;
}

function problemResponses(codes: readonly ProblemCode[]): JsonObject {
  const schema = { $ref: `#/components/schemas/${ProblemDocument.meta()?.id}` };
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      String(status),
      {
        description: those.map((code) => `\`${code}\`: ${PROBLEMS[code].description}`).join('\n\n'),
        content: { [PROBLEM_MEDIA_TYPE]: { schema } },
      },
    ]),
  );
}

/** Examples of bodies, which the plugin drops beside a reference, and what files are in each of their media types. */
function describeBodies({ paths }: Document, definitions: ReadonlyMap<string, Operation>): void {
  for (const { operationId, requestBody } of Object.values(paths).flatMap((methods) =>
    Object.values(methods),
  )) {
    const { bodyExample, consumes } = definitions.get(operationId) ?? {};
    for (const [mediaType, content] of Object.entries(requestBody?.content ?? {})) {
      const isJson = mediaType === 'application/json';
      if (consumes !== undefined) content.schema = isJson ? JSON_FILE : { type: 'string' };
      if (isJson && bodyExample !== undefined) content.example = bodyExample;
    }
  }
}

const JSON_FILE = { type: 'array', items: { type: 'object', additionalProperties: true } };

/** Lists are sent as `a,b,c`, which the plugin can say of all parameters of an operation or of none. */
function sayListStyle({ paths }: Document): void {
  for (const operations of Object.values(paths))
    for (const { parameters = [] } of Object.values(operations))
      for (const parameter of parameters)
        if ((parameter.schema as JsonObject).type === 'array')
          Object.assign(parameter, { style: 'form', explode: false });
}

/**
 * Keeps the components that a path reaches. The provider emits each one twice, for input and for output, and calls the one
 * for input `XInput`: it is `X` where there is no other.
 */
function prune(document: Document): Document {
  const { components } = document;
  const { schemas } = components;
  const reached = new Set<string>();
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    for (const [key, value] of Object.entries(node)) {
      if (key !== '$ref' || typeof value !== 'string') {
        visit(value);
        continue;
      }
      const [, name = ''] = value.split(SCHEMAS);
      if (name === '' || reached.has(name)) continue;
      reached.add(name);
      visit(schemas[name]);
    }
  };
  visit({ ...document, components: { ...components, schemas: {} } });
  const nameOf = (name: string): string => {
    const bare = name.replace(/Input$/, '');
    return reached.has(bare) ? name : bare;
  };
  const kept = Object.fromEntries([...reached].sort().map((name) => [nameOf(name), schemas[name]]));
  return JSON.parse(
    JSON.stringify({ ...document, components: { ...components, schemas: kept } }),
    (key, value) =>
      key === '$ref' && value.startsWith(SCHEMAS) ? SCHEMAS + nameOf(value.slice(SCHEMAS.length)) : value,
  );
}

const SCHEMAS = '#/components/schemas/';

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';

interface OpenApiResponse {
  readonly content?: Readonly<Record<string, unknown>>;
}
interface OpenApiOperation {
  readonly operationId: string;
  readonly parameters?: readonly {
    in: string;
    name: string;
    required?: boolean;
    example?: string;
    schema?: { readonly enum?: readonly string[] };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: object }>> };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

export const OPENAPI_FILE = new URL('../../openapi/openapi.json', import.meta.url);
export const committedDocument = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8')) as OpenApiDocument;

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(withoutSparseRecords(committedDocument) as object, 'whole-records');
ajv.addSchema(committedDocument, 'document');

/** With `fields` a list may hold parts of records; without, every record must be whole. */
function withoutSparseRecords(document: OpenApiDocument): unknown {
  return JSON.parse(JSON.stringify(document), (key, value) =>
    key === 'anyOf' && Array.isArray(value)
      ? value.filter((branch) => branch.$ref !== '#/components/schemas/SparseRecord')
      : value,
  );
}

/** Pointer part of a JSON reference. */
function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function pathTemplate(pathname: string): string | undefined {
  const templates = Object.keys(committedDocument.paths);
  const exact = templates.find((template) => template === pathname);
  return (
    exact ??
    templates.find((template) => {
      const pattern = template
        .split(/\{[^}]+\}/)
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${pattern.join('[^/]+')}$`).test(pathname);
    })
  );
}

/**
 * Checks an answer against the committed OpenAPI document: the status must be described for the operation, the media
 * type for the status, and the body must fit its schema. Throws what does not fit.
 */
export function checkResponse(request: InjectOptions, response: LightMyRequestResponse): void {
  const method = (request.method ?? 'GET').toLowerCase();
  const url = new URL(String(request.url), 'http://test');
  const template = pathTemplate(url.pathname);
  const mediaType = String(response.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  if (response.statusCode >= 400) {
    check('document#/components/schemas/Problem', response, `${method} ${url}`);
    if (mediaType !== 'application/problem+json') throw new Error(`${url}: a problem of type ${mediaType}`);
  }
  const operation = template === undefined ? undefined : committedDocument.paths[template]?.[method];
  if (template === undefined || operation === undefined) return;
  const described = operation.responses[String(response.statusCode)];
  if (described === undefined)
    throw new Error(`${method} ${template} does not describe status ${response.statusCode}`);
  if (described.content?.[mediaType] === undefined)
    throw new Error(`${method} ${template} does not describe ${mediaType}`);
  const partial = url.searchParams.has('fields') || url.searchParams.get('shape') === 'flat';
  const document = partial ? 'document' : 'whole-records';
  const place = [
    'paths',
    template,
    method,
    'responses',
    String(response.statusCode),
    'content',
    mediaType,
    'schema',
  ];
  if (/^application\/(?:[\w.-]+\+)?json$/.test(mediaType))
    check(`${document}#/${place.map(escapePointer).join('/')}`, response, `${method} ${url}`);
}

function check(reference: string, response: LightMyRequestResponse, what: string): void {
  const validate = ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
  if (!validate(response.json())) {
    throw new Error(
      `${what} does not fit the OpenAPI document: ${ajv.errorsText(validate.errors)}\n${response.body.slice(0, 2000)}`,
    );
  }
}

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';

interface OpenApiResponse {
  readonly content?: Readonly<Record<string, unknown>>;
}
interface ParameterSchema {
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly type?: string | readonly string[];
}
interface OpenApiOperation {
  readonly operationId: string;
  /** Where it needs a key. */
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    in: string;
    name: string;
    required?: boolean;
    style?: string;
    explode?: boolean;
    /** Of the type that the schema says; as a text it is what stands in an address. */
    example?: unknown;
    schema?: ParameterSchema & { readonly items?: ParameterSchema };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: object }>> };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}
type Components = Readonly<Record<string, unknown>>;
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: Readonly<Record<'schemas' | 'parameters' | 'responses' | 'headers', Components>>;
}

export const OPENAPI_FILE = new URL('../../openapi/openapi.json', import.meta.url);
/** A document with shared parameters, responses and headers where they are referred to. */
export function resolvedDocument(document: OpenApiDocument): OpenApiDocument {
  return JSON.parse(JSON.stringify(document), (_key, value) => {
    const [, kind = '', name = ''] =
      /^#\/components\/(parameters|responses|headers)\/(.*)$/.exec(value?.$ref) ?? [];
    return kind === '' ? value : document.components[kind as 'parameters'][name];
  });
}

export const committedDocument = resolvedDocument(JSON.parse(readFileSync(OPENAPI_FILE, 'utf8')));

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(committedDocument, 'document');
// With `fields` an answer holds parts of records, which are what they are in whole ones.
ajv.addSchema(
  JSON.parse(JSON.stringify(committedDocument), (key, value) => (key === 'required' ? undefined : value)),
  'parts',
);

/** Pointer part of a JSON reference. */
function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** How the path of an answer in other forms ends in the document. */
export const IN_FORMAT = '.{format}';

/** What a path may end in, in its place. */
const ENDING = new RegExp(
  `\\.(?:${[...new Set(operationsInForms().flatMap(({ parameters = [] }) => parameters))]
    .filter(({ name }) => name === 'format')
    .flatMap(({ schema }) => schema?.enum ?? [])
    .join('|')})$`,
);

function operationsInForms(): readonly OpenApiOperation[] {
  return Object.entries(committedDocument.paths).flatMap(([path, methods]) =>
    path.endsWith(IN_FORMAT) ? Object.values(methods) : [],
  );
}

/** The path of the document that an address is of. */
export function pathTemplate(pathname: string): string | undefined {
  const templates = Object.keys(committedDocument.paths);
  const inForm = pathname.replace(ENDING, IN_FORMAT);
  return (
    templates.find((template) => template === pathname) ??
    templates.find((template) => template.endsWith(IN_FORMAT) && isOf(inForm, template)) ??
    templates.find((template) => /\}\.\w+$/.test(template) && isOf(pathname, template)) ??
    templates.find((template) => isOf(pathname, template))
  );
}

function isOf(path: string, template: string): boolean {
  const [parts, expected] = [path.split('/'), template.split('/')];
  return parts.length === expected.length && expected.every((part, at) => isPart(parts[at] ?? '', part));
}

function isPart(part: string, expected: string): boolean {
  const [, ending] = /^\{\w+\}(.*)$/.exec(expected) ?? [];
  return ending === undefined ? part === expected : part.endsWith(ending) && part !== ending;
}

/** What the path of a picture ends in. */
const PICTURES: Readonly<Record<string, string>> = { 'image/svg+xml': 'svg', 'image/png': 'png' };

/** The path at which the document has the answer to a request, which may say its form otherwise than by an ending. */
function describedPath({ pathname, searchParams }: URL, mediaType: string): string | undefined {
  const template = pathTemplate(pathname);
  const asPicture = `${template}.${PICTURES[mediaType]}`;
  if (asPicture in committedDocument.paths) return asPicture;
  const inForms = `${template}${IN_FORMAT}`;
  if (template === undefined || !(inForms in committedDocument.paths)) return template;
  const plain = committedDocument.paths[template]?.get?.responses['200']?.content ?? {};
  const isWhole = searchParams.get('shape') !== 'flat' && searchParams.get('compact') !== 'true';
  return mediaType.endsWith('json') && mediaType in plain && isWhole ? template : inForms;
}

/** The address of an operation's example. */
export function exampleAddress(path: string, parameters: OpenApiOperation['parameters'] = []): string {
  let pathname = path;
  const query = new URLSearchParams();
  for (const { in: place, name, example } of parameters) {
    if (place === 'path') pathname = pathname.replace(`{${name}}`, encodeURIComponent(String(example ?? '')));
    else if (place === 'query' && example !== undefined) query.set(name, String(example));
  }
  return query.size > 0 ? `${pathname}?${query}` : pathname;
}

/** What a request was answered with. */
export interface Answered {
  readonly status: number;
  readonly mediaType: string;
  /** Decoded. */
  readonly body: string;
}

/**
 * Checks an answer against the committed OpenAPI document: the status must be described for the operation, the media
 * type for the status, and the body must fit its schema. Throws what does not fit.
 */
export function checkResponse(request: InjectOptions, response: LightMyRequestResponse): void {
  checkAnswer(request.method ?? 'GET', String(request.url), {
    status: response.statusCode,
    mediaType: String(response.headers['content-type'] ?? '').split(';', 1)[0] ?? '',
    body: response.body,
  });
}

/** The same of any answer. HEAD is described as GET, and has no body. */
export function checkAnswer(method: string, address: string, answered: Answered): void {
  const { status, mediaType } = answered;
  const url = new URL(address, 'http://test');
  const isHead = method.toUpperCase() === 'HEAD';
  if (status >= 400) {
    if (!isHead) check('document#/components/schemas/Problem', answered, `${method} ${url}`);
    if (mediaType !== 'application/problem+json') throw new Error(`${url}: a problem of type ${mediaType}`);
  }
  const name = isHead ? 'get' : method.toLowerCase();
  const template = status < 300 ? describedPath(url, mediaType) : pathTemplate(url.pathname);
  const operation = template === undefined ? undefined : committedDocument.paths[template]?.[name];
  if (template === undefined || operation === undefined) return;
  // Only what is read has forms.
  if (name !== 'get' && !isOf(url.pathname, template)) return;
  const described = operation.responses[String(status)];
  if (described === undefined) throw new Error(`${name} ${template} does not describe status ${status}`);
  if (status === 304) return;
  if (described.content?.[mediaType] === undefined)
    throw new Error(`${name} ${template} does not describe ${mediaType}`);
  const document = url.searchParams.has('fields') ? 'parts' : 'document';
  const place = ['paths', template, name, 'responses', String(status), 'content', mediaType, 'schema'];
  if (/^application\/(?:[\w.-]+\+)?json$/.test(mediaType) && !isHead)
    check(`${document}#/${place.map(escapePointer).join('/')}`, answered, `${method} ${url}`);
}

function check(reference: string, { body }: Answered, what: string): void {
  const validate = ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
  if (!validate(JSON.parse(body))) {
    throw new Error(
      `${what} does not fit the OpenAPI document: ${ajv.errorsText(validate.errors)}\n${body.slice(0, 2000)}`,
    );
  }
}

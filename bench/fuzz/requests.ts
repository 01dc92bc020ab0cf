import type { OpenApiDocument } from '../../test/helpers/contract.ts';
import { IN_FORMAT, pathTemplate } from '../../test/helpers/contract.ts';
import type { FuzzAnswer, FuzzRequest } from './exchange.ts';
import type { Json, Parameter, Pick } from './values.ts';
import { DAYS, HEADERS, HOSTILE, LISTS, mutated, QUERY_PIECES, TIMES, WORDS } from './values.ts';

/*
 * Requests, drawn from the OpenAPI document by a seed: what an operation takes, what it does not, and sequences of them.
 */

/** Some requests, each made with the answer to the one before. */
export type Scenario = Generator<FuzzRequest, void, FuzzAnswer>;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly example: Json | undefined;
  readonly hasForms: boolean;
}

export interface RequestOptions {
  readonly random: () => number;
  /** Sends writes. */
  readonly authorization: string;
  /** Begins the ids of what is added: another one for each run on a ledger. */
  readonly tag: string;
}

/** So many ids are used again and again for what is added and not deleted, so that the ledger stays as large as it is. */
const FEW_IDS = 30;
const MOST_REMEMBERED = 300;
const JSON_TYPE = { 'content-type': 'application/json' };

const LONG_OVER = {
  ...{ start: null, end: '1990-12-31', kind: 'cumulativeTo', years: null },
  ...{ asStated: null, inferred: [] },
};

export class Requests {
  readonly #random: () => number;
  readonly #key: Readonly<Record<string, string>>;
  readonly #tag: string;
  readonly #operations: readonly Operation[];
  readonly #ids = new Map<string, string[]>();
  readonly #fields = new Map<string, string[]>();
  readonly #cursors: string[] = [];
  readonly #tags = new Map<string, string>();
  #made = 0;

  constructor(document: OpenApiDocument, { random, authorization, tag }: RequestOptions) {
    this.#random = random;
    this.#key = { authorization };
    this.#tag = tag;
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        parameters,
        example: requestBody?.content['application/json']?.example as Json | undefined,
        hasForms: `${path}${IN_FORMAT}` in document.paths,
      })),
    );
  }

  /** What is asked before all else: the ids there are. */
  *first(): Scenario {
    for (const { path, method } of this.#operations)
      if (method === 'GET' && this.#operations.some((other) => other.path === `${path}/{id}`))
        yield { method, path: `${path}?limit=1000`, headers: this.#key, expected: 200 };
  }

  next(): Scenario {
    const chance = this.#random();
    if (chance < 0.62) return this.#reading();
    if (chance < 0.7) return this.#conditional();
    if (chance < 0.85) return this.#writing();
    if (chance < 0.91) return this.#importing();
    return chance < 0.95 ? this.#life() : this.#stray();
  }

  /** Takes from an answer what further requests may name. */
  learn({ method, path }: FuzzRequest, { status, headers, body }: FuzzAnswer): void {
    const pathname = path.split('?', 1)[0] ?? '';
    const { etag, location } = headers;
    if (location?.includes('/v1/imports/') === true)
      this.#remember('/v1/imports', location.split('/').at(-1) ?? '');
    if (method !== 'GET' || status !== 200) return;
    if (etag !== undefined && this.#tags.size < MOST_REMEMBERED) this.#tags.set(path, etag);
    if (!String(headers['content-type']).startsWith('application/json')) return;
    const { data, page } = JSON.parse(body) as { data?: unknown; page?: { nextCursor: string | null } };
    if (typeof page?.nextCursor === 'string') this.#cursors[this.#cursors.length % 50] = page.nextCursor;
    const template = pathTemplate(pathname)?.replace(IN_FORMAT, '');
    if (!Array.isArray(data) || template === undefined) return;
    for (const { id } of data as { id?: unknown }[]) if (typeof id === 'string') this.#remember(template, id);
    if (!this.#fields.has(template) && data.length > 0) this.#fields.set(template, fieldsOf(data[0] as Json));
  }

  #remember(list: string, id: string): void {
    const ids = this.#ids.get(list) ?? [];
    this.#ids.set(list, ids);
    if (ids.length < MOST_REMEMBERED) ids.push(id);
    else ids[Math.floor(this.#random() * ids.length)] = id;
  }

  readonly #pick: Pick = (items) => items[Math.floor(this.#random() * items.length)] as never;

  #operation(is: (operation: Operation) => boolean): Operation {
    return this.#pick(this.#operations.filter(is));
  }

  *#reading(): Scenario {
    const operation = this.#operation(({ method }) => method === 'GET');
    const method = this.#random() < 0.1 ? 'HEAD' : 'GET';
    // An export is for keys that read.
    const key = operation.path === '/v1/export' || this.#random() < 0.02 ? this.#key : {};
    yield { method, path: this.#address(operation), headers: { ...key, ...this.#headers() } };
  }

  /** The same thing twice, with what is known of it, by both methods and in several codings. */
  *#conditional(): Scenario {
    const path = this.#address(this.#operation(({ method }) => method === 'GET'));
    const coding = { 'accept-encoding': this.#pick(['gzip', 'br', 'identity', 'gzip;q=0.5, br;q=0.1']) };
    const { status, headers } = yield { method: 'GET', path, headers: { ...this.#key, ...coding } };
    const { etag } = headers;
    if (status !== 200 || etag === undefined) return;
    const known = {
      ...this.#key,
      ...coding,
      'if-none-match': this.#pick([etag, `W/${etag}`, `"x", ${etag}`, '*']),
    };
    yield { method: this.#pick(['GET', 'HEAD']), path, headers: known };
    yield {
      method: 'GET',
      path,
      headers: { ...this.#key, ...coding, 'if-match': '"another"' },
      expected: 412,
    };
    yield { method: 'GET', path, headers: { ...this.#key, 'if-match': '*' }, expected: 200 };
  }

  *#writing(): Scenario {
    const operation = this.#operation(({ method, path }) => method !== 'GET' && path !== '/v1/imports');
    const { method, example } = operation;
    const path = this.#address(operation);
    const key = this.#random() < 0.95 ? this.#key : {};
    const headers = {
      ...key,
      ...(method === 'POST' ? {} : { 'if-match': this.#someTag() }),
      ...this.#headers(),
    };
    if (example === undefined) {
      yield { method, path, headers };
      return;
    }
    const named = method === 'POST' && Object.hasOwn(example as object, 'id');
    let body: Json = { ...(example as object), ...(named ? { id: this.#fewIds() } : {}) };
    for (let left = Math.floor(this.#random() * 4); left > 0; left -= 1)
      body = mutated(body, this.#random, this.#pick);
    yield { method, path, headers: { ...JSON_TYPE, ...headers }, body: this.#damaged(JSON.stringify(body)) };
  }

  /** Adds a record, reads it, corrects it, and deletes it; what may not be done in between is tried. */
  *#life(): Scenario {
    const list = this.#pick(['/v1/forecasts', '/v1/outcomes']);
    const { example } = this.#operation(({ method, path }) => method === 'POST' && path === list);
    const id = `fuzz-${this.#tag}-${++this.#made}`;
    const path = `${list}/${id}`;
    const write = { ...this.#key, ...JSON_TYPE };
    const { evidence } = (example ?? {}) as { readonly evidence?: { readonly phrase: string } };
    // The same words would be the same claim.
    const words = evidence === undefined ? {} : { evidence: { phrase: `${evidence.phrase} (${id})` } };
    // A document may have got another date meanwhile: what it reports had come before any.
    const over = list === '/v1/outcomes' ? { period: LONG_OVER } : {};
    const content = { ...(example as object), id, ...words, ...over };
    const body = Buffer.from(JSON.stringify(content));
    const once = { ...write, 'idempotency-key': id };
    const created = yield { method: 'POST', path: list, headers: once, body, expected: 201 };
    if (created.status !== 201) return;
    yield { method: 'POST', path: list, headers: once, body, expected: 201 };
    yield { method: 'POST', path: list, headers: write, body, expected: 409 };
    const { headers } = yield { method: 'GET', path, headers: {}, expected: 200 };
    const tag = headers.etag ?? '';
    const changed = {
      path: `${path}?reason=fuzz`,
      body: Buffer.from(JSON.stringify({ ...content, notes: 'corrected' })),
    };
    yield { method: 'PUT', ...changed, headers: write, expected: 428 };
    yield { method: 'PUT', ...changed, headers: { ...write, 'if-match': '"another"' }, expected: 412 };
    yield { method: 'PUT', ...changed, headers: { ...write, 'if-match': tag }, expected: 200 };
    yield { method: 'PUT', ...changed, headers: { ...write, 'if-match': tag }, expected: 412 };
    yield { method: 'GET', path: `${path}/revisions.csv`, headers: {}, expected: 200 };
    const any = { ...this.#key, 'if-match': '*' };
    yield { method: 'DELETE', path: `${path}?reason=fuzz`, headers: any, expected: 200 };
    yield { method: 'GET', path, headers: {}, expected: 410 };
    yield { method: 'GET', path: `${path}/revisions`, headers: {}, expected: 200 };
    yield { method: 'PUT', ...changed, headers: { ...write, 'if-match': '*' }, expected: 410 };
  }

  *#importing(): Scenario {
    const operation = this.#operation(({ path, method }) => path === '/v1/imports' && method === 'POST');
    const [row = {}] = operation.example as readonly Json[];
    const format = this.#pick(['json', 'ndjson', 'csv'] as const);
    const count = this.#pick([0, 1, 3, 10, 40, 400]);
    const rows = Array.from({ length: count }, () => {
      const sound = { ...(row as object), id: this.#fewIds() } as Json;
      return this.#random() < 0.5 ? sound : mutated(sound, this.#random, this.#pick);
    });
    const text = {
      json: () => JSON.stringify(rows),
      ndjson: () => rows.map((one) => JSON.stringify(one)).join('\n'),
      csv: () => this.#csv(rows),
    }[format]();
    const type = { json: 'application/json', ndjson: 'application/x-ndjson', csv: 'text/csv' }[format];
    // What is many is not added.
    const dryRun = count > 3 || this.#random() < 0.3;
    const path = `/v1/imports?dryRun=${dryRun}&onError=${this.#pick(['skip', 'refuse'])}`;
    const headers = { ...this.#key, 'content-type': type };
    const { headers: answered } = yield { method: 'POST', path, headers, body: this.#damaged(text) };
    const job = answered.location;
    if (job !== undefined) yield { method: 'GET', path: new URL(job).pathname, headers: {}, expected: 200 };
  }

  #csv(rows: readonly Json[]): string {
    const flat = rows.map((row) => flattened(row));
    const names = [...new Set(flat.flatMap((cells) => Object.keys(cells)))];
    const cell = (text: string): string => (this.#random() < 0.9 ? `"${text.replaceAll('"', '""')}"` : text);
    return [names, ...flat.map((cells) => names.map((name) => cells[name] ?? ''))]
      .map((cells) => cells.map(cell).join(','))
      .join('\r\n');
  }

  /** What no operation is: other methods, other paths, preflights. */
  *#stray(): Scenario {
    const path = this.#address(this.#pick(this.#operations));
    const method = this.#pick([
      'OPTIONS',
      'PATCH',
      'PUT',
      'DELETE',
      'POST',
      'PROPFIND',
      'TRACE',
      'GET',
      'QUERY',
    ]);
    const wrong = this.#pick([
      path,
      `/${path}`,
      `${path}/`,
      path.slice(0, -1),
      path.toUpperCase(),
      `${path}//x`,
      '/',
      '*',
    ]);
    const preflight = { origin: 'https://example.org', 'access-control-request-method': 'PUT' };
    const headers = { ...(method === 'OPTIONS' ? preflight : {}), ...this.#headers() };
    yield { method, path: wrong.startsWith('/') || method === 'OPTIONS' ? wrong : '/', headers };
  }

  #fewIds(): string {
    return `fuzz-${this.#tag}-few-${Math.floor(this.#random() * FEW_IDS)}`;
  }

  #someTag(): string {
    return this.#random() < 0.7 ? '*' : this.#pick([...this.#tags.values(), '"another"']);
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const [name, values] of Object.entries(HEADERS)) {
      if (this.#random() >= (name === 'authorization' ? 0.002 : name.startsWith('accept') ? 0.2 : 0.03))
        continue;
      headers[name] = name.startsWith('if-') && this.#random() < 0.5 ? this.#someTag() : this.#pick(values);
    }
    return headers;
  }

  #address({ path, parameters, hasForms }: Operation): string {
    let filled = path;
    const query: string[] = [];
    const optional = this.#pick([0, 1, 2, 4, 8]) / parameters.length;
    for (const parameter of parameters) {
      const { in: place, name, required } = parameter;
      if (place === 'header' || (place === 'query' && this.#random() > (required ? 0.97 : optional)))
        continue;
      const value = encodeURIComponent(this.#value(parameter, path).toWellFormed()).replaceAll('%2C', ',');
      if (place === 'path') filled = filled.replace(`{${name}}`, value);
      else query.push(`${name}=${value}`);
    }
    if (this.#random() < 0.05) query.push(this.#pick(QUERY_PIECES));
    if (this.#random() < (hasForms ? 0.25 : 0.02))
      filled += this.#pick(['.csv', '.xlsx', '.ndjson', '.json', '.xml', '.CSV']);
    return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
  }

  #value(parameter: Parameter, path: string): string {
    if (this.#random() < 0.12) return this.#pick(HOSTILE);
    const { name, example, schema } = parameter;
    const ids = this.#ids.get(name === 'id' ? (path.split('/{id}', 1)[0] ?? '') : (LISTS[name] ?? ''));
    const listed = schema?.items?.enum;
    if (listed !== undefined)
      return this.#random() < 0.7 ? this.#pick(listed) : `${this.#pick(listed)},${this.#pick(listed)}`;
    if (schema?.type === 'boolean') return this.#pick(['true', 'false']);
    const allowed = schema?.enum ?? WORDS[name] ?? (schema?.format === 'date' ? DAYS : undefined);
    if (allowed !== undefined) return this.#pick(allowed);
    if (name === 'knownAsOf') return this.#pick(TIMES);
    if (name === 'cursor' && this.#cursors.length > 0)
      return this.#damaged(this.#pick(this.#cursors), 0.3).toString();
    if (ids !== undefined && ids.length > 0)
      return this.#random() < 0.8 ? this.#pick(ids) : [this.#pick(ids), this.#pick(ids)].join(',');
    const fields = this.#fields.get(path.replace(IN_FORMAT, ''));
    if (fields !== undefined && name === 'fields') return [this.#pick(fields), this.#pick(fields)].join(',');
    return String(example ?? this.#pick(HOSTILE));
  }

  /** A text as bytes, now and then cut off or with a byte changed. */
  #damaged(text: string, chance = 0.08): Buffer {
    const bytes = Buffer.from(text.toWellFormed());
    if (this.#random() > chance) return bytes;
    const at = Math.floor(this.#random() * bytes.length);
    if (this.#random() < 0.4) return bytes.subarray(0, at);
    if (this.#random() < 0.2) return Buffer.from('['.repeat(100_000));
    bytes[at] = Math.floor(this.#random() * 256);
    return bytes;
  }
}

/** The names of a record's fields, with those inside of them. */
function fieldsOf(record: Json): string[] {
  if (typeof record !== 'object' || record === null) return [];
  return Object.entries(record).flatMap(([name, value]) => [
    name,
    ...(Array.isArray(value) ? [] : fieldsOf(value as Json).map((inner) => `${name}.${inner}`)),
  ]);
}

/** The cells of a row of CSV: `amountValue` for `amount.value`. */
function flattened(row: Json): Record<string, string> {
  // Without the names that every object has, which are among the hostile ones.
  const cells: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(typeof row === 'object' ? { ...row } : { id: row })) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      cells[name] = String(value ?? '');
    else
      for (const [inner, part] of Object.entries(value))
        cells[name + inner.charAt(0).toUpperCase() + inner.slice(1)] = String(part ?? '');
  }
  return cells;
}

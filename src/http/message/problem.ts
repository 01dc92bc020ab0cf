import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { DomainErrorCode } from '../../domain/errors.ts';
import { DomainError } from '../../domain/errors.ts';
import { storageFailureOf } from '../../store/failures.ts';
import { describeDomainError } from './domain-errors.ts';

/*
 * Every error that the service answers with, in one table. RFC 9457 problem documents; `code` is the stable name.
 */

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly description: string;
}

const HTTP_PROBLEMS = {
  invalidRequest: {
    status: 400,
    title: 'The request is not valid',
    description:
      'A parameter is unknown, repeated or has a value it cannot have. `errors` names each, with what would be right.',
  },
  malformedUrl: {
    status: 400,
    title: 'The URL is malformed',
    description: 'The path or the query string is not valid percent-encoded UTF-8.',
  },
  malformedRequest: {
    status: 400,
    title: 'The request is malformed',
    description: 'What was sent is not HTTP, or its body cannot be read.',
  },
  keyRequired: {
    status: 401,
    title: 'A key is needed',
    description:
      'Reading needs no key, writing does: `Authorization: Bearer` and the key. Keys are made on the command line.',
  },
  keyInvalid: {
    status: 401,
    title: 'The key is not valid',
    description:
      'The key that was sent does not exist, was revoked, has expired, or is not sent as `Authorization: Bearer`. It is refused where no key is needed, too.',
  },
  keyScopeTooNarrow: {
    status: 403,
    title: 'The key may not do this',
    description:
      'The key is valid, and its scope is too narrow: `admin` includes `write`, which includes `read`.',
  },
  routeNotFound: {
    status: 404,
    title: 'There is nothing at this path',
    description: 'No resource of the service has this path. `/` lists what there is.',
  },
  recordNotFound: {
    status: 404,
    title: 'There is no such record',
    description: 'The resource exists, but not with this id.',
  },
  recordNotYetPublished: {
    status: 404,
    title: 'The record is not known to have been published then',
    description: 'Its document was published later than `publishedAsOf`, or its date is not known.',
  },
  recordDeleted: {
    status: 410,
    title: 'The record was deleted',
    description:
      'There was such a record. `detail` says when it was deleted, by whom and why; `knownAsOf` a time before that, and `/revisions`, still show it.',
  },
  idTaken: {
    status: 409,
    title: 'The id is taken',
    description:
      'There is something of this id already, perhaps deleted: ids are not given twice. To change what is there, `PUT` it.',
  },
  preconditionFailed: {
    status: 412,
    title: 'The record has changed since',
    description:
      '`If-Match` names another revision than the one that counts now. Read it again, and decide whether the change still holds.',
  },
  preconditionRequired: {
    status: 428,
    title: 'The revision to change must be named',
    description:
      'A change needs `If-Match` with the tag of the revision that it changes (`ETag`, `meta.revisionTag`), so that nobody overwrites what they have not seen.',
  },
  invalidRecord: {
    status: 422,
    title: 'The record is not valid',
    description:
      'The body has the right shape, and says something that cannot be: an id that does not exist, a period that contradicts its kind, a phrase that does not stand where it should or does not state the amount. `errors` names each field, with what was found.',
  },
  methodNotAllowed: {
    status: 405,
    title: 'The method is not allowed here',
    description: 'The path exists, but not for this method; `Allow` names those it takes.',
  },
  notAcceptable: {
    status: 406,
    title: 'The answer cannot be given in that form',
    description: 'None of the media types in `Accept` is one that the resource has. `detail` names them.',
  },
  requestTimeout: {
    status: 408,
    title: 'The request took too long to arrive',
    description: 'Headers or body did not arrive in time.',
  },
  idempotencyKeyInUse: {
    status: 409,
    title: 'A request with this key is under way',
    description: 'Another request with the same `Idempotency-Key` has not ended yet. Try again after it.',
  },
  contentTooLarge: {
    status: 413,
    title: 'The body is too large',
    description: 'The body is longer than the service takes.',
  },
  unsupportedMediaType: {
    status: 415,
    title: 'The media type is not supported',
    description: 'The body is of a type that the service does not read.',
  },
  idempotencyKeyReused: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    description:
      'Within 24 hours an `Idempotency-Key` stands for one request: the same method, path and body. A new request needs a new one.',
  },
  tooManyFailedKeys: {
    status: 429,
    title: 'Too many wrong keys',
    description:
      'Too many wrong keys came from this address within a minute; `Retry-After` says when the next is looked at. A right key is taken at any time, and reading without a key is not limited.',
  },
  headersTooLarge: {
    status: 431,
    title: 'The request line and headers are too large',
    description: 'The URL, or the headers, are longer than the service takes.',
  },
  expectationFailed: {
    status: 417,
    title: 'The expectation cannot be met',
    description: 'The header `Expect` asks for something other than `100-continue`.',
  },
  tooManyImports: {
    status: 503,
    title: 'Too many imports are waiting',
    description: 'Imports are done one after the other, and so many are waiting already. Try again later.',
  },
  tooManyStreams: {
    status: 503,
    title: 'Too many long answers are being sent',
    description:
      'CSV, NDJSON and exports without a `limit` are sent to so many clients at once, and none of them ended while this one waited. Try again after `Retry-After`, or ask for pages.',
  },
  internalError: {
    status: 500,
    title: 'Something went wrong here',
    description: 'The fault is in the service. Its log has the details under the request id.',
  },
  methodNotImplemented: {
    status: 501,
    title: 'The method is not known here',
    description: 'No path of the service takes this method.',
  },
  serviceOverloaded: {
    status: 503,
    title: 'The service has too much to do',
    description:
      'As many requests are being answered, or as many connections are open, as it takes at once. Try again after `Retry-After`.',
  },
  serviceUnavailable: {
    status: 503,
    title: 'The service cannot answer now',
    description: 'It is starting, stopping, or its database cannot be reached. Try again.',
  },
  ledgerBusy: {
    status: 503,
    title: 'The ledger is being written to',
    description:
      'Another process holds the database for longer than the service waits. Nothing was changed; try again after `Retry-After`.',
  },
  clockBehindLedger: {
    status: 503,
    title: 'The clock is behind what the ledger has recorded',
    description:
      'What is recorded now would stand before what was recorded earlier. Nothing was changed, and reading goes on; `detail` names both times. Whoever runs the service has to set the clock right, or let times run on with `clock accept`.',
  },
  storageReadOnly: {
    status: 503,
    title: 'The ledger cannot be written to',
    description:
      'The database file, or its directory, is read-only. Nothing was changed, and reading goes on; whoever runs the service has to give it the right to write.',
  },
  storageFailing: {
    status: 503,
    title: 'The storage fails',
    description:
      'The disk of the database gives errors. Nothing was changed; whoever runs the service has to look at its log.',
  },
  storageFull: {
    status: 507,
    title: 'The disk is full',
    description:
      'There is no room for what would be written. Nothing was changed, and reading goes on; the same request succeeds once there is room.',
  },
} as const satisfies Record<string, ProblemKind>;

const DOMAIN_PROBLEMS = {
  malformedDecimal: domainProblem('A decimal is malformed'),
  inconsistentAmount: domainProblem('An amount contradicts its qualifier'),
  inconsistentPeriod: domainProblem('A period contradicts its kind'),
  inconsistentEvidence: domainProblem('Evidence is not what it claims'),
  noFigure: domainProblem('No amount can be read'),
  severalFigures: domainProblem('More than one amount can be read'),
  malformedFigure: domainProblem('A figure is malformed'),
  negativeFigure: domainProblem('An amount is negative'),
  reversedRange: domainProblem('A range runs backwards'),
  conflictingQualifiers: domainProblem('The words around a figure contradict each other'),
  currencyOpen: domainProblem('The currency is left open'),
  currencyConflict: domainProblem('The currency contradicts its sign'),
  malformedDate: domainProblem('A date is malformed'),
  currencyUnknown: domainProblem('The currency is not known'),
  currencyWithoutRates: domainProblem('No provider sets rates for the currency'),
  currencyWithoutMinorUnits: domainProblem('The currency has no minor unit to round to'),
  rateInFuture: domainProblem('The day is in the future'),
  rateBeforeSeries: domainProblem("The day is before the currency's first rate"),
  rateAfterSeriesEnd: domainProblem("The day is after the currency's last rate"),
  rateInSeriesGap: domainProblem('The day is in a gap of the series'),
  rateNotHeld: domainProblem('The rate was published and is not held here yet'),
  rateBeyondCarryLimit: domainProblem('No rate was published near the day'),
  publicationDateUnknown: domainProblem("The document's publication date is not known"),
  noStatedConversion: domainProblem('The document states no conversion'),
  statedConversionOtherCurrency: domainProblem('The document converts into another currency'),
  statedConversionAmbiguous: domainProblem("The document's own conversion implies several rates"),
  periodOpen: domainProblem('The period is open at one end'),
  averageCoverageTooLow: domainProblem('Too few of the days of the period have a rate'),
  conversionNotPossible: domainProblem('None of the rate bases gives a conversion'),
  tooManyRecords: {
    status: 422,
    title: 'Too many records to compute with',
    description:
      'Breakdowns, comparisons, assessments, and sorting or filtering by converted amounts read every record that the filters leave, and name what they make of each. Narrow the filters.',
  },
} as const satisfies Record<DomainErrorCode, ProblemKind>;

export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = { ...HTTP_PROBLEMS, ...DOMAIN_PROBLEMS };
export type ProblemCode = keyof typeof HTTP_PROBLEMS | DomainErrorCode;

function domainProblem(title: string): ProblemKind {
  return {
    status: 422,
    title,
    description: `${title}; \`detail\` says what was found and what would be right.`,
  };
}

/** One thing that is wrong with a request. */
export interface RequestFault {
  readonly in: 'query' | 'path' | 'header' | 'body';
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly allowed?: readonly string[];
  readonly suggestion?: string;
}

/** So many faults are told one by one; the detail says how many more there are. */
export const MOST_FAULTS_TOLD = 100;

/** An answer that is a problem: thrown by routes and hooks, answered by the error handler. */
export class Problem extends Error {
  override readonly name: string = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly RequestFault[];

  constructor(
    code: ProblemCode,
    detail: string,
    extra: { headers?: Readonly<Record<string, string>>; faults?: readonly RequestFault[] } = {},
  ) {
    super(detail);
    this.code = code;
    this.headers = extra.headers ?? {};
    this.faults = (extra.faults ?? []).slice(0, MOST_FAULTS_TOLD);
  }
}

/** A body whose shape is right and that says what cannot be: 422, naming each field. */
export class InvalidRecord extends Problem {
  override readonly name = 'InvalidRecord';
  /** How many there are, those that are not told included. */
  readonly faultCount: number;

  constructor(faults: readonly RequestFault[]) {
    super('invalidRecord', describeFaults(faults), { faults });
    this.faultCount = faults.length;
  }
}

/** A request whose parameters are wrong: 400, naming each. */
export class InvalidRequest extends Problem {
  override readonly name = 'InvalidRequest';

  constructor(faults: readonly RequestFault[]) {
    super('invalidRequest', describeFaults(faults), { faults });
  }
}

function describeFaults(faults: readonly RequestFault[]): string {
  const [first] = faults;
  if (first === undefined) return 'The request is not valid.';
  return `${describeFault(first)}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}`;
}

function describeFault(fault: RequestFault): string {
  const hint = fault.suggestion === undefined ? '' : ` Did you mean ${JSON.stringify(fault.suggestion)}?`;
  return `${PLACES[fault.in]} ${JSON.stringify(fault.name)} ${fault.message}.${hint}`;
}

const PLACES = { query: 'Query parameter', path: 'Path parameter', header: 'Header', body: 'Field' } as const;

/** A record that is not there: 404, with the nearest id there is. */
export function recordNotFound(kind: string, id: string, suggestion: string | undefined): Problem {
  const hint = suggestion === undefined ? '' : ` Did you mean ${JSON.stringify(suggestion)}?`;
  return new Problem('recordNotFound', `There is no ${kind} ${JSON.stringify(id)}.${hint}`, {
    faults: [
      {
        in: 'path',
        name: 'id',
        code: 'unknownId',
        message: `names no ${kind}`,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    ],
  });
}

/** A record that was deleted: 410, with when, by whom and why. */
export function recordDeleted(
  kind: string,
  tombstone: {
    readonly id: string;
    readonly recordedAt: string;
    readonly author: string;
    readonly reason: string;
  },
): Problem {
  const message = `was deleted at ${tombstone.recordedAt} by ${JSON.stringify(tombstone.author)}: ${tombstone.reason}`;
  return new Problem('recordDeleted', `The ${kind} ${JSON.stringify(tombstone.id)} ${message}`, {
    faults: [{ in: 'path', name: 'id', code: 'deletedId', message }],
  });
}

/** An id that is taken, perhaps by something that was deleted: 409. */
export function idTaken(what: string, id: string, deleted = false): Problem {
  const state = deleted ? ', which was deleted; ids are not given twice' : '';
  return new Problem('idTaken', `There is ${what} ${JSON.stringify(id)} already${state}.`, {
    faults: [
      {
        in: 'body',
        name: 'id',
        code: 'idTaken',
        message: `is taken by ${what}${deleted ? ' that was deleted' : ''}`,
      },
    ],
  });
}

export const ProblemDocument = z
  .object({
    type: z.string().meta({
      description: 'Where the kind of problem is described.',
      examples: ['/problems/invalidRequest'],
    }),
    title: z.string().meta({ examples: ['The request is not valid'] }),
    status: z.int().meta({ examples: [400] }),
    detail: z.string().meta({ examples: ['Query parameter "secotr" is not known. Did you mean "sector"?'] }),
    instance: z.string().meta({ description: 'Path of the request.', examples: ['/v1/forecasts'] }),
    code: z
      .string()
      .meta({ description: 'Stable name of the kind of problem.', examples: ['invalidRequest'] }),
    requestId: z.string().meta({ description: 'As in `X-Request-Id` and in the log.' }),
    errors: z
      .array(
        z.object({
          in: z.enum(['query', 'path', 'header', 'body']),
          name: z.string().meta({ examples: ['secotr'] }),
          code: z.string().meta({ examples: ['unknownParameter'] }),
          message: z.string().meta({ examples: ['is not known'] }),
          allowed: z.array(z.string()).optional(),
          suggestion: z
            .string()
            .optional()
            .meta({ examples: ['sector'] }),
        }),
      )
      .max(MOST_FAULTS_TOLD)
      .meta({ description: `The first ${MOST_FAULTS_TOLD}; \`detail\` says how many more there are.` }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document.' });
export type ProblemDocument = z.output<typeof ProblemDocument>;

/** Lets a page of any origin read the answer, as every answer of the service. */
const CROSS_ORIGIN_READABLE = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' };

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/**
 * The document for a kind of problem. `instance` is the path only: a query may hold what should not be repeated.
 * @param request `publicPath` is what a proxy has taken off the path, such as `/ledger`
 */
export function problemDocument(
  code: ProblemCode,
  detail: string,
  request: { readonly path: string; readonly id: string; readonly publicPath: string },
  faults: readonly RequestFault[] = [],
): ProblemDocument {
  const kind = PROBLEMS[code];
  return {
    type: `${request.publicPath}/problems/${code}`,
    title: kind.title,
    status: kind.status,
    detail,
    instance: request.path === '' ? '' : request.publicPath + request.path,
    code,
    requestId: request.id,
    errors: faults.map((fault) => ({
      in: fault.in,
      name: fault.name,
      code: fault.code,
      message: fault.message,
      ...(fault.allowed === undefined ? {} : { allowed: [...fault.allowed] }),
      ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
    })),
  };
}

/** Which problem an error of the framework, the domain or a route is. Whatever is not known is a 500 that shows nothing. */
export function problemOf(error: unknown): {
  code: ProblemCode;
  detail: string;
  faults: readonly RequestFault[];
  headers: Readonly<Record<string, string>>;
} {
  if (error instanceof Problem)
    return { code: error.code, detail: error.message, faults: error.faults, headers: error.headers };
  if (error instanceof DomainError)
    return { code: error.code, detail: describeDomainError(error), faults: [], headers: {} };
  const failure = storageFailureOf(error);
  if (failure !== null) {
    const headers = failure === 'ledgerBusy' ? { 'retry-after': '1' } : {};
    const detail =
      failure === 'clockBehindLedger' ? (error as Error).message : HTTP_PROBLEMS[failure].description;
    return { code: failure, detail, faults: [], headers };
  }
  const frameworkCode = (error as { code?: unknown }).code;
  const known = typeof frameworkCode === 'string' ? FRAMEWORK_ERRORS[frameworkCode] : undefined;
  if (known !== undefined) return { ...known, faults: [], headers: {} };
  const { statusCode } = error as { statusCode?: unknown };
  if (frameworkCode === 'ENAMETOOLONG' || statusCode === 403 || statusCode === 404) {
    return { code: 'routeNotFound', detail: 'There is nothing at this path.', faults: [], headers: {} };
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return {
      code: 'malformedRequest',
      detail: 'The request cannot be answered as it stands.',
      faults: [],
      headers: {},
    };
  }
  return { code: 'internalError', detail: 'The request could not be answered.', faults: [], headers: {} };
}

/** What the framework's own error codes are. */
const FRAMEWORK_ERRORS: Readonly<Record<string, { code: ProblemCode; detail: string }>> = {
  FST_ERR_BAD_URL: { code: 'malformedUrl', detail: 'The path is not valid percent-encoded UTF-8.' },
  FST_ERR_ASYNC_CONSTRAINT: { code: 'malformedRequest', detail: 'The request cannot be routed.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'routeNotFound', detail: 'A part of the path is longer than any id.' },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'contentTooLarge',
    detail: 'The body is larger than the service takes.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupportedMediaType',
    detail: 'The body is of a media type that is not read here.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'malformedRequest',
    detail: 'The body is announced as JSON and is empty.',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformedRequest', detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformedRequest',
    detail: 'Content-Length does not match the body.',
  },
  FST_ERR_CTP_BODY_INVALID: { code: 'malformedRequest', detail: 'The body cannot be read.' },
};

/** Answers a request with the problem that an error is. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  publicPath = '',
): FastifyReply {
  const problem = problemOf(error);
  if (PROBLEMS[problem.code].status >= 500) request.log.error({ err: error }, 'request failed');
  const path = request.url.split('?', 1)[0] ?? '/';
  const document = problemDocument(
    problem.code,
    problem.detail,
    { path, id: request.id, publicPath },
    problem.faults,
  );
  return (
    reply
      .code(document.status)
      // Stated here as well as in the hooks: an error of the framework's own is answered before any hook has run.
      .headers({
        ...problem.headers,
        'cache-control': 'no-store',
        'x-request-id': request.id,
        ...CROSS_ORIGIN_READABLE,
      })
      .type(PROBLEM_MEDIA_TYPE)
      .serializer(JSON.stringify)
      .send(document)
  );
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { DomainErrorCode } from '../../domain/errors.ts';
import { DomainError } from '../../domain/errors.ts';
import { storageFailureOf } from '../../store/engine.ts';
import { describeDomainError } from './domain-errors.ts';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly description: string;
}

/** The problems by status and code: the first sentence is the title, the others are the description. */
const TEXTS = {
  400: {
    invalidRequest:
      'The request is not valid. A parameter is unknown, repeated or has a value it cannot have. `errors` names each, with what would be right.',
    malformedUrl: 'The URL is malformed. The path or the query string is not valid percent-encoded UTF-8.',
    malformedRequest: 'The request is malformed. What was sent is not HTTP, or its body cannot be read.',
  },
  401: {
    keyRequired:
      'A key is needed. Reading needs no key, writing does: `Authorization: Bearer` and the key. Keys are made on the command line.',
    keyInvalid:
      'The key is not valid. The key that was sent does not exist, was revoked, has expired, or is not sent as `Authorization: Bearer`. It is refused where no key is needed, too.',
  },
  403: {
    keyScopeTooNarrow:
      'The key may not do this. The key is valid, and its scope is too narrow: `admin` includes `write`, which includes `read`.',
  },
  404: {
    routeNotFound:
      'There is nothing at this path. No resource of the service has this path. `/` lists what there is.',
    recordNotFound: 'There is no such record. The resource exists, but not with this id.',
    recordNotYetPublished:
      'The record is not known to have been published then. Its document was published later than `publishedAsOf`, or its date is not known.',
  },
  405: {
    methodNotAllowed:
      'The method is not allowed here. The path exists, but not for this method; `Allow` names those it takes.',
  },
  406: {
    notAcceptable:
      'The answer cannot be given in that form. None of the media types in `Accept` is one that the resource has. `detail` names them.',
  },
  408: {
    requestTimeout: 'The request took too long to arrive. Headers or body did not arrive in time.',
  },
  409: {
    idTaken:
      'The id is taken. There is something of this id already, perhaps deleted: ids are not given twice. To change what is there, `PUT` it.',
    duplicateClaim:
      'The claim is recorded already. Another record has the same figure of the same subject (forecaster, sector, measure, region, scope, period) at the same place, or in the same words, of the same document. `errors` names it. Correct that one; or say `allowDuplicate=true`, and the claim is recorded again with the relation `alsoStatedIn`.',
    entryInUse:
      'The entry is in use. Records, or other entries of the catalogue, refer to it; `detail` says how many and where they are listed. Correct or delete those first.',
    idempotencyKeyInUse:
      'A request with this key is under way. Another request with the same `Idempotency-Key` has not ended yet. Try again after it.',
  },
  410: {
    recordDeleted:
      'The record was deleted. There was such a record. `detail` says when it was deleted, by whom and why; `knownAsOf` a time before that, and `/revisions`, still show it.',
  },
  412: {
    versionNotReached:
      'The ledger has not reached that version. `Ledger-Min-Version` asks for a later one than there is, and it was waited for a second. `detail` names the version that is there. Take the number of a `meta.datasetVersion` of this ledger.',
    preconditionFailed:
      'The record has changed since. `If-Match` names another revision than the one that counts now. Read it again, and decide whether the change still holds.',
  },
  413: {
    contentTooLarge: 'The body is too large. The body is longer than the service takes.',
  },
  415: {
    unsupportedMediaType:
      'The media type is not supported. The body is of a type that the service does not read.',
  },
  417: {
    expectationFailed:
      'The expectation cannot be met. The header `Expect` asks for something other than `100-continue`.',
  },
  422: {
    invalidRecord:
      'The record is not valid. The body has the right shape, and says something that cannot be: an id that does not exist, a period that contradicts its kind, a phrase that does not stand where it should or does not state the amount. `errors` names each field, with what was found.',
    idempotencyKeyReused:
      'The Idempotency-Key belongs to another request. Within 24 hours an `Idempotency-Key` stands for one request: the same method, path and body. A new request needs a new one.',
    tooManyRows:
      'Too many rows for a file of this format. A sheet of Excel has room for 1,048,575 rows beneath its header. Nothing is cut: narrow the filters, or take CSV or NDJSON.',
    tooManyRecords:
      'Too many records to compute with. Breakdowns, comparisons, assessments, and sorting or filtering by amounts converted at rates that differ by record read every record that the filters leave, and name what they make of each. Narrow the filters; lists by amounts converted with `rateBasis=latest` or `date`, one rate a currency, have no such limit.',
  },
  428: {
    preconditionRequired:
      'The revision to change must be named. A change needs `If-Match` with the tag of the revision that it changes (`ETag`, `meta.revisionTag`), so that nobody overwrites what they have not seen.',
  },
  429: {
    tooManyFailedKeys:
      'Too many wrong keys. Too many wrong keys came from this address within a minute; `Retry-After` says when the next is looked at. A right key is taken at any time, and reading without a key is not limited.',
    tooManyReadings:
      'Too much text to read. An address has so much text read in a minute; `RateLimit` says what is left, `Retry-After` when the next is read. Send one text after the other.',
  },
  431: {
    headersTooLarge:
      'The request line and headers are too large. The URL, or the headers, are longer than the service takes.',
  },
  500: {
    internalError:
      'Something went wrong here. The fault is in the service. Its log has the details under the request id.',
  },
  501: {
    methodNotImplemented: 'The method is not known here. No path of the service takes this method.',
    formatNotImplemented: 'The format is not known here. `/oembed` answers with JSON.',
  },
  503: {
    tooManyImports:
      'Too many imports are waiting. Imports are done one after the other, and so many are waiting already. Try again later.',
    tooManyStreams:
      'Too many long answers are being sent. CSV, NDJSON and exports without a `limit` are sent to so many clients at once, and to one address or for one key to fewer; none of them ended while this one waited. Try again after `Retry-After`, with a key, or ask for pages.',
    serviceOverloaded:
      'The service has too much to do. As many requests are being answered, or as many connections are open, as it takes at once. Try again after `Retry-After`.',
    serviceUnavailable:
      'The service cannot answer now. It is starting, stopping, or its database cannot be reached. Try again.',
    ledgerBusy:
      'The ledger is being written to. Another process holds the database for longer than the service waits. Nothing was changed; try again after `Retry-After`.',
    clockBehindLedger:
      'The clock is behind what the ledger has recorded. What is recorded now would stand before what was recorded earlier. Nothing was changed, and reading goes on; `detail` names both times. Whoever runs the service has to set the clock right, or let times run on with `clock accept`.',
    databaseUnreachable:
      'The database cannot be reached. Its server is down or starting, or the way to it is broken. Reading goes on as long as any replica is there. A write that was under way may have been done or not: send it again with its `Idempotency-Key`, or look. Try again after `Retry-After`.',
    storageReadOnly:
      'The ledger cannot be written to. Its file, its directory, or the server of its database is read-only, or the service may not write there. Nothing was changed, and reading goes on; whoever runs the service has to let it write.',
    storageFailing:
      'The storage fails. The disk of the database gives errors. Nothing was changed; whoever runs the service has to look at its log.',
  },
  507: {
    storageFull:
      'The disk is full. There is no room for what would be written. Nothing was changed, and reading goes on; the same request succeeds once there is room.',
  },
} as const;

/** The titles of what the domain refuses: each has the status 422. */
const DOMAIN_TITLES: Readonly<Record<Exclude<DomainErrorCode, TextCode>, string>> = {
  malformedDecimal: 'A decimal is malformed',
  inconsistentAmount: 'An amount contradicts its qualifier',
  inconsistentPeriod: 'A period contradicts its kind',
  inconsistentInterval: 'An interval does not fit its figure',
  inconsistentPrices: 'A year stands beside prices that have none',
  inconsistentEvidence: 'Evidence is not what it claims',
  noFigure: 'No amount can be read',
  severalFigures: 'More than one amount can be read',
  malformedFigure: 'A figure is malformed',
  ambiguousNumber: 'A number has two readings',
  negativeFigure: 'An amount is negative',
  reversedRange: 'A range runs backwards',
  conflictingQualifiers: 'The words around a figure contradict each other',
  changeOfSum: 'A figure is what a sum changes by',
  unitPrice: 'A figure is what one of many costs',
  counterfactual: 'A figure is what is not to be',
  currencyOpen: 'The currency is left open',
  currencyConflict: 'The currency contradicts its sign',
  noPeriod: 'No period can be read',
  severalPeriods: 'More than one period can be read',
  ambiguousPeriod: 'A period leaves its days open',
  malformedDate: 'A date is malformed',
  currencyUnknown: 'The currency is not known',
  currencyWithoutRates: 'No provider sets rates for the currency',
  currencyWithoutMinorUnits: 'The currency has no minor unit to round to',
  rateInFuture: 'The day is in the future',
  rateBeforeSeries: "The day is before the currency's first rate",
  rateAfterSeriesEnd: "The day is after the currency's last rate",
  rateInSeriesGap: 'The day is in a gap of the series',
  rateNotHeld: 'The rate was published and is not held here yet',
  rateBeyondCarryLimit: 'No rate was published near the day',
  priceYearUnknown: 'The figure has no price year',
  publicationDateUnknown: "The document's publication date is not known",
  noStatedConversion: 'The document states no conversion',
  statedConversionOtherCurrency: 'The document converts into another currency',
  statedConversionAmbiguous: "The document's own conversion implies several rates",
  periodOpen: 'The period is open at one end',
  averageCoverageTooLow: 'Too few of the days of the period have a rate',
  conversionNotPossible: 'None of the rate bases gives a conversion',
};

type Texts = typeof TEXTS;
type TextCode = { [Status in keyof Texts]: keyof Texts[Status] }[keyof Texts];
export type ProblemCode = TextCode | DomainErrorCode;

export const PROBLEMS = Object.fromEntries([
  ...Object.entries(TEXTS).flatMap(([status, texts]) =>
    Object.entries<string>(texts).map(([code, text]) => {
      const [title = ''] = text.split('. ', 1);
      return [code, { status: Number(status), title, description: text.slice(title.length + 2) }];
    }),
  ),
  ...Object.entries(DOMAIN_TITLES).map(([code, title]) => {
    const description = `${title}; \`detail\` says what was found and what would be right.`;
    return [code, { status: 422, title, description }];
  }),
]) as Readonly<Record<ProblemCode, ProblemKind>>;

/** One thing that is wrong with a request. */
export interface RequestFault {
  readonly in: 'query' | 'path' | 'header' | 'body';
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly allowed?: readonly string[] | undefined;
  readonly suggestion?: string | undefined;
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

/** What is thrown for a query parameter that cannot be what it is. */
export function invalidParameter(name: string, code: string, message: string): InvalidRequest {
  return new InvalidRequest([{ in: 'query', name, code, message }]);
}

function describeFaults([first, ...others]: readonly RequestFault[]): string {
  if (first === undefined) return 'The request is not valid.';
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${PLACES[first.in]} ${JSON.stringify(first.name)} ${first.message}.${hintAt(first.suggestion)}${more}`;
}

function hintAt(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` Did you mean ${JSON.stringify(suggestion)}?`;
}

const PLACES = { query: 'Query parameter', path: 'Path parameter', header: 'Header', body: 'Field' } as const;

/** A record that is not there: 404, with the nearest id there is. */
export function recordNotFound(kind: string, id: string, suggestion: string | undefined): Problem {
  return new Problem('recordNotFound', `There is no ${kind} ${JSON.stringify(id)}.${hintAt(suggestion)}`, {
    faults: [{ in: 'path', name: 'id', code: 'unknownId', message: `names no ${kind}`, suggestion }],
  });
}

interface Tombstone {
  readonly id: string;
  readonly recordedAt: string;
  readonly author: string;
  readonly reason: string;
}

/** A record that was deleted: 410, with when, by whom and why. */
export function recordDeleted(kind: string, { id, recordedAt, author, reason }: Tombstone): Problem {
  const message = `was deleted at ${recordedAt} by ${JSON.stringify(author)}: ${reason}`;
  return new Problem('recordDeleted', `The ${kind} ${JSON.stringify(id)} ${message}`, {
    faults: [{ in: 'path', name: 'id', code: 'deletedId', message }],
  });
}

/** An id that is taken, perhaps by something that was deleted: 409. */
export function idTaken(what: string, id: string, deleted = false): Problem {
  const state = deleted ? ', which was deleted; ids are not given twice' : '';
  const message = `is taken by ${what}${deleted ? ' that was deleted' : ''}`;
  return new Problem('idTaken', `There is ${what} ${JSON.stringify(id)} already${state}.`, {
    faults: [{ in: 'body', name: 'id', code: 'idTaken', message }],
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
export type ProblemDocument = Omit<z.output<typeof ProblemDocument>, 'errors'> & {
  readonly errors: readonly RequestFault[];
};

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
    errors: faults,
  };
}

/** Which problem an error of the framework, the domain or a route is. Whatever is not known is a 500 that shows nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DomainError) return new Problem(error.code, describeDomainError(error));
  const failure = storageFailureOf(error);
  if (failure === 'clockBehindLedger') return new Problem(failure, (error as Error).message);
  if (failure !== null)
    return new Problem(failure, PROBLEMS[failure].description, {
      headers: ['ledgerBusy', 'databaseUnreachable'].includes(failure) ? { 'retry-after': '1' } : {},
    });
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number };
  const known = FRAMEWORK_ERRORS[code];
  if (known !== undefined) return new Problem(...known);
  if (code === 'ENAMETOOLONG' || statusCode === 403 || statusCode === 404)
    return new Problem('routeNotFound', 'There is nothing at this path.');
  if (statusCode >= 400 && statusCode < 500)
    return new Problem('malformedRequest', 'The request cannot be answered as it stands.');
  return new Problem('internalError', 'The request could not be answered.');
}

/** What the framework's own error codes are. */
const FRAMEWORK_ERRORS: Readonly<Record<string, readonly [ProblemCode, detail: string]>> = {
  FST_ERR_BAD_URL: ['malformedUrl', 'The path is not valid percent-encoded UTF-8.'],
  FST_ERR_ASYNC_CONSTRAINT: ['malformedRequest', 'The request cannot be routed.'],
  FST_ERR_MAX_PARAM_LENGTH: ['routeNotFound', 'A part of the path is longer than any id.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['contentTooLarge', 'The body is larger than the service takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupportedMediaType',
    'The body is of a media type that is not read here.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformedRequest', 'The body is announced as JSON and is empty.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformedRequest', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformedRequest', 'Content-Length does not match the body.'],
  FST_ERR_CTP_BODY_INVALID: ['malformedRequest', 'The body cannot be read.'],
};

/** What an answer says of its body: a 304, and a problem in its place, has none of it. */
export const BODY_HEADERS: readonly string[] = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-disposition',
];

/** Answers a request with the problem that an error is. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  publicPath = '',
): FastifyReply {
  const { code, message, headers, faults } = problemOf(error);
  const { status } = PROBLEMS[code];
  // What is refused on purpose is no error of the service: any client can ask for it.
  if (status >= 500 && !(error instanceof Problem)) request.log.error({ err: error }, 'request failed');
  else if (status === 503) request.log.warn({ problem: code }, 'request refused');
  const path = request.url.split('?', 1)[0] ?? '/';
  const document = problemDocument(code, message, { path, id: request.id, publicPath }, faults);
  // An answer that is refused only when it is made has described itself.
  for (const name of BODY_HEADERS) reply.removeHeader(name);
  return (
    reply
      .code(document.status)
      // Stated here as well as in the hooks: an error of the framework's own is answered before any hook has run.
      .headers({
        ...headers,
        'cache-control': 'no-store',
        'x-request-id': request.id,
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
      })
      .type(PROBLEM_MEDIA_TYPE)
      .serializer(JSON.stringify)
      .send(document)
  );
}

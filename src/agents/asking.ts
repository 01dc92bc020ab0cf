import type { RequestListener } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import inject from 'light-my-request';
import { momentOf } from '../domain/vintage.ts';
import type { ProblemDocument } from '../http/message/problem.ts';
import { nextTurn } from '../http/turns.ts';
import type { Store } from '../store/store.ts';

/** Parameters of an address, as they stand in a query string. */
export type Parameters = Readonly<Record<string, string>>;

/** What an agent's call asks the API, from one state of the ledger. */
export interface Asking {
  /**
   * The answer at an address.
   * @throws Refusal where it is a problem, or longer than a reply could make use of
   */
  readonly get: <Answer>(path: string, parameters?: Parameters) => Promise<Answer>;
  /** The same address, pinned to the state of the ledger that this call is answered from: it gives these figures for ever. */
  readonly permanent: (path: string, parameters?: Parameters) => string;
  /** The moment of that state. */
  readonly knownAsOf: string;
  /** What each question says of it: nothing for the present. A cursor goes on only with the same. */
  readonly vintage: Parameters;
}

/** A call that has no answer; the message says what was wrong and what would be right. */
export class Refusal extends Error {}

/** Who calls, and how the API is reached. */
export interface Caller {
  /** What handles requests of the server: there is no other way in. */
  readonly dispatch: RequestListener;
  readonly store: Pick<Store, 'clock' | 'version'>;
  readonly now: () => Date;
  /** Ends what is under way when the client leaves. */
  readonly signal: AbortSignal;
  readonly address: string;
  readonly host: string;
  /** The address under which the client reaches the service. */
  readonly origin: string;
  readonly log: FastifyBaseLogger;
}

/** To read more at once would hold up others: parsing a megabyte takes some 8 ms. */
const LONGEST_BYTES = 1_000_000;

/** A write takes its time when it begins, and may end a little later: so long ago all of them have ended. */
const SETTLED_MS = 5000;

interface State {
  readonly version: string;
  /** The newest time at which anything was recorded. */
  readonly newest: string;
  /** Since then nothing else was recorded, and nothing that began earlier will be. */
  readonly settled: string;
  readonly today: string;
}

/** A path with its query. */
function addressOf(path: string, parameters: Parameters): string {
  const query = new URLSearchParams(parameters).toString();
  return query === '' ? path : `${path}?${query}`;
}

async function stateOf({ store, now }: Caller): Promise<State> {
  const version = await store.version();
  const { now: time, newest } = await store.clock();
  const before = new Date(Math.min(Date.parse(time), now().getTime()) - SETTLED_MS).toISOString();
  return { version, newest, settled: [before, newest].sort().at(-1) ?? before, today: time.slice(0, 10) };
}

/**
 * Lets a call ask the API as often as it needs, all from one state of the ledger: where something was written meanwhile,
 * it asks once more, as of the newest time before.
 * @param asked the `knownAsOf` of the call
 */
export async function inOneState<Result>(
  caller: Caller,
  asked: string | undefined,
  use: (asking: Asking) => Promise<Result>,
): Promise<Result> {
  const state = await stateOf(caller);
  // Today means now, as it does in the API.
  if (asked !== undefined && asked !== state.today)
    return use(askingOf(caller, asked, momentOf(asked) ?? asked, new Set()));
  const versions = new Set([state.version]);
  const result = await use(askingOf(caller, undefined, state.settled, versions));
  return versions.size === 1 ? result : use(askingOf(caller, state.newest, state.newest, new Set()));
}

/** @param asOf the `knownAsOf` of each question; none for the present */
function askingOf(
  caller: Caller,
  asOf: string | undefined,
  knownAsOf: string,
  versions: Set<string>,
): Asking {
  const { dispatch, signal, address, host, origin } = caller;
  const vintage: Parameters = asOf === undefined ? {} : { knownAsOf: asOf };
  return {
    knownAsOf,
    vintage,
    permanent: (path, parameters = {}) => origin + addressOf(path, { ...parameters, knownAsOf }),
    get: async <Answer>(path: string, parameters: Parameters = {}) => {
      const { rawPayload, statusCode } = await inject(dispatch, {
        url: addressOf(path, { ...parameters, ...vintage }),
        headers: { host, accept: 'application/json' },
        remoteAddress: address,
        signal,
      });
      if (rawPayload.length > LONGEST_BYTES)
        throw new Refusal(
          `The answer has ${Math.ceil(rawPayload.length / 1e6)} MB, too much for one reply. Narrow the question with further filters, or fetch it: ${origin}${addressOf(path, { ...parameters, ...vintage })}`,
        );
      await nextTurn();
      const answer = JSON.parse(rawPayload.toString('utf8'));
      if (statusCode !== 200) throw new Refusal(refusalOf(answer as ProblemDocument));
      versions.add(answer.meta.datasetVersion);
      return answer as Answer;
    },
  };
}

/** A problem in words, with the values that are allowed where there are few. */
function refusalOf({ title, detail, code, errors }: ProblemDocument): string {
  const allowed = errors.flatMap(({ name, allowed: words = [] }) =>
    words.length === 0 || words.length > 40 ? [] : [` ${name} is one of: ${words.join(', ')}.`],
  );
  return `${title} (${code}). ${detail}${allowed.join('')}`;
}

import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { versionNumber } from '../store/ledger-state.ts';
import type { DatasetVersion, Snapshot, SnapshotOptions, Store } from '../store/store.ts';
import { InvalidRequest, Problem } from './message/problem.ts';

/** The state of the ledger that a request is answered from at least. */
export interface Current {
  readonly version: DatasetVersion;
  /** False where the primary cannot be reached: what it wrote last may be missing. */
  readonly isConfirmed: boolean;
}

/** What requests are answered from: no older than what had been written when they came, whichever server is read. */
export interface Readings {
  /** What holds for all that ask in the same turn of the event loop; one promise for them. */
  readonly current: () => Promise<Current>;
  /** Takes what was asked for a request. */
  readonly take: (request: IncomingMessage, current: Current) => void;
  /**
   * What holds for a request, asked once after it came.
   * @param reply of a request that may have to wait for `Ledger-Min-Version`
   * @throws Problem `invalidRequest`; `versionNotReached`; `databaseUnreachable` where the primary may have the version
   */
  readonly of: (request: FastifyRequest, reply?: FastifyReply) => Promise<Current>;
  /** Lets a request be answered from this version or a later one. */
  readonly require: (request: FastifyRequest, version: DatasetVersion) => void;
  /**
   * Reads a state of the ledger for a request, or for none. What its server does not finish is begun once more, on
   * another where there is one.
   */
  readonly read: <Result>(
    request: FastifyRequest | undefined,
    use: (read: Snapshot) => Promise<Result>,
    options?: SnapshotOptions,
  ) => Promise<Result>;
  /**
   * The state that was read last for a request; where nothing was read, what held when it came. Undefined for a request that
   * does not depend on the ledger.
   */
  readonly answeredFrom: (request: FastifyRequest) => Current | undefined;
}

export const MIN_VERSION_HEADER = 'ledger-min-version';
/** Of an answer that may lack what was written last. */
export const UNCONFIRMED: readonly [header: string, value: string] = ['ledger-freshness', 'unconfirmed'];

const VERSION = /^(\d{1,15})(?:-\w{1,64})?$/;
/** How long a version that is not there yet is waited for. */
const WAIT_MS = 1000;
const ASKED_EVERY_MS = 20;

/** @param onWaiting is told of each answer that waits for a version */
export function createReadings(store: Store, onWaiting: (reply: FastifyReply) => void): Readings {
  const asked = new WeakMap<IncomingMessage, Current>();
  const required = new WeakMap<IncomingMessage, DatasetVersion>();
  const read = new WeakMap<IncomingMessage, DatasetVersion>();
  let asking: Promise<DatasetVersion> | undefined;
  let shared: Promise<Current> | undefined;

  const told = (version: DatasetVersion): Current => ({
    version,
    isConfirmed: !store.servers?.().some(({ role, state }) => role === 'primary' && state === 'failing'),
  });
  const current = (): Promise<Current> => {
    const version = store.version();
    if (shared === undefined || version !== asking) {
      asking = version;
      shared = version.then(told);
    }
    return shared;
  };

  const reached = async (atLeast: number, reply: FastifyReply | undefined): Promise<Current> => {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = told(await store.version({ atLeast }));
      if (versionNumber(found.version) >= atLeast) return found;
      if (performance.now() >= deadline) throw notReached(atLeast, found);
      if (reply !== undefined) onWaiting(reply);
      await sleep(ASKED_EVERY_MS);
    }
  };
  const of: Readings['of'] = async (request, reply) => {
    const known = asked.get(request.raw);
    if (known !== undefined) return known;
    // What tells whether the service lives is asked of it as it is.
    const least = request.url.startsWith('/v1/') ? request.headers[MIN_VERSION_HEADER] : undefined;
    const found = least === undefined ? await current() : await reached(numberIn(least), reply);
    asked.set(request.raw, found);
    return found;
  };

  return {
    current,
    take: (request, found) => void asked.set(request, found),
    of,
    require: ({ raw }, version) => void required.set(raw, version),
    read: async (request, use, options = {}) => {
      const noting = (snapshot: Snapshot) => {
        if (request !== undefined) read.set(request.raw, snapshot.version);
        return use(snapshot);
      };
      const { version } = request === undefined ? await current() : await of(request);
      try {
        const atLeast = newest(version, options.atLeast, request && required.get(request.raw));
        return await store.snapshot(noting, { atLeast });
      } catch (error) {
        const failure = store.failureOf(error);
        if (failure !== 'databaseUnreachable' && failure !== 'ledgerBusy') throw error;
        if (request !== undefined) asked.delete(request.raw);
        const found = request === undefined ? await current() : await of(request);
        return store.snapshot(noting, found.isConfirmed ? {} : { atLeast: found.version });
      }
    },
    answeredFrom: ({ raw }) => {
      const found = asked.get(raw);
      return found && { ...found, version: read.get(raw) ?? found.version };
    },
  };
}

function newest(first: DatasetVersion, ...others: readonly (DatasetVersion | undefined)[]): DatasetVersion {
  return others.reduce<DatasetVersion>(
    (found, other = found) => (versionNumber(other) > versionNumber(found) ? other : found),
    first,
  );
}

function numberIn(header: string | readonly string[]): number {
  const number = VERSION.exec(String(header).trim())?.[1];
  if (number !== undefined) return Number(number);
  const message = `must be a meta.datasetVersion, or its number, such as 42; it is ${JSON.stringify(String(header).slice(0, 80))}`;
  throw new InvalidRequest([{ in: 'header', name: 'Ledger-Min-Version', code: 'invalidValue', message }]);
}

function notReached(atLeast: number, { version, isConfirmed }: Current): Problem {
  const detail = `Ledger-Min-Version asks for ${atLeast}, and the newest version there is is ${version}`;
  return isConfirmed
    ? new Problem('versionNotReached', `${detail}.`)
    : new Problem('databaseUnreachable', `${detail}, for the primary database cannot be reached.`, {
        headers: { 'retry-after': '1' },
      });
}

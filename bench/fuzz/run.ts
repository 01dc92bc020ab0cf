import type { OpenApiDocument } from '../../test/helpers/contract.ts';
import { pathTemplate } from '../../test/helpers/contract.ts';
import { randomFrom } from '../../test/helpers/random.ts';
import type { FuzzAnswer, FuzzRequest } from './exchange.ts';
import { curlLine, exchange } from './exchange.ts';
import type { Scenario } from './requests.ts';
import { Requests } from './requests.ts';
import { faultsOf } from './verdict.ts';

export interface FuzzPlan {
  /** Of the service: `http://127.0.0.1:3000`. */
  readonly origin: string;
  readonly document: OpenApiDocument;
  /** An `admin` key. */
  readonly key: string;
  readonly requests: number;
  readonly seed: number;
  readonly tag: string;
  /** Longest that an answer may take, in milliseconds. */
  readonly mostMs: number;
  /** Processor time that the service has taken so far, in milliseconds, where it can be known. */
  readonly processorMs?: () => number;
  readonly onThousand?: (report: FuzzReport) => void;
}

export interface FuzzReport {
  readonly sent: number;
  /** How many answers had each status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** The slowest answer of each path, the slowest first. */
  readonly slowest: readonly Slow[];
  /** Faults of one kind, with the first request that shows it. */
  readonly faults: readonly { readonly fault: string; readonly count: number; readonly line: string }[];
}

/** How long an answer took by the clock, and the service at it, in milliseconds. */
interface Slow {
  readonly ms: number;
  readonly busyMs: number;
  readonly line: string;
}

/** On a busy machine the clock shows what other programs do: it alone says that an answer was slow from so much on. */
const BUSY_FACTOR = 5;
/** What is slow is so each time; what was slow once may have waited for another program. */
const TRIES = 3;

/** Sends requests one after the other and judges each answer. */
export async function fuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const { origin, document, seed, tag, mostMs } = plan;
  const requests = new Requests(document, {
    random: randomFrom(seed),
    authorization: `Bearer ${plan.key}`,
    tag,
  });
  const statuses = new Map<number, number>();
  const slowest = new Map<string, Slow>();
  const faults = new Map<string, { fault: string; count: number; line: string }>();
  let sent = 0;

  const note = (request: FuzzRequest, fault: string): void => {
    // Of one kind is what says the same of the same path, whatever the values.
    const kind = `${nameOf(request)} ${fault.replaceAll(/\/v1\/\S*|"[^"]*"|\d+/g, '')}`.slice(0, 160);
    const known = faults.get(kind) ?? { fault, count: 0, line: curlLine(origin, request) };
    faults.set(kind, { ...known, count: known.count + 1 });
  };

  const timed = async (
    request: FuzzRequest,
  ): Promise<{ answer: FuzzAnswer } & Pick<Slow, 'ms' | 'busyMs'>> => {
    const before = plan.processorMs?.() ?? 0;
    const answer = await exchange(origin, request);
    const { ms } = answer;
    return { answer, ms, busyMs: plan.processorMs === undefined ? ms : plan.processorMs() - before };
  };
  const isSlow = ({ ms, busyMs }: Pick<Slow, 'ms' | 'busyMs'>): boolean =>
    ms > mostMs && (busyMs > mostMs || ms > mostMs * BUSY_FACTOR);

  const send = async (request: FuzzRequest): Promise<FuzzAnswer> => {
    let { answer, ...time } = await timed(request);
    sent += 1;
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    for (const fault of faultsOf(request, answer)) note(request, fault);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    for (let tried = 1; isRead && isSlow(time) && tried < TRIES; tried += 1) time = await timed(request);
    if (isSlow(time)) note(request, `took ${time.ms.toFixed(0)} ms, ${time.busyMs} of them busy`);
    if (time.ms > (slowest.get(nameOf(request))?.ms ?? 0))
      slowest.set(nameOf(request), { ...time, line: curlLine(origin, request) });
    return answer;
  };

  const follow = async (scenario: Scenario): Promise<void> => {
    let step = scenario.next();
    while (step.done !== true) {
      try {
        const answer = await send(step.value);
        requests.learn(step.value, answer);
        step = scenario.next(answer);
      } catch (error) {
        if (step.done === true) throw error;
        // Who still sends a head that is too long may not read why the connection was ended.
        if (isTooLong(step.value) && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
        note(step.value, `no answer: ${(error as Error).message}`);
        return;
      }
      if (sent % 1000 === 0) plan.onThousand?.(report());
    }
  };

  const report = (): FuzzReport => ({
    sent,
    statuses,
    slowest: [...slowest.values()].sort((one, other) => other.ms - one.ms),
    faults: [...faults.values()].sort((one, other) => other.count - one.count),
  });

  await follow(requests.first());
  while (sent < plan.requests) await follow(requests.next());
  return report();
}

/** Of the service's own limit on a request's first line and headers. */
const LONGEST_HEAD_BYTES = 16_384;

function isTooLong({ path, headers }: FuzzRequest): boolean {
  return path.length + JSON.stringify(headers).length > LONGEST_HEAD_BYTES;
}

function nameOf({ method, path }: FuzzRequest): string {
  const pathname = path.split('?', 1)[0] ?? '';
  return `${method} ${pathTemplate(pathname) ?? 'elsewhere'}`;
}

import type { RequestListener } from 'node:http';
import type { FastifyRequest } from 'fastify';
import inject from 'light-my-request';
import type { ProblemDocument } from '../../http/message/problem.ts';

/** Parameters of an address. */
export type Parameters = URLSearchParams | Readonly<Record<string, string>>;

/**
 * Asks the API (GET, or POST where there is a body), as any client does: there is no other way in, so that a page shows
 * what its JSON says, and refuses what it refuses. An answer that is no JSON comes as its text.
 * @throws Refused where the answer is a problem
 */
export type Ask = <Answer>(path: string, parameters?: Parameters, body?: object) => Promise<Answer>;

/** The API's own refusal of what a page asked. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: ProblemDocument;

  constructor(status: number, problem: ProblemDocument) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
  }
}

/** A path with its query. */
export function addressOf(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** @param dispatch handles requests of the server */
export function askingFor(dispatch: RequestListener, request: FastifyRequest): Ask {
  return async <Answer>(path: string, parameters: Parameters = {}, body?: object) => {
    const { payload, statusCode, headers } = await inject(dispatch, {
      method: body === undefined ? 'GET' : 'POST',
      url: addressOf(path, parameters),
      headers: { host: request.host, accept: 'application/json' },
      remoteAddress: request.ip,
      ...(body === undefined ? {} : { payload: body }),
    });
    const isJson = String(headers['content-type']).includes('json');
    const answer: unknown = isJson ? JSON.parse(payload) : payload;
    if (statusCode !== 200) throw new Refused(statusCode, answer as ProblemDocument);
    return answer as Answer;
  };
}

/** What is asked, or null where there is nothing of that kind: a rate that is not held, an answer too large to show. */
export async function unlessRefused<Answer>(asked: Promise<Answer>): Promise<Answer | Refused> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && error.status < 500) return error;
    throw error;
  }
}

import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { PROBLEMS } from '../http/message/problem.ts';
import { didYouMean } from '../http/message/suggestion.ts';
import { VERSION } from '../http/openapi/manifest.ts';
import type { Caller } from './asking.ts';
import { inOneState, Refusal } from './asking.ts';
import { describedTools, parametersOf, TOOLS } from './tools.ts';
import { readVocabulary, VOCABULARY } from './vocabulary.ts';

const INSTRUCTIONS =
  'Investment forecasts that can be traced to the words that state them. Cite the quote and the address of each figure. Never add figures of different documents, forecasters or measures. Money is a decimal string in whole units of its currency. A reply says how many there are and how many it shows; `next` is the call that shows more.';

/** Answers one message of the Model Context Protocol. @param body as it was sent, parsed */
export function answerMessage(request: Request, body: unknown, caller: Caller): Promise<Response> {
  const handler = createMcpHandler(() => serverFor(caller), { maxSubscriptions: 0, keepAliveMs: 0 });
  return handler.fetch(request, { parsedBody: body });
}

const LISTED = describedTools();

function serverFor(caller: Caller): Server {
  const server = new Server(
    { name: 'forecast-ledger', title: 'Forecast Ledger', version: VERSION },
    { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler('tools/list', () => ({ tools: LISTED }));
  server.setRequestHandler('tools/call', async ({ params }) => {
    try {
      return told(await call(caller, params.name, params.arguments));
    } catch (error) {
      const isRefused = error instanceof Refusal;
      if (!isRefused && !caller.signal.aborted) caller.log.error({ err: error }, 'a call of an agent failed');
      return { ...told(isRefused ? error.message : PROBLEMS.internalError.description), isError: true };
    }
  });
  server.setRequestHandler('resources/list', () => ({ resources: [VOCABULARY] }));
  server.setRequestHandler('resources/read', async ({ params }) => {
    const { uri, mimeType } = VOCABULARY;
    if (params.uri !== uri) throw new Error(`There is no resource ${params.uri}; there is ${uri}.`);
    const text = JSON.stringify(await inOneState(caller, undefined, readVocabulary));
    return { contents: [{ uri, mimeType, text }] };
  });
  return server;
}

function call(caller: Caller, name: string, given: unknown): Promise<object> {
  const names = Object.keys(TOOLS);
  if (!Object.hasOwn(TOOLS, name)) {
    const meant = didYouMean(name, names);
    const hint = meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${meant}?`;
    throw new Refusal(`There is no tool ${JSON.stringify(name.slice(0, 80))}. ${hint}`);
  }
  const tool = TOOLS[name as keyof typeof TOOLS];
  const { knownAsOf, ...parameters } = parametersOf(tool, given);
  return inOneState(caller, knownAsOf, (asking) => tool.reply(asking, parameters));
}

function told(answer: object | string) {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  return { content: [{ type: 'text' as const, text }] };
}

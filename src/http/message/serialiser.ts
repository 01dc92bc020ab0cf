import type { FastifyInstance } from 'fastify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import type { Steps } from '../../domain/steps.ts';
import { inTurns } from '../turns.ts';
import { JsonText } from './json-text.ts';

/**
 * Answers are plain shapes, and plain `JSON.stringify` is the fastest serialiser on the pinned runtime. It checks and
 * strips nothing: that answers are what their schema says is enforced by the tests, on every response.
 */
export const serializerCompiler: FastifySerializerCompiler<unknown> = () => (value) => JSON.stringify(value);

/** Elements of a list, or members of an object, up to which it is short: those of a list are written so many at a time. */
const SHORT = 100;
/** Texts are joined and encoded when there are so many characters of them. */
const CHARACTERS_AT_ONCE = 65_536;

/** An answer as JSON: bytes, where it is so long that it is written in turns with other requests. */
export async function serialised(answer: object): Promise<string | Buffer> {
  if (!isLong(answer)) return JSON.stringify(answer);
  return inTurns(written(answer));
}

/**
 * Whatever a route returns is serialised here, so that a long answer keeps nobody waiting; what a route sends itself,
 * by `serialised`.
 */
export function registerSerialiser(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const whole = (answer: unknown): unknown => {
        if (!isPlain(answer) || !isLong(answer)) return answer;
        return serialised(answer).then((body) => reply.type('application/json; charset=utf-8').send(body));
      };
      const answer: unknown = handler.call(this, request, reply);
      return answer instanceof Promise ? answer.then(whole) : whole(answer);
    };
  });
}

function* written(answer: object): Steps<Buffer> {
  const bytes: Buffer[] = [];
  let text = '';
  for (const piece of piecesOf(answer)) {
    text += piece;
    if (text.length >= CHARACTERS_AT_ONCE) {
      bytes.push(Buffer.from(text));
      text = '';
    }
    yield;
  }
  return Buffer.concat([...bytes, Buffer.from(text)]);
}

/** The text of a value as `JSON.stringify` gives it, in pieces. */
function* piecesOf(value: unknown): Generator<string> {
  if (value instanceof JsonText) yield value.text;
  else if (!isLong(value)) yield JSON.stringify(value);
  else if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += SHORT) {
      yield at === 0 ? '[' : ',';
      const some = value.slice(at, at + SHORT);
      if (!isLong(some)) yield JSON.stringify(some).slice(1, -1);
      else
        for (const [place, element] of some.entries()) {
          if (place > 0) yield ',';
          yield* piecesOf(element ?? null);
        }
    }
    yield ']';
  } else {
    let separator = '{';
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      yield `${separator}${JSON.stringify(name)}:`;
      yield* piecesOf(member);
      separator = ',';
    }
    yield separator === '{' ? '{}' : '}';
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether it is a list or an object that is not short, or a text that is not to be parsed, or has one within it. */
function isLong(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof JsonText) return true;
  if (Array.isArray(value)) return value.length > SHORT || value.some(isLong);
  let members = 0;
  for (const name in value) {
    members += 1;
    if (isLong((value as Record<string, unknown>)[name])) return isPlain(value);
  }
  return members > SHORT && isPlain(value);
}

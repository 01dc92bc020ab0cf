import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ReadContext, RouteContext } from '../context.ts';
import type { Operation } from '../openapi/openapi.ts';
import { operation } from '../openapi/openapi.ts';
import { addressWith, withoutParameters } from '../query/paging.ts';
import type { Handler } from './formats.ts';
import { chosenFormat, JSON_MEDIA_TYPE, registerOtherForms } from './formats.ts';
import type { Draw, Look, PictureQuery } from './pictures.ts';
import {
  ABOUT_PICTURES,
  checkLook,
  checkPicture,
  lookOf,
  PICTURE_FORMATS,
  PICTURE_MEDIA_TYPES,
  pictureFormat,
  sendPicture,
} from './pictures.ts';

/*
 * Answers that are one JSON document, and a picture of it.
 */

/** A computed answer; its picture is made where it is asked for. */
export interface Pictured<Content> {
  readonly answer: object;
  /** What the picture is drawn of. Reads what of it the answer has not. */
  readonly picture: (look: Look) => Promise<Content>;
}

export interface PicturedRoute<View, Content> {
  readonly path: string;
  /** For the name of a picture's file. */
  readonly nameOf: (request: FastifyRequest) => string;
  /** Its query has the parameters of pictures. */
  readonly operation: Operation & { readonly querystring: z.ZodObject };
  readonly compute: (view: View, request: FastifyRequest, reply: FastifyReply) => Promise<Pictured<Content>>;
  readonly draw: Draw<Content>;
  /** Whether the answer is computed with many records. */
  readonly isLarge?: boolean;
}

const MEDIA_TYPES = { json: JSON_MEDIA_TYPE, ...PICTURE_MEDIA_TYPES };

/** Registers an answer under its path, and as a picture under the path with an ending. @returns what answers */
export function registerPictured<View extends ReadContext, Content>(
  app: FastifyInstance,
  context: Pick<RouteContext<View>, 'reading' | 'makeLarge' | 'originOf'>,
  { path, nameOf, operation: definition, compute, draw, isLarge = false }: PicturedRoute<View, Content>,
): Handler {
  const handler: Handler = async (request, reply) => {
    const query = request.query as PictureQuery;
    const name = chosenFormat(request, undefined, MEDIA_TYPES);
    checkLook(query, name);
    const format = pictureFormat(name);
    if (format === undefined) {
      const read = () =>
        context.reading(request, async (view) => (await compute(view, request, reply)).answer);
      return isLarge ? context.makeLarge(request, reply, read) : read();
    }
    checkPicture({ ...query });
    const look = lookOf(query);
    return context.makeLarge(request, reply, async () => {
      const content = await context.reading(request, async (view) =>
        (await compute(view, request, reply)).picture(look),
      );
      const dataUrl = addressWith(request, context.originOf(request), {});
      return sendPicture(reply, { draw, content, look, dataUrl, format, name: nameOf(request) });
    });
  };
  const plain = {
    ...definition,
    hasForms: true,
    description: `${definition.description ?? definition.responseDescription}\n\nAs a picture: \`${path.replace(':id', '{id}')}.svg\` or \`.png\`.`,
    problems: [...(definition.problems ?? []), 'notAcceptable' as const],
  };
  app.get(path, { schema: operation(plain) }, handler);
  for (const { name, mediaType, schema } of PICTURE_FORMATS) {
    const asPicture = {
      operationId: `${definition.operationId}${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      summary: `${definition.summary}, as ${name.toUpperCase()}`,
      description: ABOUT_PICTURES,
      querystring: withoutParameters(definition.querystring, ['fields']),
      ...{ response: schema, mediaType },
      responseDescription: 'The picture.',
    };
    registerOtherForms(app, { path, operation: definition, endings: [name], others: asPicture }, handler);
  }
  return handler;
}

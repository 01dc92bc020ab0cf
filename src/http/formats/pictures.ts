import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { invalidParameter } from '../message/problem.ts';
import { pause } from '../turns.ts';
import type { PictureFormat } from './picture-format.ts';
import { png } from './png.ts';
import { svg } from './svg.ts';

/*
 * Answers as pictures. What draws them is handed in: this storey knows how a picture is asked for and sent.
 */

/** To add one: a file like these, and its line here. */
export const PICTURE_FORMATS = [svg, png] as const;

export const ABOUT_PICTURES =
  'It names its unit, the basis and day of its conversion, its sources, the dataset version and the address of its data, and says in words what is seen. `.svg` is for pages, `.png` for slides, mail and chats.';

export function pictureFormat(name: string): PictureFormat | undefined {
  return PICTURE_FORMATS.find((format) => format.name === name);
}

export const PICTURE_MEDIA_TYPES: Readonly<Record<string, string>> = Object.fromEntries(
  PICTURE_FORMATS.map(({ name, mediaType }) => [name, mediaType]),
);

const LEAST_WIDTH = 320;
const MOST_WIDTH = 2000;

/** The query parameters that choose how a picture looks. */
export const pictureParameters = {
  width: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, `a whole number from ${LEAST_WIDTH} to ${MOST_WIDTH}`)
    .transform(Number)
    .pipe(z.int().min(LEAST_WIDTH).max(MOST_WIDTH))
    .optional()
    .meta({
      description: `Of a picture, in pixels, ${LEAST_WIDTH} to ${MOST_WIDTH}; default 800. Its height follows from what it shows. Refused elsewhere.`,
    }),
  theme: z.enum(['light', 'dark']).optional().meta({
    description: 'Of a picture: `light` (default) or `dark`. Refused elsewhere.',
  }),
  lang: z.enum(['en', 'zh']).optional().meta({
    description:
      'Of a picture: the language of its words, `en` (default) or `zh`. Names and quotes stay as they are recorded, but for sectors and regions with a Chinese name. Refused elsewhere.',
  }),
};

export interface PictureQuery {
  readonly width?: number | undefined;
  readonly theme?: 'light' | 'dark' | undefined;
  readonly lang?: 'en' | 'zh' | undefined;
}

/** How a picture is to look. */
export type Look = Readonly<{ [Name in keyof PictureQuery]-?: NonNullable<PictureQuery[Name]> }>;

export function lookOf({ width = 800, theme = 'light', lang = 'en' }: PictureQuery): Look {
  return { width, theme, lang };
}

/** Draws an answer as SVG: the same content gives the same bytes. @param dataUrl where the answer is as JSON */
export type Draw<Content> = (content: Content, look: Look, dataUrl: string) => Promise<string>;

/** Refuses what has a meaning in pictures only. @throws InvalidRequest `parameterRequired` */
export function checkLook(query: PictureQuery, format: string): void {
  if (pictureFormat(format) !== undefined) return;
  for (const name of ['width', 'theme', 'lang'] as const)
    if (query[name] !== undefined)
      throw invalidParameter(
        name,
        'parameterRequired',
        'has a meaning only in pictures: with the path ending in `.svg` or `.png`',
      );
}

/** Refuses what has no meaning in a picture. @throws InvalidRequest `conflictingParameters` */
export function checkPicture(query: Readonly<Record<string, unknown>>): void {
  for (const name of ['fields', 'shape'])
    if (query[name] !== undefined)
      throw invalidParameter(name, 'conflictingParameters', 'has no meaning in a picture; leave it out');
}

/**
 * A picture runs nothing and loads nothing, whatever a name in it says: helmet's policy for all answers, and a sandbox for
 * one that is opened by itself.
 */
const POLICY = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';sandbox";

export interface Order<Content> {
  readonly draw: Draw<Content>;
  readonly content: Content;
  readonly look: Look;
  readonly dataUrl: string;
  readonly format: PictureFormat;
  /** Of the file, without its ending. */
  readonly name: string;
}

/** Draws a picture, in a turn of its own where the one of its content is over, and sends it. */
export async function sendPicture<Content>(
  reply: FastifyReply,
  { draw, content, look, dataUrl, format, name }: Order<Content>,
): Promise<FastifyReply> {
  await pause();
  const drawing = await draw(content, look, dataUrl);
  const body = await format.write(drawing, look.width);
  return reply
    .header('content-disposition', `inline; filename="${name}.${format.name}"`)
    .header('content-security-policy', POLICY)
    .type(format.isText ? `${format.mediaType}; charset=utf-8` : format.mediaType)
    .send(body);
}

/** A form of a picture. */
export interface PictureFormat {
  /** What `format` and the ending of a path say. */
  readonly name: string;
  readonly mediaType: string;
  readonly isText: boolean;
  /** @param drawing SVG @param width in pixels */
  readonly write: (drawing: string, width: number) => Promise<Buffer>;
}

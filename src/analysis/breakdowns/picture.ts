import type { Breakdown } from '../../domain/analysis/breakdown.ts';
import type { BreakdownMatrix } from '../../domain/analysis/matrix.ts';
import type { FiguresById } from '../figures.ts';
import type { PictureContent } from '../picture-content.ts';

/** What pictures of a sector's breakdowns are drawn of. */
export interface BreakdownPicture extends PictureContent {
  readonly sector: string;
  readonly breakdowns: readonly Breakdown[];
  readonly figures: FiguresById;
}

/** What pictures of sectors by period are drawn of. */
export interface MatrixPicture extends PictureContent, BreakdownMatrix {
  /** The forecaster, year or measure that selects them: an id, or the year. */
  readonly selection: string;
  readonly figures: FiguresById;
}

import type { Series } from '../../domain/analysis/series.ts';
import type { PictureContent } from '../picture-content.ts';

/** What pictures of series are drawn of. */
export interface SeriesPicture extends PictureContent {
  readonly series: readonly Series[];
}

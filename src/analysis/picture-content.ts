import type { Receipt } from '../domain/money/conversion.ts';
import type { Interval } from '../domain/statement.ts';
import type { StatedForecast } from '../ledger/records/kinds.ts';
import type { FiguresById } from './figures.ts';
import type { Names } from './shared-schemas.ts';

/** What pictures of computed answers are drawn of, beside the answer's own rows. */
export interface PictureContent {
  readonly names: Names;
  /** By forecast: the words behind its figure. */
  readonly said: Readonly<Record<string, Said>>;
  /** By forecast; null where no conversion was asked for. */
  readonly receipts: Readonly<Record<string, Receipt>> | null;
  readonly datasetVersion: string;
}

export interface Said {
  /** The figure as printed. */
  readonly asStated: string;
  /** The words around it. */
  readonly phrase: string | null;
  /** In the currency shown. */
  readonly interval: Interval | null;
}

export function saidBy(forecasts: readonly StatedForecast[], figures: FiguresById): PictureContent['said'] {
  return Object.fromEntries(
    forecasts.map(({ id, amount, evidence }) => [
      id,
      { asStated: amount.asStated, phrase: evidence.phrase, interval: figures.get(id)?.interval ?? null },
    ]),
  );
}

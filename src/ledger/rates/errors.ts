/**
 * Every way in which a source of rates fails a caller. Stable: they appear in logs, in `rates sync` and in the health
 * answers.
 *
 * | code | when | tried again |
 * |---|---|---|
 * | `rateSourceNotFound` | 404 | no |
 * | `rateSourceRefused` | another 4xx, or a redirect that leads nowhere | no |
 * | `rateSourceUnavailable` | 5xx, 408, 429, no connection, a connection cut | yes |
 * | `rateSourceTimedOut` | no whole answer in time | yes |
 * | `rateSourceTruncated` | a zip or a table that stops in its middle | yes |
 * | `rateSourceDamaged` | a zip whose contents do not match their checksum, or cannot be unpacked | yes |
 * | `rateSourceNotData` | a web page or other text instead of data | no |
 * | `rateSourceMalformed` | data of a form that is not the provider's | no |
 * | `rateSourceEmpty` | a history without a single rate | no |
 * | `rateSourceTooLarge` | more bytes than the limit, packed or unpacked | no |
 * | `rateSourceAborted` | the caller gave up | no |
 */
export type RateSourceErrorCode =
  | 'rateSourceNotFound'
  | 'rateSourceRefused'
  | 'rateSourceUnavailable'
  | 'rateSourceTimedOut'
  | 'rateSourceTruncated'
  | 'rateSourceDamaged'
  | 'rateSourceNotData'
  | 'rateSourceMalformed'
  | 'rateSourceEmpty'
  | 'rateSourceTooLarge'
  | 'rateSourceAborted';

const TRIED_AGAIN: ReadonlySet<RateSourceErrorCode> = new Set([
  'rateSourceUnavailable',
  'rateSourceTimedOut',
  'rateSourceTruncated',
  'rateSourceDamaged',
]);

/** A failure of a source of rates, with a stable code and the data that explain it. Nothing of the answer is kept. */
export class RateSourceError extends Error {
  override readonly name = 'RateSourceError';
  readonly code: RateSourceErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: RateSourceErrorCode,
    data: Readonly<Record<string, unknown>> = {},
    options: { readonly cause?: unknown } = {},
  ) {
    super(`${code} ${JSON.stringify(data)}`, options);
    this.code = code;
    this.data = data;
  }

  /** Whether another attempt may succeed. */
  get retryable(): boolean {
    return TRIED_AGAIN.has(this.code);
  }
}

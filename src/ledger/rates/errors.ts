/**
 * Every way in which a source of rates fails, and whether another attempt may succeed. Stable: the codes appear in logs,
 * in `rates sync` and in the health answers.
 */
const IS_RETRYABLE = {
  // 404.
  rateSourceNotFound: false,
  // Another 4xx, or a redirect that leads nowhere.
  rateSourceRefused: false,
  // 5xx, 408, 429, no connection, a connection cut.
  rateSourceUnavailable: true,
  // No whole answer in time.
  rateSourceTimedOut: true,
  // A zip that stops in its middle.
  rateSourceTruncated: true,
  // A zip whose contents do not match their checksum, or cannot be unpacked.
  rateSourceDamaged: true,
  // A web page or other text instead of data.
  rateSourceNotData: false,
  // Data of a form that is not the provider's.
  rateSourceMalformed: false,
  // A history without a single rate.
  rateSourceEmpty: false,
  // More bytes than the limit, packed or unpacked.
  rateSourceTooLarge: false,
  // The caller gave up.
  rateSourceAborted: false,
} as const;
export type RateSourceErrorCode = keyof typeof IS_RETRYABLE;

/** A failure of a source of rates, with the data that explain it. Nothing of the answer is kept. */
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

  get retryable(): boolean {
    return IS_RETRYABLE[this.code];
  }
}

/** So many faults of a file are told. */
const MOST_FAULTS = 20;

/** A file of rates that cannot be imported: what is wrong, line by line. Nothing of it is kept. */
export class RateFileError extends Error {
  override readonly name = 'RateFileError';

  constructor(faults: readonly string[]) {
    const more = faults.length > MOST_FAULTS ? [`and ${faults.length - MOST_FAULTS} more`] : [];
    super(['Nothing was imported.', ...faults.slice(0, MOST_FAULTS), ...more].join('\n'));
  }
}

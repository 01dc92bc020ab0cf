import { isIP } from 'node:net';
import { z } from 'zod';
import type { AddressSetting } from './ledger/rates/fetching.ts';
import { PROVIDERS } from './ledger/rates/provider.ts';
import { CLOCK_TOLERANCE_MS } from './store/clock.ts';

function wholeNumber(smallest: number, largest: number) {
  const message = `must be a whole number from ${smallest} to ${largest}`;
  const digits = z.string().regex(/^\d{1,15}$/, message);
  return digits.transform(Number).refine((value) => value >= smallest && value <= largest, message);
}

/** Whether a text is an IP address, or a network such as 10.0.0.0/8. */
function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isDatabaseUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text);
}

/** Their values may hold a password: what is wrong with one is told without it. */
const DATABASE_URLS: readonly string[] = ['DATABASE_URL', 'DATABASE_READ_URLS'];

const ADDRESS_OR_FILE = 'must be an http(s) URL, or file:/// and the path of a file';
// What follows two slashes is a host, not a folder: file://rates.csv is no file of this machine.
const HTTP_OR_FILE = z
  .url({ protocol: /^(?:https?|file)$/, error: ADDRESS_OR_FILE })
  .regex(/^(?!file:(?!\/\/\/))/, ADDRESS_OR_FILE);

const RATE_ADDRESSES: Readonly<Record<AddressSetting, z.ZodDefault<z.ZodURL>>> = Object.fromEntries(
  PROVIDERS.flatMap(({ addresses }) =>
    Object.entries(addresses).map(([name, { url, about, orFile }]) => [
      name,
      (orFile ? HTTP_OR_FILE : z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }))
        .default(url)
        .describe(about),
    ]),
  ),
);

/**
 * Every setting, read from the environment. The description of each stands in docs/operating.md, which a
 * test compares with this schema.
 */
export const ConfigSchema = z.object({
  HOST: z
    .string()
    .min(1, 'must be an address or host name')
    .default('127.0.0.1')
    .describe('Address to listen on'),
  PORT: wholeNumber(0, 65_535).default(3000).describe('Port to listen on; 0 takes a free one'),
  DATA_DIR: z
    .string()
    .min(1, 'must be a directory')
    .default('./data')
    .describe('Directory of the database, made if absent'),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, 'must be a URL such as postgres://user:password@host:5432/ledger')
    .optional()
    .describe('PostgreSQL database of the ledger, in place of `DATA_DIR`'),
  DATABASE_READ_URLS: z
    .string()
    .transform((urls) => urls.split(',').map((url) => url.trim()))
    .refine(
      (urls) => urls.every(isDatabaseUrl),
      'must be URLs such as postgres://user:password@host:5432/ledger, separated by commas; a comma within one is %2C',
    )
    .refine((urls) => new Set(urls).size === urls.length, 'must name each replica once')
    .optional()
    .describe('Replicas of that database, separated by commas, that are read from'),
  DATABASE_CONNECTIONS: wholeNumber(1, 1000)
    .default(10)
    .describe(
      'Connections to each server on which a process reads; one more asks for the version, and one writes',
    ),
  READ_STALENESS_MS: wholeNumber(0, 3_600_000)
    .default(0)
    .describe(
      'How old an answer from PostgreSQL may be without the primary being asked; 0 asks it for each read',
    ),
  READ_LAG_LIMIT_SECONDS: wholeNumber(1, 86_400)
    .default(10)
    .describe('A replica that lacks for longer what the primary has is left out until it has it'),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info')
    .describe('Least level that is logged'),
  METRICS: z
    .enum(['on', 'off'], 'must be on or off')
    .default('on')
    .describe('Whether `/metrics` gives metrics for Prometheus, to anybody'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL such as https://ledger.example.org' })
    .refine((url) => /^https?:\/\/[^\s?#@]+$/.test(url), 'must have no query, fragment, user or spaces')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'Address under which clients reach the service; links are made from it. Without it, from the request',
    ),
  TRUST_PROXY: z
    .string()
    .regex(
      /^(?:on|off|[0-9A-Fa-f.:/]+(?:,[0-9A-Fa-f.:/]+)*)$/,
      'must be on, off, or a comma-separated list of proxy addresses or networks',
    )
    .refine(
      (setting) => /^(?:on|off)$/.test(setting) || setting.split(',').every(isAddressOrNetwork),
      'must be on, off, or a comma-separated list of proxy addresses or networks',
    )
    .default('off')
    .describe('Whose `X-Forwarded-*` headers count: `off`, `on` (anyone), or addresses and networks'),
  RATES_SYNC: z
    .enum(['on', 'off'], 'must be on or off')
    .default('on')
    .describe('Whether the server fetches new reference rates by itself, after each publication'),
  ...RATE_ADDRESSES,
  WEB_CONCURRENCY: wholeNumber(1, 64)
    .default(1)
    .describe('How many processes serve, on one port and one ledger'),
  CACHE_BYTES: wholeNumber(0, 68_719_476_736)
    .default(67_108_864)
    .describe('How many bytes of answers are kept in memory; 0 keeps none'),
  WRITE_WAIT_MS: wholeNumber(0, 600_000)
    .default(20_000)
    .describe(
      'How long a write waits while another one is going on; an import publishes some 10,000 rows a second',
    ),
  CLOCK_TOLERANCE_MS: wholeNumber(0, 31_536_000_000)
    .default(CLOCK_TOLERANCE_MS)
    .describe('How far the clock may be behind the newest recorded time before writes are refused'),
  BODY_LIMIT_BYTES: wholeNumber(1024, 1_073_741_824).default(1_048_576).describe('Longest request body'),
  IMPORT_LIMIT_BYTES: wholeNumber(1024, 1_099_511_627_776)
    .default(2_147_483_648)
    .describe('Longest file that `POST /v1/imports` takes'),
  HEADER_LIMIT_BYTES: wholeNumber(4096, 1_048_576)
    .default(16_384)
    .describe('Longest request line and headers together'),
  REQUEST_TIMEOUT_MS: wholeNumber(100, 3_600_000)
    .default(30_000)
    .describe('Time in which a request must have arrived whole'),
  CONNECTION_LIMIT: wholeNumber(1, 1_000_000)
    .default(2000)
    .describe(
      'Connections at once. For one more the one idle longest is closed; if none is idle, it gets a 503',
    ),
  CONNECTION_LIMIT_PER_ADDRESS: wholeNumber(1, 1_000_000)
    .default(256)
    .describe('The same for one address (of IPv6, one /64 network); a trusted proxy may have more'),
  REQUEST_LIMIT: wholeNumber(1, 1_000_000)
    .default(1000)
    .describe('Requests being answered at once; further ones get a 503'),
  PIPELINE_LIMIT: wholeNumber(1, 1_000_000)
    .default(10_000)
    .describe(
      'Requests waiting behind another on their connection, in all; beyond it the connection with most is closed',
    ),
  UNSENT_LIMIT_BYTES: wholeNumber(65_536, 68_719_476_736)
    .default(134_217_728)
    .describe(
      'Bytes of answers that clients have not read; beyond it connections whose answers wait longest are closed',
    ),
  DOWNLOAD_LIMIT: wholeNumber(1, 1_000_000)
    .default(8)
    .describe(
      'Downloads at once (CSV, NDJSON, exports); a quarter of the places is kept for requests with a key',
    ),
  DOWNLOAD_LIMIT_PER_ADDRESS: wholeNumber(1, 1_000_000)
    .default(4)
    .describe('The same for one address (of IPv6, one /64 network), or for one key'),
  DOWNLOAD_BYTES_PER_SECOND: wholeNumber(1, 1_000_000_000)
    .default(32_768)
    .describe('Least rate: a client that stays behind it by a minute is cut off'),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(100, 600_000)
    .default(10_000)
    .describe('Time that requests in flight get on shutdown'),
});

export type Config = Readonly<z.output<typeof ConfigSchema>>;

/** A setting that cannot be used: the message names each, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from environment variables; unset and empty ones take their default.
 * @throws ConfigError
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(ConfigSchema.shape)
      .map((name) => [name, environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = ConfigSchema.safeParse(given);
  if (result.success && result.data.DATABASE_READ_URLS !== undefined && given.DATABASE_URL === undefined)
    throw new ConfigError(
      'DATABASE_READ_URLS: must have DATABASE_URL, the database that is written to, beside it',
    );
  if (result.success) return Object.freeze(result.data);
  const lines = result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const value = DATABASE_URLS.includes(name) ? '' : `; it is ${JSON.stringify(environment[name])}`;
    return `${name}: ${issue.message}${value}`;
  });
  throw new ConfigError(lines.join('\n'));
}

/** The port is taken, the address is not ours, the data directory cannot be made: the message says all. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

/** Where the ledger is, and how it is opened. */
export function ledgerOf(config: Config) {
  return {
    location: config.DATABASE_URL ?? config.DATA_DIR,
    options: {
      clockToleranceMs: config.CLOCK_TOLERANCE_MS,
      readConnections: config.DATABASE_CONNECTIONS,
      readUrls: config.DATABASE_READ_URLS,
      stalenessMs: config.READ_STALENESS_MS,
      lagLimitMs: config.READ_LAG_LIMIT_SECONDS * 1000,
    },
  };
}

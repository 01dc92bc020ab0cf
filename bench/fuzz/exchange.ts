import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as send } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, gzipSync } from 'node:zlib';

/*
 * A request as it is sent, what came back, and the line of a shell that sends it again.
 */

export interface FuzzRequest {
  readonly method: string;
  /** The address without its origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The status that it must be answered with, unless the service has too much to do. */
  readonly expected?: number;
}

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly bytes: Buffer;
  /** Decoded. */
  readonly plain: Buffer;
  /** The same as text. */
  readonly body: string;
  /** Milliseconds to the last byte. */
  readonly ms: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const decoders: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  br: promisify<Buffer, Buffer>(brotliDecompress),
  gzip: promisify<Buffer, Buffer>(gunzip),
};

/** Sends a request and reads the whole answer. @throws Error where none comes, or where it cannot be decoded */
export async function exchange(
  origin: string,
  { method, path, headers, body }: FuzzRequest,
): Promise<FuzzAnswer> {
  const { hostname, port } = new URL(origin);
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const begun = performance.now();
  const received = await new Promise<Omit<FuzzAnswer, 'plain' | 'body' | 'ms'>>((resolve, reject) => {
    const sent = send(
      { agent, hostname, port, method, path, headers: { ...headers, ...length } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            bytes: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
  const ms = performance.now() - begun;
  const decode = decoders[String(received.headers['content-encoding'])];
  const isDecoded = decode !== undefined && received.bytes.length > 0;
  const plain = isDecoded ? await decode(received.bytes) : received.bytes;
  return { ...received, plain, body: plain.toString('utf8'), ms };
}

const LONGEST_SHOWN_BYTES = 2000;

/** A line of a shell that sends a request again; the key is in `$KEY`. */
export function curlLine(origin: string, { method, path, headers, body }: FuzzRequest): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const named = Object.entries(headers).map(([name, value]) =>
    name === 'authorization' && value.startsWith('Bearer fl_')
      ? ' -H "Authorization: Bearer $KEY"'
      : ` -H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`,
  );
  const how = method === 'HEAD' ? ' -I' : ` -X ${method}`;
  const line = `curl -sS -g --path-as-is${how}${named.join('')}`;
  const address = quoted(origin + path);
  if (body === undefined) return `${line} ${address}`;
  const text = body.toString('utf8');
  if (body.length <= LONGEST_SHOWN_BYTES && Buffer.from(text).equals(body) && !text.includes('\0'))
    return `${line} --data-binary ${quoted(text)} ${address}`;
  return `base64 -d <<< ${gzipSync(body).toString('base64')} | gunzip | ${line} --data-binary @- ${address}`;
}

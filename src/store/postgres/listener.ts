import { connect } from './client.ts';

/** Where nodes tell each other of new versions: who tells it, a space, the version. */
export const CHANNEL = 'forecast_ledger';
const RECONNECTED_AFTER_MS = 1000;

/** Hears of the new versions that others write, for as long as the connection holds; it comes back by itself. */
export class Listener {
  readonly #url: string;
  readonly #heard: (payload: string) => void;
  #client: Awaited<ReturnType<typeof connect>> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(url: string, heard: (payload: string) => void) {
    this.#url = url;
    this.#heard = heard;
    void this.#listen();
  }

  async #listen(): Promise<void> {
    try {
      const client = await connect(this.#url);
      this.#client = client;
      client.on('notification', ({ payload = '' }) => this.#heard(payload));
      client.once('end', () => this.#later());
      if (this.#isClosed) await client.end();
      else await client.query(`listen ${CHANNEL}`);
    } catch {
      this.#later();
    }
  }

  #later(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#listen(), RECONNECTED_AFTER_MS).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }
}

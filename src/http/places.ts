/** Who waits for a place, or has one. */
export interface Placed {
  /** Places are shared out by it. */
  readonly client: string;
}

interface Share<Entry> {
  taken: number;
  /** The first to come first. */
  readonly waiting: Entry[];
}

/** Places that clients share: none has more than its share of them, and each has its turn. */
export class Places<Entry extends Placed> {
  readonly #most: number;
  readonly #mostOfClient: number;
  /** By client; the one whose last place was given the longest ago comes first. */
  readonly #shares = new Map<string, Share<Entry>>();
  #taken = 0;

  constructor(most: number, mostOfClient: number) {
    this.#most = most;
    this.#mostOfClient = mostOfClient;
  }

  get taken(): number {
    return this.#taken;
  }

  wait(entry: Entry): void {
    const share = this.#shares.get(entry.client) ?? { taken: 0, waiting: [] };
    this.#shares.set(entry.client, share);
    share.waiting.push(entry);
  }

  /** Lets one wait no longer. @returns false where it has had its place, or never waited */
  leave(entry: Entry): boolean {
    const share = this.#shares.get(entry.client);
    const at = share?.waiting.indexOf(entry) ?? -1;
    if (share === undefined || at < 0) return false;
    share.waiting.splice(at, 1);
    this.#forget(entry.client, share);
    return true;
  }

  /** Gives a place to the first that waits of the client whose turn it is. @returns undefined where nobody can have one */
  next(): Entry | undefined {
    if (this.#taken >= this.#most) return undefined;
    for (const [client, share] of this.#shares) {
      if (share.taken >= this.#mostOfClient) continue;
      const entry = share.waiting.shift();
      if (entry === undefined) continue;
      this.#shares.delete(client);
      this.#shares.set(client, share);
      share.taken += 1;
      this.#taken += 1;
      return entry;
    }
    return undefined;
  }

  /** Takes a place back. */
  free({ client }: Entry): void {
    const share = this.#shares.get(client);
    if (share === undefined) return;
    share.taken -= 1;
    this.#taken -= 1;
    this.#forget(client, share);
  }

  #forget(client: string, { taken, waiting }: Share<Entry>): void {
    if (taken === 0 && waiting.length === 0) this.#shares.delete(client);
  }
}

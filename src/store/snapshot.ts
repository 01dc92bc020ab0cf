import type { Reader, Snapshot, Transaction, Writer } from './store.ts';

/** What reads and writes in a transaction of an engine. */
interface Connection {
  readonly reader: Reader;
  readonly writer: Writer;
}

/** What a connection reads and writes with, and what ends it. */
interface Opened<View> {
  readonly view: View;
  /** @param because what reads and writes are then refused with */
  readonly end: (because?: string) => void;
}

export function openSnapshot({ reader }: Pick<Connection, 'reader'>, version: string): Opened<Snapshot> {
  return opened({ ...reader, version });
}

/** @param takeTime called when the time is first asked for: most writes of keys and jobs are recorded under none */
export function openTransaction(
  { reader, writer }: Connection,
  version: string,
  takeTime: () => string,
): Opened<Transaction> {
  let time: string | undefined;
  return opened({
    ...reader,
    ...writer,
    version,
    get recordedAt() {
      time ??= takeTime();
      return time;
    },
  });
}

/** Once it has ended, it refuses to read and to write: what came later would be of another state. */
function opened<View extends Snapshot>(view: View): Opened<View> {
  let refusal: string | undefined;
  const get = (_: View, key: string | symbol): unknown => {
    const name = key as keyof View;
    // `then` is asked for too, of whatever an asynchronous function returns.
    if (refusal !== undefined && name in view && name !== 'version') throw new Error(refusal);
    return view[name];
  };
  return {
    view: new Proxy(view, { get }),
    end: (because = 'this snapshot of the ledger has ended') => {
      refusal = because;
    },
  };
}

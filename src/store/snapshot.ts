import { pageSequences } from './page-query.ts';
import type { QueryWriter, Reader, Snapshot, Transaction, Writer } from './store.ts';

/** What reads and writes in a transaction of an engine. */
interface Connection {
  readonly reader: Reader;
  readonly writer: Writer;
}

/**
 * What reads and writes through an engine's query builder.
 * @param database the builder on a connection; whatever the engine, it is awaited
 * @param own what the engine does in a way of its own
 */
export function connectionOf(
  database: unknown,
  own: Pick<Reader, 'rows' | 'dialect' | 'search'> & Pick<Writer, 'insertRows'>,
): Connection {
  const builder = database as Pick<Reader, 'select' | 'selectDistinct' | 'with' | '$with' | '$count'> &
    QueryWriter;
  const { rows, dialect, search, insertRows } = own;
  const reader: Reader = {
    select: builder.select.bind(builder),
    selectDistinct: builder.selectDistinct.bind(builder),
    with: builder.with.bind(builder),
    $with: builder.$with.bind(builder),
    $count: builder.$count.bind(builder),
    rows,
    pageSequences: (query) => pageSequences(reader, query),
    dialect,
    search,
  };
  const writer: Writer = {
    insert: builder.insert.bind(builder),
    update: builder.update.bind(builder),
    delete: builder.delete.bind(builder),
    insertRows,
  };
  return { reader, writer };
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

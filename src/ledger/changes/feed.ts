import type { FeedEntry } from '../../http/formats/feeds.ts';
import { escapeHtml } from '../../http/formats/feeds.ts';
import type { Reader } from '../../store/store.ts';
import { KINDS } from '../records/kinds.ts';
import type { LedgerRecord } from '../records/record.ts';
import { recordOfRow, rowsOfSequences } from '../records/rows.ts';
import type { RecordChange } from './repository.ts';

/** Changes as entries of a feed. @param origin the service's address, whole */
export async function feedEntries(
  read: Reader,
  changes: readonly RecordChange[],
  origin: string,
): Promise<readonly FeedEntry[]> {
  const rows = await rowsOfSequences(
    read,
    changes.map(({ position }) => position),
  );
  return changes.flatMap((change, at) => {
    const row = rows[at];
    return row === undefined ? [] : [entryOf(change, recordOfRow(row, []), origin)];
  });
}

function entryOf(change: RecordChange, record: LedgerRecord, origin: string): FeedEntry {
  const { kind, id, revision, deleted, recordedAt, path } = change;
  const { amount, names, sector, measure, region } = record;
  const what = deleted ? 'Deleted' : revision === 1 ? 'New' : 'Corrected';
  const organisation = names.organisation ?? `no ${KINDS[kind].organisationIs} named`;
  // A deleted record is told by its history: by itself it answers 410.
  const at = `${origin}${path}${deleted ? '/revisions' : ''}?knownAsOf=${recordedAt}`;
  return {
    id: `tag:${new URL(origin).hostname},${recordedAt.slice(0, 10)}:${kind}/${id}/${revision}`,
    title: `${what} ${kind}: ${organisation}: “${amount.asStated}” (${names.measure}, ${names.sector})`,
    link: at,
    updated: recordedAt,
    author: names.organisation,
    categories: [sector, measure, region],
    content: contentOf(change, record, at),
  };
}

function contentOf({ reason, author }: RecordChange, record: LedgerRecord, address: string): string {
  const { amount, evidence, names, period, publishedOn, scope } = record;
  const figure = amount.value ?? [amount.low, amount.high].filter((bound) => bound !== null).join(' to ');
  const dates = [period.start, period.end].filter((day) => day !== null).join(' to ');
  const title = escapeHtml(names.source);
  const isPage = /^https?:/i.test(evidence.url ?? '');
  const paragraphs = [
    `${isPage ? `<a href="${escapeHtml(evidence.url ?? '')}">${title}</a>` : title}${publishedOn === null ? '' : `, ${publishedOn}`}`,
    escapeHtml(
      [`${amount.currency} ${figure} (${amount.qualifier})`, dates, names.region, scope]
        .filter((part) => part !== '')
        .join('; '),
    ),
    `${escapeHtml(author)}: ${escapeHtml(reason)}`,
    `<a href="${escapeHtml(address)}">${escapeHtml(record.id)}, revision ${record.revision}</a>`,
  ];
  const told = paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join('');
  return `<blockquote>${escapeHtml(evidence.phrase)}</blockquote>${told}`;
}

import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { eq } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { measures, organisations, regions, scopes, sectors, sources } from '../../store/tables/schema.ts';
import type { KindOfRecord } from './kinds.ts';
import type { LedgerRecord, RecordContent } from './record.ts';
import { impliedRate } from './rows.ts';
import type { SubmittedForecast, SubmittedOutcome } from './schemas.ts';

/*
 * What of a record the ledger computes. It may stand in a body, so that a record goes back as it was shown; it must then
 * say what the ledger says.
 */

type Body = Partial<SubmittedForecast & SubmittedOutcome>;

/** A field of a body, what stands there, and what may: as the record is shown now, or will be. */
type Computed = readonly [name: string, given: unknown, ...allowed: unknown[]];

/**
 * Notes each computed field of a body that says otherwise than the ledger.
 * @param content what is to be recorded
 * @param shown the record as it is now; undefined where it is new: `revision` and `recordedAt` are then those of the one
 *   that it was copied from
 */
export async function checkComputedFields(
  read: Reader,
  kind: KindOfRecord,
  { body, content, shown }: { body: Body; content: RecordContent; shown: LedgerRecord | undefined },
  add: AddFault,
): Promise<void> {
  for (const [name, given, ...allowed] of [
    ...ofDocument(body, content, shown),
    ...(await ofNames(read, kind, body, content, shown)),
    ...(shown === undefined ? [] : ofRevision(body, shown)),
  ]) {
    if (given === undefined || allowed.some((value) => isDeepStrictEqual(value, given))) continue;
    const says = JSON.stringify(allowed[0]);
    add(
      name,
      'computedDisagrees',
      `is computed by the ledger, which says ${says}; send that, or leave it out`,
    );
  }
}

/** What follows from the document, and from the figures that it states. */
function* ofDocument(
  body: Body,
  content: RecordContent,
  shown: LedgerRecord | undefined,
): Generator<Computed> {
  const shownFigures = shown === undefined ? [] : [shown, ...shown.statedConversions];
  yield ['publishedOn', body.publishedOn, content.publishedOn, shown?.publishedOn];
  const evidenceFields = (prefix: string, given: Body['evidence'], recorded: Evidence): readonly Computed[] =>
    (['documentSha256', 'url'] as const).map((part) => [
      `${prefix}evidence.${part}`,
      given?.[part],
      recorded[part],
      ...shownFigures.map(({ evidence }) => evidence[part]),
    ]);
  yield* evidenceFields('', body.evidence, content.evidence);
  for (const [at, { amount, evidence }] of content.statedConversions.entries()) {
    const given = body.statedConversions?.[at];
    const before = shown?.statedConversions.map((stated) => stated.impliedRate) ?? [];
    yield* evidenceFields(`statedConversions.${at}.`, given?.evidence, evidence);
    yield [
      `statedConversions.${at}.impliedRate`,
      given?.impliedRate,
      impliedRate(content.amount, amount),
      ...before,
    ];
  }
}

/** What a revision has of its own, and what is computed of it and the records that it relates to. */
function* ofRevision(body: Body, shown: LedgerRecord): Generator<Computed> {
  yield ['revision', body.revision, shown.revision];
  yield ['recordedAt', body.recordedAt, shown.recordedAt];
  const revisedBy = shown.relations.flatMap((one) => (one.kind === 'revisedBy' ? [one.record] : []));
  yield ['revisedBy', body.revisedBy, revisedBy];
  for (const [at, relation] of (body.relations ?? []).entries()) {
    if (!('impliedMultiplier' in relation)) continue;
    const same = shown.relations.find(
      (one) => one.kind === relation.kind && one.record === relation.forecast,
    );
    if (same === undefined) continue;
    yield [`relations.${at}.impliedMultiplier`, relation.impliedMultiplier, same.impliedMultiplier];
  }
}

/** The texts that are shown for ids, with the table that each stands in. */
const NAMES = {
  organisation: [organisations, organisations.name],
  source: [sources, sources.title],
  sector: [sectors, sectors.name],
  region: [regions, regions.name],
  measure: [measures, measures.name],
  scope: [scopes, scopes.name],
} as const;

async function ofNames(
  read: Reader,
  { organisation }: KindOfRecord,
  body: Body,
  content: RecordContent,
  shown: LedgerRecord | undefined,
): Promise<readonly Computed[]> {
  const given = body.names as Readonly<Record<string, unknown>> | undefined;
  if (given === undefined) return [];
  const fields: Computed[] = [];
  for (const key of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
    const [table, column] = NAMES[key];
    const field = key === 'organisation' ? organisation : key;
    const [row] = await read
      .select({ name: column })
      .from(table)
      .where(eq(table.id, content[key] ?? ''));
    fields.push([`names.${field}`, given[field], row?.name ?? null, shown?.names[key]]);
  }
  return fields;
}

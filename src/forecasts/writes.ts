import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq, isNull } from '../db/drizzle.ts';
import { forecastRelations, forecasts } from '../db/schema.ts';
import { amountSortKey } from '../db/sort-key.ts';
import type { Writer } from '../db/storage.ts';
import type { Amount } from '../domain/amount.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Period } from '../domain/period.ts';
import { indexForecast } from './full-text.ts';
import type { StoredConversion } from './repository.ts';

/** A forecast's content: what a revision holds beside its number, time, author and reason. */
export interface ForecastContent {
  readonly id: string;
  readonly collection: string;
  readonly forecaster: string | null;
  readonly source: string;
  readonly sector: string;
  readonly beneficiarySectors: readonly string[];
  readonly region: string;
  readonly measure: string;
  readonly scope: string;
  readonly amount: Amount;
  readonly statedConversions: readonly StoredConversion[];
  readonly period: Period;
  readonly publishedOn: string | null;
  readonly evidence: Evidence;
  readonly relations: readonly { readonly kind: string; readonly forecast: string }[];
  readonly confidence: string;
  readonly corroboration: readonly string[];
  readonly notes: string | null;
}

export interface Recording {
  readonly author: string;
  readonly reason: string;
  /** ISO 8601 time in UTC with milliseconds. */
  readonly recordedAt: string;
}

type ContentRow = Omit<
  typeof forecasts.$inferInsert,
  'revision' | 'recordedAt' | 'supersededAt' | 'author' | 'reason'
>;

/**
 * Records a forecast as its author gives it: a first revision, or a new one where its content differs from the current
 * one. Does nothing where it is the same, or where somebody else wrote the current revision. Inside a transaction.
 * Returns the number of the revision that was written, or null.
 */
export function writeForecast(write: Writer, content: ForecastContent, recording: Recording): number | null {
  const row = toRow(content);
  const current = write
    .select()
    .from(forecasts)
    .where(and(eq(forecasts.id, content.id), isNull(forecasts.supersededAt)))
    .get();
  if (current !== undefined) {
    const { revision, recordedAt: _, supersededAt: __, author, reason: ___, ...stored } = current;
    if (author !== recording.author) return null;
    if (
      isDeepStrictEqual(stored, row) &&
      isDeepStrictEqual(relationsOf(write, content.id, revision), sorted(content.relations))
    ) {
      return null;
    }
    write
      .update(forecasts)
      .set({ supersededAt: recording.recordedAt })
      .where(and(eq(forecasts.id, content.id), eq(forecasts.revision, revision)))
      .run();
  }
  const revision = (current?.revision ?? 0) + 1;
  write
    .insert(forecasts)
    .values({ ...row, ...recording, revision, supersededAt: null })
    .run();
  for (const { kind, forecast } of content.relations) {
    write
      .insert(forecastRelations)
      .values({ forecastId: content.id, revision, kind, targetId: forecast })
      .run();
  }
  indexForecast(write, content.id);
  return revision;
}

type StatedRelation = ForecastContent['relations'][number];

function relationsOf(write: Writer, id: string, revision: number): readonly StatedRelation[] {
  return sorted(
    write
      .select({ kind: forecastRelations.kind, forecast: forecastRelations.targetId })
      .from(forecastRelations)
      .where(and(eq(forecastRelations.forecastId, id), eq(forecastRelations.revision, revision)))
      .orderBy(asc(forecastRelations.kind))
      .all(),
  );
}

function sorted(relations: readonly StatedRelation[]): readonly StatedRelation[] {
  const key = ({ kind, forecast }: StatedRelation): string => `${kind} ${forecast}`;
  return relations
    .map(({ kind, forecast }) => ({ kind, forecast }))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function toRow(content: ForecastContent): ContentRow {
  const { amount, period, evidence } = content;
  return {
    id: content.id,
    collectionId: content.collection,
    forecasterId: content.forecaster,
    sourceId: content.source,
    sectorId: content.sector,
    regionId: content.region,
    measureId: content.measure,
    scopeId: content.scope,
    beneficiarySectors: JSON.stringify(content.beneficiarySectors),
    amountValue: amount.value,
    amountLow: amount.low,
    amountHigh: amount.high,
    amountQualifier: amount.qualifier,
    amountCurrency: amount.currency,
    amountAsStated: amount.asStated,
    amountInterpretation: amount.interpretation,
    amountSortKey: amountSortKey(amount),
    statedConversions: JSON.stringify(content.statedConversions),
    periodStart: period.start,
    periodEnd: period.end,
    periodKind: period.kind,
    periodYears: period.years,
    periodAsStated: period.asStated,
    periodInferred: JSON.stringify(period.inferred),
    publishedOn: content.publishedOn,
    evidencePhrase: evidence.phrase,
    evidenceStart: evidence.start,
    evidenceEnd: evidence.end,
    evidenceDocumentSha256: evidence.documentSha256,
    evidenceUrl: evidence.url,
    evidenceStatus: evidence.status,
    confidence: content.confidence,
    corroboration: JSON.stringify(content.corroboration),
    notes: content.notes,
  };
}

import type { Assessment, AssessmentResult } from '../../domain/analysis/assessment.ts';
import type { TrackRecordFigures } from '../../domain/analysis/track-record.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';

/** What the picture of a forecast beside its outcomes is drawn of. */
export interface AssessmentPicture extends AssessmentResult {
  readonly forecast: LedgerRecord;
  readonly outcomes: readonly LedgerRecord[];
  /** Of its sector, region and measure. */
  readonly names: Readonly<Record<string, string>>;
  readonly datasetVersion: string;
}

/** What the picture of a track record is drawn of. */
export interface TrackRecordPicture {
  readonly forecaster: string;
  readonly figures: TrackRecordFigures;
  readonly judged: readonly {
    readonly forecast: LedgerRecord;
    readonly assessments: readonly Assessment[];
  }[];
  readonly judgedAsOf: string;
  /** Of sectors, regions and measures. */
  readonly names: Readonly<Record<string, string>>;
  readonly datasetVersion: string;
}

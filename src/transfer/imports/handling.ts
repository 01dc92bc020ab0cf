import type { ImportRules, RowHandling, StagedContents } from '../row-handling.ts';
import { createRecordChecks } from './check.ts';
import { createRecordPublishing } from './publish.ts';
import type { ImportFormat } from './read.ts';

export function createRecordHandling(
  format: ImportFormat,
  staged: StagedContents,
  rules: ImportRules = { held: 'stay' },
): RowHandling {
  return {
    refusal: async () => null,
    begin: async () => undefined,
    conclude: async () => null,
    ...createRecordChecks(format, staged, rules),
    ...createRecordPublishing(rules),
  };
}

import { DomainError, unlessRefused } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
import { completeAmount, sameAmount } from '../../domain/money/amount.ts';
import type { FiscalCalendar } from '../../domain/period/fiscal-calendar.ts';
import type { Period } from '../../domain/period/period.ts';
import { completePeriod } from '../../domain/period/period.ts';
import { parseAmountPhrase } from '../../domain/phrase/amount-phrase.ts';
import { parsePeriodPhrase } from '../../domain/phrase/period-phrase.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { describeDomainError } from '../../http/message/domain-errors.ts';
import type { Source } from '../catalogue/schemas.ts';
import type { DraftFigure, DraftRecord, SubmittedRecord } from './record.ts';
import { REVISES } from './relations.ts';
import type { DEFAULTS, FilledIn } from './schemas.ts';

/*
 * What a record was handed in without: what its words state is read from them, and the rest follows or has a default.
 */

/** A record whose figures and period are whole; of those that could not be read, undefined. */
export interface ReadDraft extends Omit<DraftRecord, 'amount' | 'period' | 'statedConversions'> {
  readonly amount: Amount | undefined;
  readonly period: Period | undefined;
  readonly statedConversions: readonly { readonly amount: Amount | undefined; evidence: Evidence }[];
}
type Evidence = DraftRecord['evidence'];

/** What decides how words read. */
type Document = Pick<Source, 'language' | 'publishedOn'>;

/**
 * Reads what the words of a record state and it was handed in without.
 * @param document undefined where there is none of that id, which is told elsewhere
 * @param fiscalCalendar how the fiscal years run that whoever forecasts or reports speaks of; null where that is not known
 * @param add is told why something cannot be read, at the field that would say it
 */
export function readDraft(
  draft: DraftRecord,
  document: Document | undefined,
  fiscalCalendar: FiscalCalendar | null,
  add: AddFault,
): ReadDraft {
  return {
    ...draft,
    amount: amountOf(draft, document, add),
    statedConversions: draft.statedConversions.map((stated, place) => ({
      evidence: stated.evidence,
      amount: amountOf(stated, document, (name, ...fault) =>
        add(`statedConversions.${place}.${name}`, ...fault),
      ),
    })),
    period: periodOf(draft, document && { ...document, fiscalCalendar }, add),
  };
}

function amountOf(
  { amount: given = {}, evidence: { phrase } }: DraftFigure,
  document: Document | undefined,
  add: AddFault,
): Amount | undefined {
  const whole = completeAmount(given);
  if (whole !== null || document === undefined) return whole ?? undefined;
  const { language } = document;
  const { currency, asStated } = given;
  const reading = unlessRefused(() =>
    parseAmountPhrase(phrase, {
      language,
      ...(currency === undefined ? {} : { currency }),
      ...(asStated === undefined ? {} : { figure: asStated }),
    }),
  );
  if (reading instanceof DomainError) {
    addUnread(reading, asStated, add);
    return undefined;
  }
  const parts = Object.fromEntries(Object.entries(given).filter(([, part]) => part !== undefined));
  const { value, low, high, ...words } = reading;
  const hasNumber = NUMBERS.some((name) => given[name] !== undefined);
  const amount = (hasNumber ? completeAmount({ ...words, ...parts }) : null) ?? { ...reading, ...parts };
  if (sameAmount(amount, reading)) return amount;
  const name = ([...NUMBERS, 'qualifier'] as const).find((part) => amount[part] !== reading[part]) ?? 'value';
  add(
    `amount.${name}`,
    'phraseStatesAnotherAmount',
    `is not what the phrase states, which is ${reading[name] ?? 'null'}: leave it out, or give the whole amount`,
  );
  return undefined;
}

const NUMBERS = ['value', 'low', 'high'] as const;

/** Names the part of an amount that would decide how a phrase is to be read. */
function addUnread(refusal: DomainError, asStated: string | undefined, add: AddFault): void {
  const { code, data } = refusal;
  const part =
    code === 'severalFigures' || (code === 'noFigure' && asStated !== undefined)
      ? '.asStated'
      : code === 'currencyOpen' || code === 'currencyConflict'
        ? '.currency'
        : code === 'ambiguousNumber'
          ? '.value'
          : '';
  const choices = part === '.value' ? data.readings : (data.candidates ?? data.found);
  const allowed = part !== '' && Array.isArray(choices) ? { allowed: choices.map(String) } : {};
  add(`amount${part}`, code, notByItself(refusal), allowed);
}

function periodOf(
  { period: given = {}, evidence: { phrase } }: DraftRecord,
  document: (Document & { readonly fiscalCalendar: FiscalCalendar | null }) | undefined,
  add: AddFault,
): Period | undefined {
  const whole = completePeriod(given);
  if (whole !== null || document === undefined) return whole ?? undefined;
  const reading = unlessRefused(() => parsePeriodPhrase(given.asStated ?? phrase, document));
  if (reading instanceof DomainError) {
    const { found } = reading.data;
    const isChoice = reading.code === 'severalPeriods' || typeof given.asStated === 'string';
    add(isChoice ? 'period.asStated' : 'period', reading.code, notByItself(reading), {
      ...(Array.isArray(found) ? { allowed: found.map(String) } : {}),
    });
    return undefined;
  }
  const name = DATES.find((part) => given[part] !== undefined && given[part] !== reading[part]);
  if (name === undefined) return reading;
  const message = `is not what ${JSON.stringify(reading.asStated)} states, which is ${reading[name] ?? 'null'}: leave it out, or give the whole period`;
  add(`period.${name}`, 'wordsStateAnotherPeriod', message);
  return undefined;
}

const DATES = ['start', 'end', 'kind', 'years'] as const;

function notByItself(refusal: DomainError): string {
  return `is needed, as the words do not say it by themselves. ${describeDomainError(refusal)}`;
}

/**
 * A record of which nothing is missing; null where something could not be read.
 * @param named its id and its collection
 * @param newest what is said where the record says nothing: the newest revision, or the defaults
 */
export function wholeRecord(
  { amount, period, statedConversions, revises, ...draft }: ReadDraft,
  named: Pick<SubmittedRecord, 'id' | 'collection'>,
  newest: Pick<SubmittedRecord, keyof typeof DEFAULTS | 'scope'>,
): SubmittedRecord | null {
  const conversions = statedConversions.flatMap((stated) =>
    stated.amount === undefined ? [] : { amount: stated.amount, evidence: stated.evidence },
  );
  if (amount === undefined || period === undefined || conversions.length < statedConversions.length)
    return null;
  const { scope = newest.scope, confidence = newest.confidence } = draft;
  const { stance = newest.stance, prices = newest.prices } = draft;
  const { scenario = newest.scenario, interval = newest.interval } = draft;
  const earlier = revises === undefined ? revisedIn(newest) : revises;
  return {
    ...{ ...draft, ...named, scope, confidence, stance, prices, scenario, interval },
    ...{ amount, period, statedConversions: conversions },
    relations: [...draft.relations, ...(earlier === null ? [] : [{ kind: REVISES, record: earlier }])],
  };
}

function revisedIn({ relations }: Pick<SubmittedRecord, 'relations'>): string | null {
  return relations.find(({ kind }) => kind === REVISES)?.record ?? null;
}

/** What a record says that it was not handed in with; undefined where that is nothing. */
export function filledInOf(draft: DraftRecord, record: SubmittedRecord): FilledIn | undefined {
  const defaults = (['id', 'collection', 'scope', 'confidence'] as const)
    .filter((field) => draft[field] === undefined)
    .map((field) => ({ field, value: record[field] }));
  const filledIn: FilledIn = {
    ...(lacks(draft.amount, record.amount) ? { amount: record.amount } : {}),
    ...(lacks(draft.period, record.period)
      ? { period: { ...record.period, inferred: [...record.period.inferred] } }
      : {}),
    ...(record.statedConversions.some(({ amount }, at) => lacks(draft.statedConversions[at]?.amount, amount))
      ? { statedConversions: record.statedConversions.map(({ amount }) => amount) }
      : {}),
    defaults,
  };
  return defaults.length === 0 && Object.keys(filledIn).length === 1 ? undefined : filledIn;
}

/** Whether something is said that was not given; what is null or an empty list says nothing. */
function lacks(given: object | undefined, whole: object): boolean {
  return Object.entries(whole).some(
    ([name, part]) =>
      part !== null &&
      !(Array.isArray(part) && part.length === 0) &&
      (given as Readonly<Record<string, unknown>> | undefined)?.[name] === undefined,
  );
}

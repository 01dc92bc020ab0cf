import type { DomainError, DomainErrorCode } from '../../domain/errors.ts';

/*
 * What a refusal of the domain says to a reader: in a sentence what was found, and in another what would be right.
 * Values stand exactly as they were found; words of a request or of a document stand in quotation marks.
 */

type Data = Readonly<Record<string, unknown>>;

/** A value as it is; the words of a list one after the other. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** Somebody's words in quotation marks; the words of a list one after the other. */
function quoted(value: unknown): string {
  return Array.isArray(value) ? value.map(quoted).join(', ') : JSON.stringify(value ?? null);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A figure, and the phrase it stands in where that says more. */
function figureIn({ figure, text }: Data): string {
  if (!isGiven(figure)) return quoted(text);
  return isGiven(text) && text !== figure ? `${quoted(figure)} in ${quoted(text)}` : quoted(figure);
}

function right({ expected }: Data): string {
  return isGiven(expected) ? ` Right would be ${plain(expected)}.` : '';
}

/** The day asked for, where it is known. */
function asked({ requestedDate }: Data): string {
  return isGiven(requestedDate) ? `; the day asked for is ${plain(requestedDate)}` : '';
}

/** The rate that the law has fixed, where there is one. */
function fixed({ currency, irrevocable }: Data): string {
  if (!isGiven(irrevocable)) return '';
  const { base, rate, since } = irrevocable as Data;
  return ` From ${plain(since)} on one ${plain(base)} is ${plain(rate)} ${plain(currency)} by law: a conversion at one day, with \`rateBasis=latest\` or over a later period takes that.`;
}

const OTHER_BASIS = 'another `rateBasis`, such as `publication`, `periodAverage` or `latest`';

const SENTENCES: Readonly<Record<DomainErrorCode, (data: Data) => string>> = {
  malformedDecimal: (data) => `${quoted(data.text)} is not a decimal that can be taken here.${right(data)}`,
  inconsistentAmount: (data) =>
    `The field \`${plain(data.field)}\` of an amount whose qualifier is \`${plain(data.qualifier)}\` is ${quoted(data.found)}.${right(data)}`,
  inconsistentPeriod: (data) =>
    `The field \`${plain(data.field)}\` of a period of the kind \`${plain(data.kind)}\` is ${Array.isArray(data.found) ? `[${quoted(data.found)}]` : quoted(data.found)}.${right(data)}`,
  inconsistentInterval: (data) =>
    `The field \`${plain(data.field)}\` of the interval is ${quoted(data.found)}.${right(data)}`,
  inconsistentPrices: (data) =>
    `The field \`${plain(data.field)}\` of prices of the kind \`${plain(data.kind)}\` is ${quoted(data.found)}.${right(data)}`,
  inconsistentEvidence: (data) =>
    `The field \`${plain(data.field)}\` of the evidence does not fit its status \`${plain(data.status)}\`${isGiven(data.found) ? `: found was ${plain(data.found)}` : ''}.${right(data)}`,
  noFigure: (data) => `No amount can be read from ${figureIn(data)}.${right(data)}`,
  severalFigures: (data) =>
    `More than one amount can be read from ${quoted(data.text)}: ${quoted(data.found)}.${right(data)}`,
  malformedFigure: (data) => `The figure ${figureIn(data)} cannot be read as an amount.${right(data)}`,
  ambiguousNumber: (data) =>
    `The number ${figureIn(data)} reads otherwise in another language${Array.isArray(data.readings) ? `: ${data.readings.map(plain).join(' or ')}` : ''}.${right(data)}`,
  negativeFigure: (data) =>
    `The amount ${figureIn(data)} is negative.${right({ expected: 'a sum of zero or more', ...data })}`,
  reversedRange: (data) =>
    `The range ${isGiven(data.text) ? `${figureIn(data)} ` : ''}runs backwards, from ${plain(data.low)} to ${plain(data.high)}.${right({ expected: 'low before high', ...data })}`,
  conflictingQualifiers: (data) => {
    const found = Array.isArray(data.found)
      ? data.found.map((hint: Data) => `${quoted(hint.words)} (\`${plain(hint.qualifier)}\`)`).join(', ')
      : '';
    return `The words around the figure ${figureIn(data)} contradict ${found === '' ? 'it' : `each other: ${found}`}.${right(data)}`;
  },
  changeOfSum: (data) => `The figure ${figureIn(data)} is what a sum changes by.${right(data)}`,
  unitPrice: (data) => `The figure ${figureIn(data)} is what one of many costs.${right(data)}`,
  counterfactual: (data) =>
    `The figure ${figureIn(data)} is what was planned before, or would have been.${right(data)}`,
  currencyOpen: (data) => {
    const candidates = isGiven(data.candidates) ? `: it can be ${plain(data.candidates)}` : '';
    const given = isGiven(data.currency) ? `, and ${quoted(data.currency)} is no code of a currency` : '';
    return `The currency of ${figureIn(data)} is left open${candidates}${given}.${right(data)}`;
  },
  currencyConflict: (data) =>
    isGiven(data.candidates)
      ? `The sign of ${figureIn(data)} can mean ${plain(data.candidates)}, and does not mean ${plain(data.currency)}.${right(data)}`
      : `More than one currency stands at the figure ${figureIn(data)}.${right(data)}`,
  noPeriod: (data) => `No period can be read from ${quoted(data.text)}.${right(data)}`,
  severalPeriods: (data) =>
    `More than one period can be read from ${quoted(data.text)}: ${quoted(data.found)}.${right(data)}`,
  ambiguousPeriod: (data) =>
    `The period ${quoted(data.period)} leaves open ${plain(data.open)}.${right(data)}`,
  malformedDate: (data) => `${quoted(data.text)} is not a day of the calendar.${right(data)}`,
  currencyUnknown: (data) =>
    `There is no currency ${quoted(data.currency)}. Right would be an ISO 4217 code; /v1/currencies lists them.`,
  currencyWithoutRates: (data) =>
    `No provider sets rates for ${plain(data.currency)}${isGiven(data.endedOn) ? `, which ended on ${plain(data.endedOn)}; ${plain(data.successor)} took its place` : ''}.${fixed(data)} Right would be one of the currencies that /v1/currencies?provider=${plain(data.provider)} lists.`,
  currencyWithoutMinorUnits: (data) =>
    `ISO 4217 gives ${plain(data.currency)} no minor unit to which an amount could be rounded. Right would be a currency that has \`minorUnits\` in /v1/currencies.`,
  rateInFuture: (data) =>
    `${plain(data.requestedDate)} is in the future: today is ${plain(data.today)}, in ${plain(data.place)}. Right would be a day up to today.`,
  rateBeforeSeries: (data) =>
    isGiven(data.law)
      ? `The rate of ${plain(data.currency)} is known only since ${plain(data.law)} fixed it, from ${plain(data.firstDay)} on${asked(data)}. Right would be a day from ${plain(data.firstDay)} on.`
      : `The first rate that ${plain(data.provider)} set for ${plain(data.currency)} is of ${plain(data.firstDay)}${asked(data)}. Right would be a day from ${plain(data.firstDay)} on.`,
  rateAfterSeriesEnd: (data) => {
    const last = plain(data.lastDay ?? data.endedOn);
    const ended = isGiven(data.endedOn) ? ` ${plain(data.currency)} ended on ${plain(data.endedOn)}` : '';
    const after = isGiven(data.successor) ? `; ${plain(data.successor)} took its place` : '';
    return `The last rate that ${plain(data.provider)} set for ${plain(data.currency)} is of ${last}${asked(data)}.${ended === '' ? '' : `${ended}${after}.`}${fixed(data)} Right would be a day up to ${last}.`;
  },
  rateInSeriesGap: (data) => {
    const gap = (data.gap ?? {}) as Data;
    return `From ${plain(gap.from)} to ${plain(gap.to)} ${plain(data.provider)} set no rates for ${plain(data.currency)}${asked(data)}. Right would be a day before or after that gap.`;
  },
  rateNotHeld: (data) => {
    const day = isGiven(data.date) ? ` of ${plain(data.date)}` : '';
    const requested = data.requestedDate === data.date ? '' : asked(data);
    return `The rate of ${plain(data.currency)}${day} was published by ${plain(data.provider)}, and is not held here${requested}. The command \`${plain(data.command)}\` fetches it.`;
  },
  rateBeyondCarryLimit: (data) =>
    `No rate${isGiven(data.currencies) ? ` of ${plain(data.currencies)}` : ''} was published on ${plain(data.requestedDate)} or in the ${plain(data.maxCarriedDays)} days before it, and no older one is taken. Right would be a day at most ${plain(data.maxCarriedDays)} days after a rate.`,
  publicationDateUnknown: (data) =>
    `The document's publication date is not known, so no day gives a rate from ${plain(data.from)} to ${plain(data.to)}. Right would be another \`rateBasis\`, such as \`periodAverage\`, \`latest\`, or \`date\` with a \`rateDate\`.`,
  priceYearUnknown: (data) =>
    `The figure is in ${plain(data.prices ?? 'unstated')} prices${data.prices === 'constant' ? ' of a year that the document does not say' : ''}, so no year gives a rate from ${plain(data.from)} to ${plain(data.to)}. Right would be ${OTHER_BASIS}.`,
  noStatedConversion: (data) =>
    isGiven(data.reason)
      ? `The document's own amounts in ${plain(data.from)} and ${plain(data.to)} imply no rate: ${plain(data.reason)}. Right would be ${OTHER_BASIS}.`
      : `The document states its amount in ${plain(data.from)} only. Right would be ${OTHER_BASIS}.`,
  statedConversionOtherCurrency: (data) =>
    `The document converts its ${plain(data.from)} into ${plain(data.currencies)}, not into ${plain(data.to)}. Right would be one of those as the target, or ${OTHER_BASIS}.`,
  statedConversionAmbiguous: (data) => {
    const pairs = Array.isArray(data.pairs)
      ? data.pairs.map(
          (pair: Data) => `${plain(pair.one)} ${plain(data.from)} as ${plain(pair.other)} ${plain(data.to)}`,
        )
      : [];
    return `The document's own conversion implies more than one rate: it gives ${pairs.join(', and ')}. Right would be ${OTHER_BASIS}.`;
  },
  periodOpen: (data) =>
    `The period has the start ${plain(data.start)} and the end ${plain(data.end)}, and a mean needs both. Right would be a rate of one day: \`publication\`, \`latest\`, or \`date\` with a \`rateDate\`.`,
  averageCoverageTooLow: (data) =>
    `From ${plain(data.start)} to ${plain(data.end)}, ${plain(data.observations)} of ${plain(data.targetDays)} days have a rate of ${plain(data.currency)} by ${plain(data.provider)}. Right would be a period with at least ${plain(data.minimumPercent)} % of its days.`,
  tooManyRecords: (data) =>
    `The answer would have more than ${plain(data.most)} ${plain(data.counted)}. Right would be filters that leave less.`,
  conversionNotPossible: (data) => {
    const reasons = Array.isArray(data.reasons) ? (data.reasons as readonly Refusal[]) : [];
    const each = reasons.map(
      ({ basis, providers = [], code, data: why }) =>
        `\`${basis ?? providers.join(' + ')}\` (${code}): ${SENTENCES[code](why)}`,
    );
    const tried = reasons.some(({ basis }) => basis === undefined) ? 'rate providers' : 'rate bases';
    return `None of the ${tried} gives a conversion. ${each.join(' ')}`;
  },
};

interface Refusal {
  readonly basis?: string;
  readonly providers?: readonly string[];
  readonly code: DomainErrorCode;
  readonly data: Data;
}

/** What a domain error says, from its data: what was found, and what would be right. */
export function describeDomainError({ code, data }: DomainError): string {
  return SENTENCES[code](data);
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import type { Amount } from '../../../src/domain/money/amount.ts';
import { checkAmount } from '../../../src/domain/money/amount.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { checkPeriod } from '../../../src/domain/period/period.ts';
import type { Evidence } from '../../../src/domain/phrase/evidence.ts';
import { checkEvidence, phraseConfirms } from '../../../src/domain/phrase/evidence.ts';

const COLLECTED = new URL('../../../../shared/data/catalogue/outcomes.json', import.meta.url);
const SEEDS = new URL('../../../seeds/', import.meta.url);
const FILE = 'china-new-infrastructure-outcomes.json';
const GROUPS = ['regions', 'organisations', 'measures', 'scopes', 'sectors', 'sources', 'outcomes'] as const;
type Group = (typeof GROUPS)[number];

interface Stated {
  readonly amount: Omit<Amount, 'interpretation'> & { readonly interpretation?: string | null };
  readonly evidence: Pick<Evidence, 'phrase' | 'start' | 'end' | 'status'>;
}

/** An outcome as the seed file gives it. */
interface Outcome extends Stated {
  readonly id: string;
  readonly collection: string;
  readonly reportedBy: string;
  readonly via: string | null;
  readonly source: string;
  readonly sector: string;
  readonly region: string;
  readonly measure: string;
  readonly scope: string;
  readonly statedConversions: readonly Stated[];
  readonly period: Period;
  readonly relations: readonly { readonly kind: string; readonly outcome: string }[];
  readonly confidence: string;
  readonly corroboration: readonly string[];
  readonly notes: string | null;
}

interface SeedSource {
  readonly id: string;
  readonly publisher: string;
  readonly publishedOn: string | null;
  readonly url: string;
}

type SeedText = Partial<Record<Group, readonly { readonly id: string }[]>> & {
  readonly collection?: { readonly id: string };
};

/** An amount as the collector wrote it down. */
interface Collected {
  readonly id: string;
  readonly amount: string;
  readonly currency: string;
  readonly qualifier: string;
  readonly periodStart: string | null;
  readonly periodEnd: string;
  readonly publishedOn: string | null;
  readonly confidence: string;
  readonly phrase: string;
  readonly url: string;
  readonly publisher: string;
  readonly corroboration: readonly string[];
}

const QUALIFIERS: Readonly<Record<string, string>> = {
  exact: 'exact',
  approximately: 'approximately',
  'at-least': 'atLeast',
};

/** Records whose words say another qualifier than the collector wrote down; each one's note says so. */
const READ_OTHERWISE = ['oc-5g-output-indirect-2020'];

/** Records whose phrase does not read back to the amount; each one's note says why. */
const UNVERIFIED = ['oc-5g-investment-2020', 'oc-cloud-2022'];

/** Years that run from an anniversary, where the collector's last day would be a day too many, and one that had not come. */
const OTHER_LAST_DAYS = [
  'oc-5g-output-cumulative-2022',
  'oc-5g-output-direct-5y',
  'oc-5g-output-indirect-5y',
  'oc-5g-three-operators-3y',
];

const texts = readdirSync(SEEDS)
  .filter((name) => name.endsWith('.json') && name !== 'currencies.json' && !name.startsWith('rates-'))
  .map((name) => JSON.parse(readFileSync(new URL(name, SEEDS), 'utf8')) as SeedText);
const { outcomes } = JSON.parse(readFileSync(new URL(FILE, SEEDS), 'utf8')) as {
  readonly outcomes: readonly Outcome[];
};
const sources = new Map(
  texts.flatMap((seeds) => (seeds.sources ?? []) as readonly SeedSource[]).map((row) => [row.id, row]),
);

const amountOf = ({ amount }: Stated): Amount => ({
  ...amount,
  interpretation: amount.interpretation ?? null,
});

const skip = existsSync(COLLECTED) ? false : "the collector's catalogue is not on this machine";

test('each collected outcome arrived, its amount and what it rests on unchanged', { skip }, (t) => {
  const collected = JSON.parse(readFileSync(COLLECTED, 'utf8')) as readonly Collected[];
  t.equal(collected.length, 35);
  t.strictSame(outcomes.map(({ id }) => id).sort(), collected.map(({ id }) => id).sort());
  const otherwise: string[] = [];
  const otherDates: string[] = [];
  for (const record of collected) {
    const stored = outcomes.find(({ id }) => id === record.id);
    if (stored === undefined) continue;
    const { amount, evidence, period } = stored;
    t.equal(amount.value, record.amount, `${record.id}: value`);
    for (const bound of [amount.low, amount.high])
      if (bound !== null) t.equal(bound, record.amount, `${record.id}: bound`);
    t.strictSame(
      {
        currency: amount.currency,
        confidence: stored.confidence,
        phrase: evidence.phrase,
        corroboration: stored.corroboration,
      },
      {
        currency: record.currency,
        confidence: record.confidence,
        phrase: record.phrase,
        corroboration: record.corroboration,
      },
      record.id,
    );
    t.match(
      sources.get(stored.source),
      { url: record.url, publisher: record.publisher, publishedOn: record.publishedOn },
      record.id,
    );
    if (period.start !== record.periodStart || period.end !== record.periodEnd) {
      otherDates.push(record.id);
      t.match(stored.notes, "the collector's last day", record.id);
    }
    if (amount.qualifier !== QUALIFIERS[record.qualifier]) {
      otherwise.push(record.id);
      t.match(stored.notes, 'The collector recorded', record.id);
    }
  }
  t.strictSame(otherwise.sort(), READ_OTHERWISE);
  t.strictSame(otherDates.sort(), OTHER_LAST_DAYS);
  t.end();
});

test('each outcome: amount, period and evidence are consistent, its phrase reads back as its status says', (t) => {
  t.equal(outcomes.length, 35);
  for (const outcome of outcomes) {
    const { id, evidence, period, statedConversions } = outcome;
    checkPeriod(period);
    for (const stated of [outcome, ...statedConversions]) {
      const amount = checkAmount(amountOf(stated));
      checkEvidence({ ...stated.evidence, documentSha256: null, url: null }, amount);
      t.equal(
        phraseConfirms(stated.evidence.phrase, amount),
        stated.evidence.status === 'parsed',
        `${id}: ${stated.evidence.phrase}`,
      );
    }
    for (const stated of statedConversions) {
      t.equal(stated.evidence.status, 'parsed', id);
      t.not(stated.amount.currency, outcome.amount.currency, id);
      t.ok(evidence.phrase.includes(stated.evidence.phrase), `${id}: the conversion stands in the phrase`);
    }
  }
  const unverified = outcomes.filter(({ evidence }) => evidence.status === 'unverified');
  t.strictSame(unverified.map(({ id }) => id).sort(), UNVERIFIED);
  for (const { id, notes } of unverified) t.match(notes, 'Unverified: ', id);
  t.end();
});

test('an outcome refers to what the seed files hold, and no id or page stands in them twice', (t) => {
  const known = new Map<Group, string[]>(
    GROUPS.map((group) => [group, texts.flatMap((seeds) => (seeds[group] ?? []).map(({ id }) => id))]),
  );
  for (const [group, ids] of known) t.equal(new Set(ids).size, ids.length, group);
  const urls = [...sources.values()].map(({ url }) => url);
  t.equal(new Set(urls).size, urls.length, 'one source for each page');
  const collections = texts.flatMap(({ collection }) => collection?.id ?? []);
  for (const outcome of outcomes) {
    const refersTo = (group: Group, id: string): void => {
      t.ok(known.get(group)?.includes(id), `${outcome.id}: ${group} ${id}`);
    };
    if (outcome.reportedBy !== null) refersTo('organisations', outcome.reportedBy);
    refersTo('sources', outcome.source);
    refersTo('sectors', outcome.sector);
    refersTo('regions', outcome.region);
    refersTo('measures', outcome.measure);
    refersTo('scopes', outcome.scope);
    t.ok(collections.includes(outcome.collection), `${outcome.id}: collection`);
    for (const { kind, outcome: other } of outcome.relations) {
      t.match(kind, /^(?:alsoStatedIn|conflictsWith)$/, outcome.id);
      t.not(other, outcome.id, 'not with itself');
      refersTo('outcomes', other);
    }
  }
  t.end();
});

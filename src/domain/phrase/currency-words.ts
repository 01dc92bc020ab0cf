import type { PhraseText } from './phrase-text.ts';
import { isDigit, isLetter, matchAt, skipSpaces } from './phrase-text.ts';

/**
 * What the words beside a figure say of its currency.
 *
 * - `stated`: one currency, whatever the caller says.
 * - `usual`: one currency unless the caller names another that the word also means: 元 is CNY, but TWD in Taiwan.
 * - `open`: one of several; the caller must say which.
 */
export type CurrencyReading =
  | { readonly kind: 'stated'; readonly code: string }
  | { readonly kind: 'usual'; readonly code: string; readonly others: readonly string[] }
  | { readonly kind: 'open'; readonly candidates: readonly string[] };

/** ISO 4217 alphabetic codes of national currencies in use, and those the ECB's series still holds. */
export const CURRENCY_CODES: readonly string[] = (
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF ' +
  'CLP CNY COP CRC CUP CVE CYP CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD ' +
  'HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL ' +
  'LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MTL MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP ' +
  'PKR PLN PYG QAR ROL RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SIT SKK SLE SOS SRD SSP STN SVC SYP SZL THB TJS ' +
  'TMT TND TOP TRL TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
).split(' ');

const KNOWN_CODES = new Set(CURRENCY_CODES);

export function isCurrencyCode(text: string): boolean {
  return KNOWN_CODES.has(text);
}

/** Codes that are also words of a headline in capitals: a currency word after the figure outweighs them. */
const CODES_THAT_ARE_WORDS = new Set(['ALL', 'COP', 'CUP', 'MOP', 'PEN', 'TOP', 'TRY']);

const DOLLARS =
  'USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD'.split(' ');
const DOLLAR_SIGN = [...DOLLARS, ...'ARS CLP COP CUP DOP MOP MXN UYU'.split(' ')];
const POUNDS = 'GBP EGP FKP GIP LBP SDG SHP SSP SYP'.split(' ');
const RUPEES = 'INR LKR MUR NPR PKR SCR'.split(' ');
const PESOS = 'ARS CLP COP CUP DOP MXN PHP UYU'.split(' ');
const FRANCS = 'CHF BIF CDF DJF GNF KMF RWF XAF XOF XPF'.split(' ');
const CROWNS = 'CZK DKK EEK ISK NOK SEK SKK'.split(' ');
const DINARS = 'BHD DZD IQD JOD KWD LYD RSD TND'.split(' ');
const RIALS = 'IRR OMR QAR SAR YER'.split(' ');
const YUAN_OR_NAMESAKE = 'HKD MOP TWD'.split(' ');

type Place = 'before' | 'after' | 'both';

interface CurrencyWord {
  readonly word: string;
  readonly place: Place;
  readonly reading: CurrencyReading;
  /** What may not follow: 元宇宙 is the metaverse, not a currency. */
  readonly unlessBefore: readonly string[];
}

const stated = (code: string): CurrencyReading => ({ kind: 'stated', code });
const open = (candidates: readonly string[]): CurrencyReading => ({ kind: 'open', candidates });

/** `|` stands between words, all in the form of `PhraseText.lower`. */
const VOCABULARY: readonly (readonly [reading: CurrencyReading, place: Place, words: string])[] = [
  [stated('CNY'), 'both', 'yuan|rmb|cn¥|rmb¥|人民币|renminbi'],
  [
    stated('CNY'),
    'after',
    'yuans|chinese yuan|yuan rmb|yuan renminbi|chinese renminbi|人民元|人民币元|中国元|위안|위안화|인민폐|중국 위안',
  ],
  [{ kind: 'usual', code: 'CNY', others: YUAN_OR_NAMESAKE }, 'after', '元'],
  [open(['CNY', 'JPY', ...YUAN_OR_NAMESAKE]), 'after', '圆'],
  [open(['CNY', 'JPY']), 'both', '¥'],
  [stated('USD'), 'both', 'us$|u.s.$|u.s. $|usd$|美金'],
  [
    stated('USD'),
    'after',
    'us dollar|us dollars|u.s. dollar|u.s. dollars|u.s dollars|american dollars|united states dollars|美元|美圆|米ドル|ドル|달러|미 달러|미달러|미국 달러',
  ],
  [open(DOLLAR_SIGN), 'both', '$'],
  [open(DOLLARS), 'after', 'dollar|dollars'],
  [stated('JPY'), 'both', 'jp¥|日币'],
  [stated('JPY'), 'after', 'yen|japanese yen|円|日元|日圆|日本円|엔|일본 엔|엔화'],
  [stated('EUR'), 'both', '€|euro|eu€'],
  [stated('EUR'), 'after', 'euros|欧元|ユーロ|유로|유로화'],
  [stated('GBP'), 'both', '£|gb£'],
  [
    stated('GBP'),
    'after',
    'pound sterling|pounds sterling|sterling|british pound|british pounds|uk pounds|英镑|英ポンド|파운드|영국 파운드',
  ],
  [open(POUNDS), 'after', 'pound|pounds|ポンド'],
  [stated('KRW'), 'both', '₩'],
  [stated('KRW'), 'after', 'won|korean won|south korean won|韩元|韩圆|韩币|ウォン|원|원화|한국 원'],
  [stated('KPW'), 'after', 'north korean won|朝鲜元'],
  [stated('HKD'), 'both', 'hk$|港币'],
  [
    stated('HKD'),
    'after',
    'hong kong dollar|hong kong dollars|hk dollars|港元|港圆|香港ドル|홍콩 달러|홍콩달러',
  ],
  [stated('TWD'), 'both', 'nt$|ntd|新台币|台币'],
  [
    stated('TWD'),
    'after',
    'new taiwan dollar|new taiwan dollars|taiwan dollars|nt dollars|新台币元|台湾ドル|台湾元|대만 달러|대만달러|신대만 달러',
  ],
  [stated('MOP'), 'both', 'mop$|澳门币|葡币'],
  [stated('MOP'), 'after', 'pataca|patacas|macau pataca|macau patacas|澳门元|澳门圆'],
  [stated('AUD'), 'both', 'a$|au$|aud$'],
  [stated('AUD'), 'after', 'australian dollar|australian dollars|澳元|澳大利亚元|豪ドル|호주 달러|호주달러'],
  [stated('CAD'), 'both', 'c$|ca$|cad$'],
  [stated('CAD'), 'after', 'canadian dollar|canadian dollars|加元|加拿大元|カナダドル|캐나다 달러'],
  [stated('NZD'), 'both', 'nz$'],
  [stated('NZD'), 'after', 'new zealand dollar|new zealand dollars|新西兰元|纽元|뉴질랜드 달러'],
  [stated('SGD'), 'both', 's$|sg$|坡币'],
  [stated('SGD'), 'after', 'singapore dollar|singapore dollars|新加坡元|シンガポールドル|싱가포르 달러'],
  [stated('BRL'), 'both', 'r$'],
  [stated('BRL'), 'after', 'reais|brazilian real|brazilian reais|brazilian reals|雷亚尔'],
  [stated('MXN'), 'both', 'mx$'],
  [stated('MXN'), 'after', 'mexican peso|mexican pesos|墨西哥比索'],
  [stated('INR'), 'both', '₹'],
  [stated('INR'), 'after', 'indian rupee|indian rupees|印度卢比|인도 루피'],
  [stated('PKR'), 'after', 'pakistani rupee|pakistani rupees|pakistan rupees|巴基斯坦卢比'],
  [stated('LKR'), 'after', 'sri lankan rupee|sri lankan rupees|sri lanka rupees|斯里兰卡卢比'],
  [open(RUPEES), 'both', 'rs|rs.'],
  [open(RUPEES), 'after', 'rupee|rupees|卢比|ルピー|루피'],
  [stated('RUB'), 'both', '₽'],
  [stated('RUB'), 'after', 'ruble|rubles|rouble|roubles|russian rubles|russian roubles|卢布|ルーブル|루블'],
  [stated('BYN'), 'after', 'belarusian rubles|belarusian roubles|白俄罗斯卢布'],
  [stated('IDR'), 'before', 'rp|rp.'],
  [stated('IDR'), 'after', 'rupiah|indonesian rupiah|印尼盾|印尼卢比'],
  [stated('VND'), 'both', '₫'],
  [stated('VND'), 'after', 'dong|vietnamese dong|越南盾'],
  [stated('MYR'), 'before', 'rm'],
  [stated('MYR'), 'after', 'ringgit|malaysian ringgit|林吉特|令吉'],
  [stated('THB'), 'both', '฿'],
  [stated('THB'), 'after', 'baht|thai baht|泰铢|バーツ|바트'],
  [stated('PHP'), 'both', '₱'],
  [stated('PHP'), 'after', 'philippine peso|philippine pesos|菲律宾比索'],
  [open(PESOS), 'after', 'peso|pesos|比索'],
  [stated('CHF'), 'both', 'sfr'],
  [stated('CHF'), 'after', 'swiss franc|swiss francs|瑞士法郎|瑞郎|スイスフラン|스위스 프랑'],
  [open(FRANCS), 'after', 'franc|francs|法郎'],
  [stated('SEK'), 'after', 'swedish krona|swedish kronor|瑞典克朗'],
  [stated('NOK'), 'after', 'norwegian krone|norwegian kroner|挪威克朗'],
  [stated('DKK'), 'after', 'danish krone|danish kroner|丹麦克朗'],
  [open(CROWNS), 'after', 'krona|kronor|krone|kroner|koruna|克朗'],
  [stated('TRY'), 'both', '₺'],
  [stated('TRY'), 'after', 'lira|turkish lira|土耳其里拉'],
  [stated('ZAR'), 'after', 'rand|south african rand|兰特'],
  [stated('AED'), 'after', 'uae dirham|uae dirhams|阿联酋迪拉姆'],
  [open(['AED', 'MAD']), 'after', 'dirham|dirhams|迪拉姆'],
  [stated('SAR'), 'after', 'saudi riyal|saudi riyals|沙特里亚尔'],
  [open(RIALS), 'after', 'riyal|riyals|rial|rials|里亚尔'],
  [open(DINARS), 'after', 'dinar|dinars|第纳尔'],
  [stated('ILS'), 'both', '₪'],
  [stated('ILS'), 'after', 'shekel|shekels'],
  [stated('UAH'), 'both', '₴'],
  [stated('UAH'), 'after', 'hryvnia|hryvnias'],
  [stated('NGN'), 'both', '₦'],
  [stated('NGN'), 'after', 'naira'],
  [stated('PLN'), 'after', 'zloty|zlotys|兹罗提'],
  [stated('HUF'), 'after', 'forint|forints|福林'],
  [stated('KZT'), 'after', 'tenge|坚戈'],
  [stated('BDT'), 'after', 'taka|塔卡'],
  [stated('ETB'), 'after', 'birr'],
  [stated('GHS'), 'after', 'cedi|cedis'],
];

const UNLESS_BEFORE = new Map<string, readonly string[]>([
  ['元', ['宇宙', '器件', '素']],
  ['원', ['자', '전', '유', '료', '격', '칙', '천', '조']],
  ['엔', ['진', '지']],
  ['円', ['高', '安', '滑']],
]);

const WORDS_BY_INITIAL = new Map<string, CurrencyWord[]>();
for (const [reading, place, words] of VOCABULARY) {
  for (const word of words.split('|')) {
    const initial = word.charAt(0);
    const entry = { word, place, reading, unlessBefore: UNLESS_BEFORE.get(word) ?? [] };
    WORDS_BY_INITIAL.set(initial, [...(WORDS_BY_INITIAL.get(initial) ?? []), entry]);
  }
}
for (const words of WORDS_BY_INITIAL.values())
  words.sort((one, other) => other.word.length - one.word.length);

interface FoundWord {
  readonly end: number;
  readonly reading: CurrencyReading;
  readonly mayBeWord: boolean;
  /** Whether it also stands before figures, so that a digit right after it claims it. */
  readonly mayLead: boolean;
}

/** A word in letters is one only where no letter continues it; before a figure, no digit may touch its front. */
function standsApart(phrase: PhraseText, at: number, end: number, side: 'before' | 'after'): boolean {
  const frontTouches =
    isLetter(phrase.lower.charAt(at)) &&
    (isLetter(phrase.lower.charAt(at - 1)) || (side === 'before' && isDigit(phrase.lower.charAt(at - 1))));
  const backTouches = isLetter(phrase.lower.charAt(end - 1)) && isLetter(phrase.lower.charAt(end));
  return !frontTouches && !backTouches;
}

/** In capitals only: "gives us $5 billion" names no country. */
const SPACED_US_SIGN = 'US $';

function findCode(phrase: PhraseText, at: number, side: 'before' | 'after'): FoundWord | null {
  if (phrase.folded.startsWith(SPACED_US_SIGN, at)) {
    return { end: at + SPACED_US_SIGN.length, reading: stated('USD'), mayBeWord: false, mayLead: true };
  }
  const code = phrase.folded.slice(at, at + 3);
  if (!KNOWN_CODES.has(code) || !standsApart(phrase, at, at + 3, side)) return null;
  return { end: at + 3, reading: stated(code), mayBeWord: CODES_THAT_ARE_WORDS.has(code), mayLead: true };
}

function findWord(phrase: PhraseText, at: number, side: 'before' | 'after'): FoundWord | null {
  for (const { word, place, reading, unlessBefore } of WORDS_BY_INITIAL.get(phrase.lower.charAt(at)) ?? []) {
    if (place !== side && place !== 'both') continue;
    if (!phrase.lower.startsWith(word, at)) continue;
    const end = at + word.length;
    if (!standsApart(phrase, at, end, side)) continue;
    if (unlessBefore.some((continuation) => phrase.lower.startsWith(continuation, end))) continue;
    return { end, reading, mayBeWord: false, mayLead: place !== 'after' };
  }
  return findCode(phrase, at, side);
}

function possibleCodes(reading: CurrencyReading): readonly string[] {
  if (reading.kind === 'stated') return [reading.code];
  return reading.kind === 'usual' ? [reading.code, ...reading.others] : reading.candidates;
}

/**
 * What two words of one figure say together ("RMB … yuan", "USD" and "$"), or null where they contradict each other.
 * A plain 元 gives way to whatever stands beside it: "5亿元港币" is HKD, "US$" never is CNY.
 */
export function mergeCurrencies(
  one: CurrencyReading | null,
  other: CurrencyReading | null,
): CurrencyReading | null | 'conflict' {
  if (one === null || other === null) return one ?? other;
  const shared = possibleCodes(one).filter((code) => possibleCodes(other).includes(code));
  const [only] = shared;
  if (only === undefined) return 'conflict';
  if (one.kind === 'stated') return one;
  if (other.kind === 'stated') return other;
  if (one.kind === 'usual' && shared.includes(one.code))
    return { ...one, others: shared.filter((code) => code !== one.code) };
  if (other.kind === 'usual' && shared.includes(other.code)) {
    return { ...other, others: shared.filter((code) => code !== other.code) };
  }
  return shared.length === 1 ? stated(only) : open(shared);
}

/** Whether two figures can be told apart by currency, as a sum and its conversion in parentheses must be. */
export function differentCurrencies(one: CurrencyReading, other: CurrencyReading): boolean {
  return !possibleCodes(one).some((code) => possibleCodes(other).includes(code));
}

/** A currency reading narrowed by the one that the caller names. */
export function narrowedBy(
  reading: CurrencyReading | null,
  caller: string | undefined,
): CurrencyReading | null {
  if (reading === null) return caller === undefined ? null : stated(caller);
  if (reading.kind === 'stated') return reading;
  if (caller !== undefined && possibleCodes(reading).includes(caller)) return stated(caller);
  return reading.kind === 'usual' ? stated(reading.code) : reading;
}

export interface CurrencyRun {
  readonly end: number;
  readonly reading: CurrencyReading;
  /** An upper-case word such as "TOP" that may be no currency at all. */
  readonly mayBeWord: boolean;
  /** Whether a word of another currency ends the phrase right behind it: "yuan yen". */
  readonly isContradicted: boolean;
}

const ENDS_PHRASE = / *(?:$|[.,;:)])/y;
const MAX_WORDS = 3;

/** Reads the currency words that end right before a figure: "US$", "USD $", "人民币". */
export function readCurrencyBefore(phrase: PhraseText, at: number): CurrencyRun | null {
  let run: CurrencyRun | null = null;
  let place = at;
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const found = findWord(phrase, place, 'before');
    if (found === null) break;
    const merged = mergeCurrencies(run?.reading ?? null, found.reading);
    if (merged === null || merged === 'conflict') break;
    run = { end: found.end, reading: merged, mayBeWord: found.mayBeWord, isContradicted: false };
    place = skipSpaces(phrase, found.end);
  }
  return run;
}

/** Whether a currency word follows the place. */
export function currencyFollows(phrase: PhraseText, at: number): boolean {
  return readCurrencyAfter(phrase, at) !== null;
}

/**
 * Reads the currency words that follow a figure: "yuan", "元人民币", "-yuan", "U.S. dollars". A sign or code with a digit
 * right after it belongs to the next figure ("3 trillion yuan US$420 billion").
 */
export function readCurrencyAfter(phrase: PhraseText, at: number): CurrencyRun | null {
  let run: CurrencyRun | null = null;
  let place = phrase.lower.charAt(at) === '-' ? at + 1 : skipSpaces(phrase, at);
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const found = findWord(phrase, place, 'after');
    if (found === null) break;
    const next = run === null ? found.end : skipSpaces(phrase, found.end);
    if (found.mayLead && isDigit(phrase.lower.charAt(next))) break;
    const merged = mergeCurrencies(run?.reading ?? null, found.reading);
    const isNamedYuan = run?.reading.kind === 'usual' && run.end === place && found.reading.kind === 'stated';
    if (merged === null) break;
    if (merged === 'conflict' && !isNamedYuan) {
      const isContradicted = !found.mayBeWord && matchAt(ENDS_PHRASE, phrase, found.end) !== null;
      return run === null ? null : { ...run, isContradicted };
    }
    const reading = merged === 'conflict' ? found.reading : merged;
    run = { end: found.end, reading, mayBeWord: found.mayBeWord, isContradicted: false };
    place = skipSpaces(phrase, found.end);
  }
  return run;
}

import type { PhraseText } from './phrase-text.ts';
import { matchAt } from './phrase-text.ts';

/**
 * What is counted right after a number that is therefore no sum of money: "60万个", "5 million base stations", "1000万千瓦".
 * Only looked for where no currency stands beside the number.
 */
const NOUNS =
  'people|persons|users|subscribers|customers|residents|jobs|workers|households|homes|stations?|base stations?|5g|4g|' +
  'sites?|units?|devices?|connections?|vehicles?|cars?|piles?|charging|servers?|racks?|terminals?|phones?|handsets?|' +
  'companies|enterprises|firms|kilomet(?:er|re)s?|km|miles?|square|sq|tons?|tonnes?|barrels?|kwh?|mwh?|gwh?|' +
  'kilowatts?|megawatts?|hectares?|acres?|mu|times|years?|days?|hours?|bits?|bytes?|shares|copies|percent';
const COUNTERS =
  '个人名户辆台座套公里米吨瓦度家项条件次点位只艘架株亩平立股种倍分字比网宽年月日号世件社本基局回歳か㎡㎞%％' +
  '명개대곳건톤평배년번';
const COUNTED = new RegExp(
  `[多余]? *(?:-? *(?:${NOUNS})(?![a-z])|千[瓦米克伏]|兆[瓦赫]|가구|世帯|キロ|[${COUNTERS}])`,
  'y',
);

export function isCountedThing(phrase: PhraseText, at: number): boolean {
  return matchAt(COUNTED, phrase, at) !== null;
}

import { readFileSync, writeFileSync } from 'node:fs';
import subsetFont from 'subset-font';

/*
 * Makes `fonts/`: what pictures are drawn with as PNG, since a container has no fonts, and how wide its letters are.
 *
 *   npm pack @expo-google-fonts/noto-sans @expo-google-fonts/noto-sans-sc @expo-google-fonts/noto-sans-kr
 *   node scripts/fonts.ts DIRECTORY    # which holds them unpacked: noto-sans/, noto-sans-sc/, noto-sans-kr/
 *
 * Versions 0.4.2 and 0.4.3. The packages hold nine weights of every glyph, 190 MB; these files are what names and figures
 * need.
 */

const [directory = '.'] = process.argv.slice(2);
const OUT = new URL('../fonts/', import.meta.url);

/** Latin, Greek and Cyrillic with their accents, punctuation, currencies, arrows and mathematical signs. */
const EUROPEAN = charactersOf([
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x2b0, 0x36f],
  [0x370, 0x52f],
  [0x1e00, 0x1fff],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x20a0, 0x20cf],
  [0x2100, 0x22ff],
]);
/** What GB 2312, Big 5 (its first part), JIS X 0208 and KS X 1001 hold: the usual characters of each country. */
const EAST_ASIAN = [
  ...charactersIn('gbk', [0xa1, 0xf7], [0xa1, 0xfe]),
  ...charactersIn('big5', [0xa1, 0xc6], [0x40, 0xfe]),
  ...charactersIn('euc-jp', [0xa1, 0xf4], [0xa1, 0xfe]),
  ...charactersIn('euc-kr', [0xa1, 0xfe], [0xa1, 0xfe]),
];
const HANGUL = EAST_ASIAN.filter((character) => /\p{Script=Hangul}/u.test(character));
const CHINESE_AND_JAPANESE = EAST_ASIAN.filter((character) => !/\p{Script=Hangul}/u.test(character));

/** What the fonts for Latin lack: their quotation marks and dashes are as wide as Latin ones. */
const advances: Record<string, Record<string, number>> = {};
const isLacking = (character: string) => advances.regular?.[character] === undefined;

const FONTS = {
  regular: ['NotoSans-Regular', 'noto-sans/400Regular/NotoSans_400Regular.ttf', EUROPEAN],
  semibold: ['NotoSans-SemiBold', 'noto-sans/600SemiBold/NotoSans_600SemiBold.ttf', EUROPEAN],
  chinese: [
    'NotoSansSC-Regular',
    'noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
    [...CHINESE_AND_JAPANESE, ...EUROPEAN],
  ],
  korean: ['NotoSansKR-Regular', 'noto-sans-kr/400Regular/NotoSansKR_400Regular.ttf', HANGUL],
} as const;

for (const [style, [name, file, characters]] of Object.entries(FONTS)) {
  const font = readFileSync(`${directory}/${file}`);
  const isLatin = style === 'regular' || style === 'semibold';
  if (isLatin) advances[style] = advancesOf(font, characters);
  const needed = isLatin ? characters : characters.filter(isLacking);
  // Without ligatures: where a text has one, resvg 2.6 finds no glyphs for it in other fonts. 16 and 17 name the family.
  const options = {
    targetFormat: 'truetype',
    keepFeatures: ['kern', 'mark', 'mkmk'],
    preserveNameIds: [16, 17],
  } as const;
  const subset = await subsetFont(font, needed.join(''), options);
  writeFileSync(new URL(`${name}.ttf`, OUT), subset);
  console.log(`${name}: ${subset.length} bytes`);
}
writeFileSync(new URL('advances.json', OUT), `${JSON.stringify(advances)}\n`);

function charactersOf(ranges: readonly (readonly [number, number])[]): readonly string[] {
  return ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, at) => String.fromCodePoint(first + at)),
  );
}

/** The characters of two bytes that an encoding has. */
function charactersIn(
  encoding: string,
  [firstLead, lastLead]: readonly [number, number],
  [firstTrail, lastTrail]: readonly [number, number],
): ReadonlySet<string> {
  const decoder = new TextDecoder(encoding);
  const found = new Set<string>();
  for (let lead = firstLead; lead <= lastLead; lead += 1)
    for (let trail = firstTrail; trail <= lastTrail; trail += 1) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if ([...text].length === 1 && text !== '\uFFFD') found.add(text);
    }
  return found;
}

/** How far each character moves on, in thousandths of the type size: from the tables `cmap` (format 4) and `hmtx`. */
function advancesOf(font: Buffer, characters: readonly string[]): Record<string, number> {
  const tables = new Map<string, number>();
  for (let at = 12; at < 12 + 16 * font.readUInt16BE(4); at += 16)
    tables.set(font.toString('latin1', at, at + 4), font.readUInt32BE(at + 8));
  const [head = 0, hhea = 0, hmtx = 0, cmap = 0] = ['head', 'hhea', 'hmtx', 'cmap'].map((name) =>
    tables.get(name),
  );
  const unitsPerEm = font.readUInt16BE(head + 18);
  const metrics = font.readUInt16BE(hhea + 34);
  const glyphOf = glyphsOf(font, cmap);
  return Object.fromEntries(
    characters.flatMap((character): [string, number][] => {
      const glyph = glyphOf(character.codePointAt(0) ?? 0);
      if (glyph === 0) return [];
      const advance = font.readUInt16BE(hmtx + 4 * Math.min(glyph, metrics - 1));
      return [[character, Math.round((advance * 1000) / unitsPerEm)]];
    }),
  );
}

function glyphsOf(font: Buffer, cmap: number): (codePoint: number) => number {
  const places = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, at) => cmap + 4 + 8 * at);
  const table = places
    .map((place) => cmap + font.readUInt32BE(place + 4))
    .find((place) => font.readUInt16BE(place) === 4);
  if (table === undefined) throw new Error('The font has no table cmap of format 4.');
  const segments = font.readUInt16BE(table + 6) / 2;
  const valueAt = (list: number, segment: number) =>
    font.readUInt16BE(table + 14 + 2 * (list * segments + segment) + (list === 0 ? 0 : 2));
  return (codePoint) => {
    for (let segment = 0; segment < segments; segment += 1) {
      if (codePoint > valueAt(0, segment)) continue;
      const start = valueAt(1, segment);
      if (codePoint < start) return 0;
      const [delta, offset] = [valueAt(2, segment), valueAt(3, segment)];
      if (offset === 0) return (codePoint + delta) & 0xffff;
      const place = table + 16 + 2 * (3 * segments + segment) + offset + 2 * (codePoint - start);
      const glyph = font.readUInt16BE(place);
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

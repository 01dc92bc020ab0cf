import type { RowFault } from './row-faults.ts';
import { rowFault } from './row-faults.ts';

/** The byte of each character of Windows-1252. */
const BYTES = new Map(
  Array.from(
    new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    (sign, byte): [string, number] => [sign, byte],
  ),
);
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const FOLLOWING = [...BYTES].flatMap(([sign, byte]) => (byte >= 0x80 && byte < 0xc0 ? [sign] : [])).join('');
/** What the first two bytes of a character of UTF-8 become: few sound texts have that anywhere. */
const FIRST_BYTES = new RegExp(`[\u00c2-\u00f4][${FOLLOWING}]`);

/** What a text was before its UTF-8 was read as Windows-1252; null where it was not, or that cannot be. */
function ungarbled(text: string): string | null {
  if (!FIRST_BYTES.test(text)) return null;
  const bytes: number[] = [];
  for (const sign of text) {
    const byte = BYTES.get(sign);
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  try {
    return UTF8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

/** The texts of a row, at any depth, that were garbled on the way, each by its place. */
export function* garbledTexts(value: unknown, place = ''): Generator<RowFault> {
  if (typeof value === 'string') {
    const meant = ungarbled(value);
    if (meant === null) return;
    const message = `was garbled on the way: its UTF-8, read as Windows-1252, looks so, and reads as ${JSON.stringify(meant.slice(0, 40))}. Open and save the file as UTF-8`;
    yield rowFault(place, 'garbledText', message, value);
  } else if (typeof value === 'object' && value !== null)
    for (const [name, part] of Object.entries(value))
      yield* garbledTexts(part, place === '' ? name : `${place}.${name}`);
}

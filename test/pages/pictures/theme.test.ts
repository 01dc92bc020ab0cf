import { test } from 'tap';
import type { Palette } from '../../../src/pages/pictures/theme.ts';
import { PALETTES } from '../../../src/pages/pictures/theme.ts';

type Colour = readonly [number, number, number];

/** Linear light of a colour, 0 to 1. */
function light(colour: string): Colour {
  const channel = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Contrast of two colours by WCAG 2.2, 1 to 21. */
function contrast(one: string, other: string): number {
  const luminance = ([red, green, blue]: Colour) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [low = 0, high = 0] = [luminance(light(one)), luminance(light(other))].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** How eyes without one kind of cone see: Viénot, Brettel and Mollon 1999, in linear light. */
const EYES: Readonly<Record<string, readonly Colour[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  deuteranopia: [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
};

/** CIE L*a*b* of linear light. */
function lab([red, green, blue]: Colour): Colour {
  const f = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function difference(one: string, other: string, eyes: readonly Colour[]): number {
  const seen = (colour: string) => {
    const [red, green, blue] = light(colour);
    const mixed = eyes.map(([r, g, b]) => Math.max(0, r * red + g * green + b * blue));
    return lab(mixed as unknown as Colour);
  };
  const [first, second] = [seen(one), seen(other)];
  return Math.hypot(...first.map((value, at) => value - (second[at] ?? 0)));
}

for (const [theme, palette] of Object.entries(PALETTES) as [string, Palette][]) {
  test(`${theme}: text and marks have the contrast that WCAG AA asks for`, async (t) => {
    const { background, ink, muted, mark, outcome, rest, parts } = palette;
    for (const text of [ink, muted, mark, outcome])
      t.ok(contrast(text, background) >= 4.5, `${text}: ${contrast(text, background)}`);
    for (const shape of [mark, outcome, rest, ...parts])
      t.ok(contrast(shape, background) >= 3, `${shape}: ${contrast(shape, background)}`);
  });

  test(`${theme}: marks are told apart, whatever colours one sees`, async (t) => {
    const { parts, mark, outcome, rest, ink } = palette;
    for (const [name, eyes] of Object.entries(EYES)) {
      for (const [at, part] of parts.entries()) {
        const next = parts[(at + 1) % parts.length] ?? '';
        t.ok(difference(part, next, eyes) > 20, `${name}: ${part} ${next} ${difference(part, next, eyes)}`);
      }
      // Parts are found again in the list under their bar.
      for (const [at, part] of parts.entries())
        for (const other of parts.slice(at + 1))
          t.ok(
            difference(part, other, eyes) > 16,
            `${name}: ${part} ${other} ${difference(part, other, eyes)}`,
          );
      const marks = [mark, outcome, rest, ink];
      for (const [at, one] of marks.entries())
        for (const other of marks.slice(at + 1))
          t.ok(difference(one, other, eyes) > 20, `${name}: ${one} ${other} ${difference(one, other, eyes)}`);
    }
  });
}

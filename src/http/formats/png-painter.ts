import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/*
 * On a thread of its own: paints SVG. A container has no fonts, so that these come with the service; docs/NOTICE says
 * whose they are.
 */

const FONTS = ['NotoSans-Regular', 'NotoSans-SemiBold', 'NotoSansSC-Regular', 'NotoSansKR-Regular'].map(
  (name) => readFileSync(new URL(`../../../fonts/${name}.ttf`, import.meta.url)),
);
await initWasm(readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')));

/** A drawing as PNG, so many pixels wide. */
export function paint({ drawing, width }: { readonly drawing: string; readonly width: number }): Uint8Array {
  const painter = new Resvg(drawing, {
    fitTo: { mode: 'width', value: width },
    font: { fontBuffers: FONTS, defaultFontFamily: 'Noto Sans', sansSerifFamily: 'Noto Sans' },
  });
  const image = painter.render();
  const bytes = image.asPng();
  // The memory of WebAssembly is not collected.
  image.free();
  painter.free();
  return bytes;
}

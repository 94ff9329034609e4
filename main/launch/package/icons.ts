import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { toolsFolder } from './tools.mjs';

/** As far as it is used; the package is installed apart (tools.mjs), so its types may not be there. */
interface Resvg {
  initWasm(module: Uint8Array): Promise<void>;
  Resvg: new (svg: string, options: object) => { render(): { asPng(): Uint8Array; free(): void }; free(): void };
}
let ready: Promise<Resvg> | undefined;

function renderer(): Promise<Resvg> {
  ready ??= (async () => {
    const require = createRequire(join(toolsFolder, 'package.json'));
    const resvg = require('@resvg/resvg-wasm') as Resvg;
    await resvg.initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return resvg;
  })();
  return ready;
}

/** Edges in pixels that desktops ask for. */
export const iconSizes = [16, 22, 24, 32, 48, 64, 128, 256, 512] as const;

/** An SVG as PNG, `size` pixels wide. No font, no file, no address is read. */
export async function png(svg: string, size: number): Promise<Uint8Array> {
  const { Resvg } = await renderer();
  const image = new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } });
  try {
    const rendered = image.render();
    const bytes = Uint8Array.from(rendered.asPng());
    rendered.free();
    return bytes;
  } finally {
    image.free();
  }
}

/** Windows' icon file, of PNGs by their edge in pixels (256 at most). Pure. */
export function ico(images: ReadonlyMap<number, Uint8Array>): Buffer {
  const header = Buffer.alloc(6 + 16 * images.size);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.size, 4);
  let at = header.length;
  [...images].forEach(([size, bytes], index) => {
    const entry = 6 + 16 * index;
    // 0 stands for 256.
    header.writeUInt8(size % 256, entry);
    header.writeUInt8(size % 256, entry + 1);
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(bytes.length, entry + 8);
    header.writeUInt32LE(at, entry + 12);
    at += bytes.length;
  });
  return Buffer.concat([header, ...images.values()]);
}

/** Names that macOS gives edges in pixels. */
const icnsTypes: Readonly<Record<number, string>> = { 16: 'icp4', 32: 'icp5', 64: 'icp6', 128: 'ic07', 256: 'ic08', 512: 'ic09', 1024: 'ic10' }; // prettier-ignore

/** macOS' icon file, of PNGs by their edge in pixels. Throws for an edge that it does not have. Pure. */
export function icns(images: ReadonlyMap<number, Uint8Array>): Buffer {
  const parts = [...images].map(([size, bytes]) => {
    const type = icnsTypes[size];
    if (!type) throw new RangeError(`macOS has no icon of ${size} pixels`);
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(bytes.length + 8, 4);
    return Buffer.concat([head, bytes]);
  });
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 4);
  return Buffer.concat([head, ...parts]);
}

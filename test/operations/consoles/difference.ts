import type { Page } from 'playwright-core';

/** Which part of all pixels differs between two pictures of a page, each given by what finds it. */
export const difference = (on: Page, a: string, b: string): Promise<number> =>
  on.evaluate(
    async ([one, other]) => {
      const read = async (source: string): Promise<ImageData> => {
        // Not by fetch: the page's content policy allows it no other address.
        const bytes = Uint8Array.from(atob(source.split(',')[1] ?? ''), (character) => character.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d')!;
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [left, right] = [await read(one!), await read(other!)];
      if (left.width !== right.width || left.height !== right.height) return 1;
      let off = 0;
      for (let at = 0; at < left.data.length; at += 4) if (Math.abs(left.data[at]! - right.data[at]!) > 8) off += 1;
      return off / (left.width * left.height);
    },
    [a, b],
  );

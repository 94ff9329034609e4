import type { ScreenText } from '../../contract/consoles.ts';
import { screenFonts } from './fonts.ts';
import { decodePicture } from './picture.ts';
import { readScreen } from './read.ts';

/** The text on a PNG of a text screen. Rejects with `picture-unreadable` for what is no picture. */
export async function screenTextOf(png: Buffer): Promise<ScreenText> {
  const [picture, fonts] = await Promise.all([decodePicture(png), screenFonts()]);
  return readScreen(picture, fonts);
}

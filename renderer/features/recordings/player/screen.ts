import { bytesOfBase64 } from '../../console/save.ts';

/** Draws pictures on a canvas in the order in which they come: decoding takes its time. */
export class Screen {
  readonly #canvas: HTMLCanvasElement;
  #last: Promise<void> = Promise.resolve();
  #run = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }
  /** One picture instead of all before; `null`: nothing was seen yet. */
  reset(png: string | null): void {
    this.#run += 1;
    if (png !== null) return this.draw(png, undefined);
    const run = this.#run;
    this.#last = this.#last.then(() => this.#clear(run));
  }
  /** The whole screen, or with `at` a part of it. */
  draw(png: string, at: { x: number; y: number } | undefined): void {
    const run = this.#run;
    // Decoded at once, drawn in turn.
    const decoding = createImageBitmap(new Blob([bytesOfBase64(png)], { type: 'image/png' }));
    decoding.catch(() => undefined); // told below
    this.#last = this.#last.then(async () => {
      const image = await decoding.catch(() => undefined); // a picture that cannot be decoded leaves the one before
      if (image && run === this.#run) this.#paint(image, at);
      image?.close();
    });
  }
  /** The picture as it is shown, once all that came is drawn. */
  async picture(): Promise<Blob | undefined> {
    await this.#last;
    if (this.#canvas.width === 0) return undefined;
    return new Promise((resolve) => this.#canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/png'));
  }

  #clear(run: number): void {
    if (run !== this.#run) return;
    this.#canvas.width = 0;
    this.#canvas.height = 0;
  }
  #paint(image: ImageBitmap, at: { x: number; y: number } | undefined): void {
    if (!at && (this.#canvas.width !== image.width || this.#canvas.height !== image.height)) {
      this.#canvas.width = image.width;
      this.#canvas.height = image.height;
    }
    this.#canvas.getContext('2d')?.drawImage(image, at?.x ?? 0, at?.y ?? 0);
  }
}

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../../../../main/contract/contract.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';

// The bytes are sent by a library that wants a browser; everything around it is the page's own.
const sent = vi.hoisted(() => ({ send: (_progress: (done: number) => void): Promise<void> => Promise.resolve() }));
vi.mock('../../../../renderer/lib/send-upload.ts', () => ({
  sendUpload: (_to: unknown, _file: unknown, signal: AbortSignal, progress: (done: number) => void) =>
    Promise.race([sent.send(progress), new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))]), // prettier-ignore
}));
vi.stubGlobal('addEventListener', () => undefined);
vi.stubGlobal('removeEventListener', () => undefined);
const { pageUpload, sending, sortFiles } =
  await import('../../../../renderer/features/boxes/box/update/page-upload.ts');

const file = (name: string, size = 3): File => new File([new Uint8Array(size)], name);
const problem = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof ProblemError ? error.problem.title : String(error);
  }
};

describe('which of the chosen files is which', () => {
  it('an image and its .json, in any order and by any name', () => {
    const [image, note] = [file('hearth-box-1.3.0.img'), file('hearth-box-1.3.0.JSON')];
    expect(sortFiles([note, image])).toEqual({ image, note });
    const renamed = file('image (1)');
    expect(sortFiles([renamed, note])).toEqual({ image: renamed, note });
  });
  it('what is missing is named', () => {
    expect(problem(() => sortFiles([]))).toBe('The .json of the image is missing');
    expect(problem(() => sortFiles([file('a.img'), file('b.img')]))).toBe('The .json of the image is missing');
    expect(problem(() => sortFiles([file('a.json')]))).toBe('The image itself is missing');
    expect(problem(() => sortFiles([file('a.json'), file('b.json')]))).toBe('The image itself is missing');
    expect(problem(() => sortFiles([file('a.json', 300_000), file('a.img')]))).toContain('a.json is too large');
  });
});

describe('on its way', () => {
  const facts = { version: '1.3.0', builtAt: '', size: 1000, base: '', payload: 'internet' as const, signedBy: 'mine' };
  const asked: string[] = [];
  const api = (ownBox: Partial<Record<string, () => Promise<unknown>>> = {}): Api =>
    ({
      ownBox: {
        offerUpdate: async () => ({ facts, file: 'x.img', uploadId: 'u', endpoint: '/upload', received: 250 }),
        takeUpdate: async () => void asked.push('take'),
        dropUpdate: async () => void asked.push('drop'),
        ...ownBox,
      },
    }) as unknown as Api;
  const files = [file('x.img', 1000), file('x.json')];
  afterEach(async () => {
    pageUpload.forget();
    asked.length = 0;
    sent.send = () => Promise.resolve();
  });

  it('is offered with what is there already, sent, and ready when the box has it', async () => {
    await pageUpload.choose(api(), files);
    expect(sending()).toMatchObject({ state: 'offered', sent: 0.25, offer: { facts } });
    let during;
    sent.send = async (progress) => {
      progress(0.5);
      during = sending();
    };
    expect(await pageUpload.send(api())).toBe(true);
    expect(during).toMatchObject({ state: 'sending', sent: 0.5 });
    expect([sending().state, asked]).toEqual(['ready', ['take']]);
  });
  it('a file of another size than was signed, and what the box refuses, are told', async () => {
    await pageUpload.choose(api(), [file('y.img', 999), file('x.json')]);
    expect(sending()).toMatchObject({ state: 'none', problem: { title: 'This is not the image that the .json tells of' } }); // prettier-ignore
    const older = new ProblemError({ code: 'update-not-newer', title: 'This version is older', detail: '' });
    await pageUpload.choose(api({ offerUpdate: () => Promise.reject(older) }), files);
    expect(sending().problem?.code).toBe('update-not-newer');
    expect(await pageUpload.send(api())).toBe(false);
  });
  it('a connection that does not come back says so in words, and it can be sent again', async () => {
    await pageUpload.choose(api(), files);
    sent.send = () => Promise.reject(new Error('tus: failed to upload chunk at offset 17'));
    expect(await pageUpload.send(api())).toBe(false);
    expect(sending()).toMatchObject({ state: 'offered', problem: { code: 'upload-cut', fix: 'Send it again: it goes on where it stopped.' } }); // prettier-ignore
    sent.send = () => Promise.resolve();
    expect(await pageUpload.send(api())).toBe(true);
    expect(sending().problem).toBeUndefined();
  });
  it('what the box kept nothing of is chosen anew', async () => {
    const damaged = new ProblemError({ code: 'image-damaged', title: 'This image is damaged', detail: '' });
    await pageUpload.choose(api(), files);
    expect(await pageUpload.send(api({ takeUpdate: () => Promise.reject(damaged) }))).toBe(false);
    expect(sending()).toEqual({ state: 'none', sent: 0, problem: damaged.problem });
  });
  it('given up in the middle, or while it is compared, it stays given up', async () => {
    await pageUpload.choose(api(), files);
    sent.send = () => new Promise(() => undefined);
    const going = pageUpload.send(api());
    await pageUpload.choose(api(), files); // not now
    expect(sending().state).toBe('sending');
    await pageUpload.drop(api());
    expect([await going, sending().state, asked]).toEqual([false, 'none', ['drop']]);

    await pageUpload.choose(api(), files);
    sent.send = () => Promise.resolve();
    let compared: () => void = () => undefined;
    const comparing = pageUpload.send(api({ takeUpdate: () => new Promise<void>((resolve) => (compared = resolve)) }));
    await vi.waitFor(() => expect(sending().state).toBe('checking'));
    await pageUpload.drop(api());
    compared();
    expect([await comparing, sending().state]).toEqual([false, 'none']);
  });
});

import { PassThrough } from 'node:stream';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createScreens } from '../../../main/backend/consoles/screens.ts';
import { answerError } from '../../../main/backend/target/kube-error.ts';

const web = { namespace: 'default', name: 'web' };
const { signal } = new AbortController();

/** A target with one VNC session, as KubeVirt has it: newest wins unless it preserves. */
function target(linger = 0) {
  let session: Duplex | undefined;
  const asked: boolean[] = [];
  const screens = createScreens((_ref, preserve) => {
    asked.push(preserve);
    if (preserve && session)
      return Promise.reject(answerError(500, 'Active VNC connection. Request denied.', 'GET vnc'));
    session?.destroy();
    const mine = new PassThrough();
    session = mine;
    mine.once('close', () => setTimeout(() => session === mine && (session = undefined), linger));
    return Promise.resolve(mine);
  });
  return { screens, asked, occupy: () => (session = new PassThrough()), session: () => session };
}
async function read(pipe: { readable: AsyncIterable<Uint8Array> }): Promise<string> {
  try {
    for await (const _chunk of pipe.readable);
    return 'end';
  } catch (error) {
    return (error as { problem?: { code: string } }).problem?.code ?? String(error);
  }
}

describe('screens', () => {
  it('refuse a second window that does not take them, without asking the target', async () => {
    const { screens, asked } = target();
    await screens.open(web, false, signal);
    await expect(screens.open(web, false, signal)).rejects.toMatchObject({ problem: { code: 'console-taken' } });
    expect(asked).toEqual([true]);
  });

  it('tell the one who is pushed out, and nobody else', async () => {
    const { screens, asked } = target();
    const first = await screens.open(web, false, signal);
    const said = read(first);
    const second = await screens.open(web, true, signal);
    expect(await said).toBe('console-taken');
    expect(asked).toEqual([true, false]);
    const ended = read(second);
    second.close();
    expect(await ended).toBe('end');
  });

  it('leave a stranger in peace, or push him out when told to', async () => {
    const { screens, occupy } = target();
    const stranger = occupy();
    await expect(screens.open(web, false, signal)).rejects.toMatchObject({ problem: { code: 'console-taken' } });
    expect(stranger.destroyed).toBe(false);
    await screens.open(web, true, signal);
    expect(stranger.destroyed).toBe(true);
  });

  it('are free at once for the window that was reloaded, though the target needs a moment to notice', async () => {
    const { screens } = target(300);
    const first = await screens.open(web, false, signal);
    first.close();
    const again = await screens.open(web, false, signal);
    expect(again.readable).toBeDefined();
  });
});

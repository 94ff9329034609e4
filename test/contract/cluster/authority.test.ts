import { expect, test } from 'vitest';
import type { RungState } from '../../../main/contract/appliance.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { scriptedApi } from './scripted-api.ts';
import type { ScriptedOptions } from './scripted-api.ts';
import { authority, certificate as signed } from '../../support/cluster-doubles.ts';

const { signal } = new AbortController();
/** How the rung stands in the end. */
async function look(options: ScriptedOptions): Promise<RungState> {
  const api = await scriptedApi(options);
  try {
    const cluster = await api.open();
    let last: RungState | undefined;
    try {
      await cluster.climb(['ca'], { signal, onRung: (state) => (last = state), timeoutSeconds: 0.5 });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      expect(error.problem.code).toBe('rung-ca');
    }
    if (!last) throw new Error('nothing was told');
    return last;
  } finally {
    await api.close();
  }
}

test('the server that we know passes, by /cacerts or by its certificate alone', async () => {
  expect(await look({})).toMatchObject({ state: 'pass' });
  expect(await look({ cacerts: null })).toMatchObject({ state: 'pass' });
});

test('another k3s at the same port is noticed, whatever it says', async () => {
  const stranger = await authority('k3s-server-ca');
  const certificate = () => signed(stranger, 300);
  expect(await look({ certificate, cacerts: stranger.cert })).toMatchObject({
    state: 'fail',
    detail: 'The API server names another certificate authority than the kubeconfig.',
  });
  expect(await look({ certificate, cacerts: null })).toMatchObject({ state: 'fail' });
});

test('a certificate that expired has its own words, and its cure', async () => {
  const state = await look({ certificate: (ca) => signed(ca, -1) });
  expect(state).toMatchObject({ state: 'fail', fix: expect.stringContaining('Renew') as string });
  expect(state.detail).toContain('expired on');
});

test('a certificate for another address is waited for, then told', async () => {
  const state = await look({ certificate: (ca) => signed(ca, 300, 'box.lan') });
  expect(state).toMatchObject({ state: 'fail' });
  expect(state.detail).toContain('not for 127.0.0.1 yet; it is for box.lan');
});

import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askJson, Refused } from '../../../../main/backend/boxes/link/request.ts';
import { createProver } from '../../../../main/backend/boxes/pairing/code-pairing.ts';
import { newNonce, provesSecret, secretProof } from '../../../../main/backend/boxes/pairing/secret-pairing.ts';
import { pairByCode } from '../../../../main/backend/boxes/app-pairing/by-code.ts';
import { enrolmentFor, startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestApp, TestBox } from '../../../support/boxes/own-box.ts';

let box: TestBox;
let app: TestApp;
beforeEach(async () => {
  [box, app] = await Promise.all([startOwnBox(), testApp()]);
});
afterEach(() => box.close());

/** The code of the Problem (and the status) that it was refused with. */
const refusal = async (asking: Promise<unknown>): Promise<[number, string]> => {
  try {
    await asking;
  } catch (error) {
    if (error instanceof Refused) return [error.status, error.problem.code];
    throw error;
  }
  return [200, 'not refused'];
};

describe('by the secret of the stick', () => {
  const bySecret = async (secret: string, by: TestApp | null = app, nonce = newNonce()) => {
    const both = { box: await box.fingerprint(), app: by?.fingerprint ?? '0'.repeat(64) };
    const proof = secretProof('app', secret, nonce, both).toString('base64url');
    const answer = await box.ask(by ?? undefined, 'POST', '/box/pair/secret', { app: 'Desk', nonce: nonce.toString('base64url'), proof }); // prettier-ignore
    return { answer: answer as { boxId: string; name: string; proof: string }, nonce, both };
  };
  test('both sides prove it, the app is trusted and the secret is void', async () => {
    const enrolment = enrolmentFor(app);
    box.agent.enrolment = enrolment;
    await until(() => box.ask(undefined, 'GET', '/box/hello'), (hello) => (hello as { pairing: { secret: boolean } }).pairing.secret); // prettier-ignore
    const { answer, nonce, both } = await bySecret(enrolment.secret);
    expect(answer).toMatchObject({ boxId: box.agent.state.boxId, name: 'hearth' });
    expect(provesSecret(answer.proof, 'box', enrolment.secret, nonce, both)).toBe(true);
    expect(await box.ask(app, 'GET', '/box/health')).toMatchObject({ cpus: 2 });
    await until(
      () => box.agent.enrolment,
      (left) => left === undefined,
    );
    expect(await readFile(box.places.apps, 'utf8')).not.toContain(enrolment.secret);
  });
  test('the app that used it hears the answer again for a while: it may have been lost', async () => {
    const enrolment = enrolmentFor(app);
    box.agent.enrolment = enrolment;
    await bySecret(enrolment.secret);
    await until(() => box.agent.enrolment, (left) => left === undefined); // prettier-ignore
    const { answer, nonce, both } = await bySecret(enrolment.secret);
    expect(provesSecret(answer.proof, 'box', enrolment.secret, nonce, both)).toBe(true);
    const { apps } = JSON.parse(await readFile(box.places.apps, 'utf8')) as { apps: unknown[] };
    expect(apps).toHaveLength(1);
    // Nobody else does, nor does anybody without the secret, nor one that left.
    expect(await refusal(bySecret(enrolment.secret, await testApp('Thief')))).toEqual([409, 'enrolment-none']);
    expect(await refusal(bySecret(enrolmentFor(app).secret))).toEqual([409, 'enrolment-none']);
    await box.ask(app, 'POST', '/box/leave', {});
    expect(await refusal(bySecret(enrolment.secret))).toEqual([409, 'enrolment-none']);
  });
  test('a replay is refused, also when the stick still carries the secret after a restart', async () => {
    const enrolment = enrolmentFor(app);
    box.agent.script['enrolment-spent'] = () => undefined;
    box.agent.enrolment = enrolment;
    await bySecret(enrolment.secret);
    expect(await refusal(bySecret(enrolment.secret, await testApp('Thief')))).toEqual([409, 'enrolment-spent']);
    await box.restart();
    expect(await refusal(bySecret(enrolment.secret))).toEqual([409, 'enrolment-spent']);
  });
  test('two at the same time: one is paired', async () => {
    const enrolment = enrolmentFor(app);
    box.agent.enrolment = enrolment;
    box.agent.script['enrolment-spent'] = () => undefined;
    const thief = await testApp('Thief');
    const both = await Promise.all([
      refusal(bySecret(enrolment.secret)),
      refusal(bySecret(enrolment.secret)),
      refusal(bySecret(enrolment.secret, thief)),
    ]);
    expect(both.map(([, code]) => code).slice(0, 2)).toEqual(['not refused', 'not refused']);
    expect(both[2]?.[0]).toBe(409);
    const { apps } = JSON.parse(await readFile(box.places.apps, 'utf8')) as { apps: unknown[] };
    expect(apps).toHaveLength(1);
  });
  test('a wrong, an expired and another app’s secret, and an app without certificate, are refused', async () => {
    expect(await refusal(bySecret(enrolmentFor(app).secret))).toEqual([409, 'enrolment-none']);
    box.agent.enrolment = enrolmentFor(app);
    expect(await refusal(bySecret(enrolmentFor(app).secret))).toEqual([409, 'enrolment-wrong']);
    expect(await refusal(bySecret(box.agent.enrolment.secret, null))).toEqual([409, 'certificate-missing']);
    const thief = await testApp('Thief');
    expect(await refusal(bySecret(box.agent.enrolment.secret, thief))).toEqual([409, 'enrolment-other-app']);
    const old = enrolmentFor(app, -1);
    box.agent.enrolment = old;
    expect(await refusal(bySecret(old.secret))).toEqual([409, 'enrolment-expired']);
    expect(await refusal(box.ask(app, 'GET', '/box/health'))).toEqual([403, 'not-paired']);
  });
  test('a proof that somebody else’s certificate was in is refused', async () => {
    const enrolment = enrolmentFor(app);
    box.agent.enrolment = enrolment;
    const nonce = newNonce();
    const between = { box: (await testApp('between')).fingerprint, app: app.fingerprint };
    const proof = secretProof('app', enrolment.secret, nonce, between).toString('base64url');
    const asking = box.ask(app, 'POST', '/box/pair/secret', { app: 'Desk', nonce: nonce.toString('base64url'), proof });
    expect(await refusal(asking)).toEqual([409, 'enrolment-wrong']);
  });
  test('guessing is slowed down', async () => {
    box.agent.enrolment = enrolmentFor(app);
    const tries = await Promise.all(Array.from({ length: 25 }, () => refusal(bySecret(enrolmentFor(app).secret))));
    expect(tries.filter(([status]) => status === 429).length).toBe(5);
  });
});

describe('by the code on the screen', () => {
  test('the real app pairs, and the code is gone', async () => {
    await box.shown(({ code }) => code !== undefined);
    const reach = { address: box.address, pin: await box.fingerprint() };
    expect(await pairByCode(reach, app, box.code() ?? '')).toEqual({ boxId: box.agent.state.boxId, name: 'hearth' });
    await box.shown(({ code, apps }) => code === undefined && (apps as string[]).includes('Desk'));
    expect(await box.ask(undefined, 'GET', '/box/hello')).toMatchObject({ pairing: { code: false, paired: true } });
    const second = await testApp('Second');
    expect(await refusal(pairByCode(reach, second, '12345678'))).toEqual([409, 'code-closed']);
    await box.act(app, { do: 'new-code' });
    await box.shown(({ code }) => code !== undefined);
    await pairByCode(reach, second, box.code() ?? '');
    expect((await box.state(app, () => true)).apps.map(({ name }) => name)).toEqual(['Desk', 'Second']);
  });
  test('after five wrong tries nobody may try for half a minute, then there is another code', async () => {
    await box.shown(({ code }) => code !== undefined);
    const first = box.code() ?? '';
    const wrong = first === '00000000' ? '00000001' : '00000000';
    const reach = { address: box.address, pin: await box.fingerprint() };
    for (let n = 0; n < 5; n += 1)
      await expect(pairByCode(reach, app, wrong)).rejects.toMatchObject({ problem: { code: 'wrong-code' } });
    // The right one comes too late.
    expect(await refusal(pairByCode(reach, app, first))).toEqual([429, 'code-wait']);
    await box.shown(({ code }) => code === undefined);
    expect(await refusal(box.ask(app, 'GET', '/box/health'))).toEqual([403, 'not-paired']);
  });
  test('a try belongs to the certificate that began it, and ends once', async () => {
    await box.shown(({ code }) => code !== undefined);
    const pin = await box.fingerprint();
    const prover = await createProver(box.code() ?? '', { box: pin, app: app.fingerprint });
    const first = (await box.ask(app, 'POST', '/box/pair/code', { app: 'Desk', share: prover.share.toString('base64url') })) as Record<'attempt' | 'share' | 'confirm', string>; // prettier-ignore
    const proof = prover.answer({ share: Buffer.from(first.share, 'base64url'), confirm: Buffer.from(first.confirm, 'base64url') }); // prettier-ignore
    const confirm = { attempt: first.attempt, confirm: proof?.toString('base64url') };
    const other = await testApp('Other');
    expect(await refusal(box.ask(other, 'POST', '/box/pair/code/confirm', confirm))).toEqual([409, 'code-attempt-gone']); // prettier-ignore
    expect(await refusal(box.ask(app, 'POST', '/box/pair/code/confirm', confirm))).toEqual([409, 'code-attempt-gone']);
  });
  test('shares that are none are refused and count', async () => {
    await box.shown(({ code }) => code !== undefined);
    const send = (share: Buffer) => refusal(box.ask(app, 'POST', '/box/pair/code', { app: 'x', share: share.toString('base64url') })); // prettier-ignore
    expect(await send(Buffer.alloc(65, 4))).toEqual([409, 'code-share-refused']);
    expect(await send(Buffer.from([0]))).toEqual([409, 'code-share-refused']);
    for (let n = 0; n < 3; n += 1) await send(Buffer.alloc(65));
    expect(await send(Buffer.alloc(65))).toEqual([429, 'code-wait']);
  });
});

describe('who is not trusted any more', () => {
  test('a revoked app hears so, and its open states end', async () => {
    const second = await testApp('Second');
    await box.pair(app);
    await box.act(app, { do: 'new-code' });
    await box.pair(second);
    const watching = box.state(second, ({ apps }) => apps.length === 1);
    await box.state(second, () => true);
    await box.act(app, { do: 'revoke', fingerprint: second.fingerprint });
    await watching.catch((error: unknown) => expect(String(error)).toContain('the states ended'));
    expect(await refusal(box.ask(second, 'GET', '/box/health'))).toEqual([403, 'box-revoked']);
    expect(await refusal(box.act(app, { do: 'revoke', fingerprint: second.fingerprint }))).toEqual([500, 'app-not-paired']); // prettier-ignore
    await box.restart();
    expect(await refusal(box.ask(second, 'GET', '/box/health'))).toEqual([403, 'box-revoked']);
    expect(await box.ask(app, 'GET', '/box/health')).toMatchObject({ cpus: 2 });
  });
  test('an app that leaves is gone, and the box takes a code again', async () => {
    await box.pair(app);
    await box.ask(app, 'POST', '/box/leave');
    expect(await refusal(box.ask(app, 'GET', '/box/health'))).toEqual([403, 'not-paired']);
    await box.shown(({ code }) => code !== undefined);
  });
  test('a box with another key is not spoken to by an app that knows the first', async () => {
    await box.pair(app);
    const pin = await box.fingerprint();
    const { askControl } = await import('../../../../main/backend/control.ts');
    await askControl(box.places.control, 'box-new-identity', 20_000);
    await box.shown(({ fingerprint }) => fingerprint !== pin);
    const asking = askJson({ address: box.address, pin, identity: app }, { path: '/box/health' });
    await expect(asking).rejects.toMatchObject({ problem: { code: 'box-key-changed' } });
    expect(await refusal(box.ask(app, 'GET', '/box/health'))).toEqual([403, 'not-paired']);
  });
});

import { request } from 'node:https';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, Refused } from '../../../../main/backend/boxes/link/request.ts';
import { ownKubeconfig } from '../../../../main/backend/own-box/runners.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import type { BoxResetPreview } from '../../../../main/contract/box/upkeep.ts';
import { guests } from '../../../support/boxes/guests.ts';
import { startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestApp, TestBox } from '../../../support/boxes/own-box.ts';

const pace = { patience: 1500, hurried: 300, cluster: 1500, look: 100 };
const refusal = async (asking: Promise<unknown>): Promise<[number, string]> => {
  try {
    await asking;
  } catch (error) {
    if (error instanceof Refused) return [error.status, error.problem.code];
    throw error;
  }
  return [200, 'not refused'];
};
const disk = { serial: 'ABCD1234', size: 32_000_000_000 };

describe('what an app asks is what the agent hears', () => {
  let box: TestBox;
  let app: TestApp;
  beforeAll(async () => {
    [box, app] = await Promise.all([
      startOwnBox({ agent: { stage: 'choosing', words: 'Waits for a disk' } }),
      testApp(),
    ]);
    await box.pair(app);
  });
  afterAll(() => box.close());

  test('the choice of a disk, trying, and going back', async () => {
    await box.act(app, { do: 'choose-disk', disk, confirm: '1234' });
    expect(box.agent.last('choose-disk')).toEqual({ do: 'choose-disk', disk, confirm: '1234', reinstall: false });
    for (const what of ['stop-countdown', 'try', 'back-to-install'] as const) {
      await box.act(app, { do: what });
      expect(box.agent.asked.at(-1)?.do === 'show' || box.agent.last(what)).toBeTruthy();
    }
  });
  test('its refusal comes back as it is', async () => {
    box.agent.script['choose-disk'] = () => {
      throw new ProblemError({ code: 'disk-changed', title: 'Another disk', detail: 'The serial number is another one.', kind: 'denied' }); // prettier-ignore
    };
    expect(await refusal(box.act(app, { do: 'choose-disk', disk, confirm: '1234' }))).toEqual([409, 'disk-changed']);
  });
  test('a network is tried and kept; the name is put into effect', async () => {
    const network = { addressing: { method: 'static', address: '192.168.77.9/24' } } as const;
    expect(await box.act(app, { do: 'network', network })).toEqual({ trial: { id: 'trial-1', seconds: 60 } });
    expect(box.agent.last('network')?.network.addressing).toMatchObject({ address: '192.168.77.9/24', dns: [] });
    await box.act(app, { do: 'keep-network', trial: 'trial-1' });
    // Told what is tried, the box takes a yes only from whoever came over it: this test comes to 127.0.0.1.
    const tried = (address: string) => ({ id: 'trial-1', secondsLeft: 50, inEffect: true, network: { addressing: { method: 'static' as const, address, dns: [] } } }); // prettier-ignore
    box.agent.set({ network: { current: { addressing: { method: 'dhcp' } }, trial: tried('192.168.77.30/24') } });
    await box.state(app, ({ network }) => network.trial !== undefined);
    await expect(box.act(app, { do: 'keep-network', trial: 'trial-1' })).rejects.toMatchObject({ problem: { code: 'network-not-over-it' } }); // prettier-ignore
    box.agent.set({ network: { current: { addressing: { method: 'dhcp' } }, trial: tried('127.0.0.1/8') } });
    await box.state(app, ({ network }) => JSON.stringify(network).includes('127.0.0.1'));
    await box.act(app, { do: 'keep-network', trial: 'trial-1' });
    expect((await box.state(app, () => true)).setup.network).toBe(true);
    await box.act(app, { do: 'name', hostName: 'attic', timeZone: 'Europe/Berlin' });
    const state = await box.state(app, ({ name }) => name === 'attic');
    expect(state).toMatchObject({ wishes: { timeZone: 'Europe/Berlin' }, setup: { named: true }, stage: 'choosing' });
  });
  test('what is no action, or is not possible now, is refused', async () => {
    for (const wrong of [
      { do: 'format' },
      {},
      [],
      { do: 'reboot', force: 1 },
      { do: 'choose-disk', disk: {}, confirm: '' },
    ])
      expect(await refusal(box.ask(app, 'POST', '/box/act', wrong))).toEqual([400, 'invalid-input']);
    expect(await refusal(box.act(app, { do: 'install-appliance' }))).toEqual([409, 'box-not-installed']);
    expect(await refusal(box.act(app, { do: 'update' }))).toEqual([409, 'update-missing']);
    expect(await refusal(box.ask(app, 'GET', '/box/join-ticket'))).toEqual([409, 'box-without-cluster']);
    expect(await refusal(box.ask(app, 'GET', '/box/task?id=none'))).toEqual([404, 'not-found']);
  });
  test('what the agent says comes as the state; that it went away is told, and then not any more', async () => {
    const long = box.state(app, ({ countdown }) => countdown?.secondsLeft === 9);
    const shown = { name: 'sda', model: 'M', serial: 'S', size: 1, transport: 'sata', rotational: false, content: 'blank', partitions: [] }; // prettier-ignore
    box.agent.set({ stage: 'countdown', words: 'Erases sda', disks: [shown], countdown: { disk: shown, secondsLeft: 9 } }); // prettier-ignore
    expect((await long).disks).toHaveLength(1);
    await box.agent.restart();
    await box.state(app, ({ problem }) => problem === undefined);
    // A new agent is told the screen again.
    const before = box.agent.asked.filter((asked) => asked.do === 'show').length;
    await box.agent.restart();
    await until(
      () => box.agent.asked.filter((asked) => asked.do === 'show').length,
      (now) => now > before,
    );
  });
  test('logs, without secrets in the bundle', async () => {
    expect(await box.ask(app, 'GET', '/box/logs?lines=7')).toMatchObject({ lines: [{ unit: 'kernel' }] });
    expect(box.agent.last('logs')).toEqual({ do: 'logs', lines: 7 });
    const answer = await ask({ address: box.address, identity: app }, { path: '/box/logs.tar.gz' });
    const chunks: Buffer[] = [];
    for await (const chunk of answer.body) chunks.push(chunk as Buffer);
    expect([answer.status, answer.status === 200 ? '' : Buffer.concat(chunks).toString()]).toEqual([200, '']);
    const tar = gunzipSync(Buffer.concat(chunks)).toString('latin1');
    expect(tar).toContain('journal.txt');
    expect(tar).toContain('hearth.log');
    expect(tar).toContain('system/lsblk.txt');
    expect(tar).not.toContain('s3crets3cret');
  });
});

describe('the virtual machines are told first', () => {
  let box: TestBox;
  let app: TestApp;
  let lab: Awaited<ReturnType<typeof guests>>;
  beforeEach(async () => {
    [box, app] = await Promise.all([startOwnBox({ change: { pace } }), testApp()]);
    lab = await guests(box.paths.kubeconfig);
    await lab.add('web');
    await lab.add('db', 'RerunOnFailure');
    await lab.add('off', 'Halted');
    await box.pair(app);
  });
  afterEach(async () => {
    await lab.close();
    await box.close();
  });
  const taskOf = async (result: Promise<{ taskId?: string }>) => box.ended((await result).taskId ?? '');

  test('they shut down before the restart, and run again after it', async () => {
    box.agent.script.reboot = async () => {
      expect(await lab.strategies()).toEqual({ web: 'Halted', db: 'Halted', off: 'Halted' });
    };
    const task = await taskOf(box.act(app, { do: 'reboot' }));
    expect(task).toMatchObject({ state: 'done', type: 'box-reboot' });
    expect(box.agent.last('reboot')).toEqual({ do: 'reboot' });
    await box.restart();
    await until(lab.strategies, (now) => now['web'] === 'Always' && now['db'] === 'RerunOnFailure');
    expect(await lab.strategies()).toMatchObject({ off: 'Halted' });
  });
  test('one that ignores it is named, nothing is switched off, and all run on', async () => {
    lab.stubborn.add('db');
    const task = await taskOf(box.act(app, { do: 'power-off' }));
    expect(task.problem).toMatchObject({ code: 'machines-still-on', detail: expect.stringContaining('default/db') as string }); // prettier-ignore
    expect(task.problem?.detail).not.toContain('web');
    expect(box.agent.last('power-off')).toBeUndefined();
    expect(await lab.strategies()).toEqual({ web: 'Always', db: 'RerunOnFailure', off: 'Halted' });
    // An app that asked and was away meanwhile sees it too; the next thing it asks takes it away.
    expect((await box.state(app, ({ busy }) => busy === undefined)).problem?.code).toBe('machines-still-on');
    expect((await taskOf(box.act(app, { do: 'power-off', anyway: true }))).state).toBe('done');
    expect(box.agent.last('power-off')).toBeDefined();
    expect((await box.state(app, () => true)).problem).toBeUndefined();
  });
  test('a cluster that does not answer stands in the way of nobody who goes on anyway', async () => {
    await mkdir(dirname(ownKubeconfig(box.paths)), { recursive: true });
    await writeFile(ownKubeconfig(box.paths), 'this is no kubeconfig');
    const task = await taskOf(box.act(app, { do: 'reboot' }));
    expect(task.problem).toMatchObject({ code: 'machines-unknown', detail: expect.stringContaining('the cluster of this box') as string }); // prettier-ignore
    expect(await lab.strategies()).toMatchObject({ web: 'Always' });
    expect((await taskOf(box.act(app, { do: 'reboot', anyway: true }))).state).toBe('done');
    expect(box.agent.last('reboot')).toBeDefined();
  });
  test('one thing after the other', async () => {
    lab.stubborn.add('db');
    const first = await box.act(app, { do: 'reboot' });
    expect((await box.state(app, ({ busy }) => busy !== undefined)).busy?.what).toBe('reboot');
    expect(await refusal(box.act(app, { do: 'power-off' }))).toEqual([409, 'box-busy']);
    await box.ended(first.taskId ?? '');
  });
  test('a factory reset says what dies, wants the name, and ends the machines first', async () => {
    await mkdir(dirname(ownKubeconfig(box.paths)), { recursive: true });
    await writeFile(ownKubeconfig(box.paths), 'this is no kubeconfig');
    const preview = (await box.ask(app, 'GET', '/box/reset-preview')) as BoxResetPreview;
    expect(preview.machines.map(({ name }) => name).toSorted()).toEqual(['db', 'off', 'web']);
    expect(preview).toMatchObject({ name: 'hearth', apps: ['Desk'], images: 0 });
    expect(preview.unknown).toContain('the cluster of this box');
    expect(preview.kept.join(' ')).toContain('1.2.3');
    expect(preview.data).toBeGreaterThan(0);
    expect(await refusal(box.act(app, { do: 'factory-reset', confirm: 'heart' }))).toEqual([409, 'confirm-name']);
    expect((await taskOf(box.act(app, { do: 'factory-reset', confirm: 'hearth', wipe: true }))).state).toBe('done');
    expect(box.agent.last('factory-reset')).toEqual({ do: 'factory-reset', wipe: true });
    expect(await lab.strategies()).toMatchObject({ web: 'Halted', db: 'Halted' });
  });

  describe('an update', () => {
    const put = (bytes: Buffer, headers: Record<string, string | number>, cutAfter?: number) =>
      new Promise<{ status: number; body: unknown }>((resolve, reject) => {
        const [host, port] = box.address.split(':');
        const to = { host, port, method: 'PUT', path: '/box/update', cert: app.cert, key: app.key, headers };
        const sent = request({ ...to, rejectUnauthorized: false, agent: false }, (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
        });
        sent.on('error', reject);
        if (cutAfter === undefined) sent.end(bytes);
        else sent.write(bytes.subarray(0, cutAfter), () => setTimeout(() => sent.destroy(new Error('cut')), 100));
      });
    const image = Buffer.alloc(3_000_000, 'image');

    test('is taken whole, handed to the agent, and the restart into it tells the machines', async () => {
      expect(await put(image, { 'content-length': image.length })).toEqual({
        status: 200,
        body: { size: image.length },
      });
      box.agent.script.update = async ({ path, restart }) => {
        expect(restart).toBe(false);
        expect((await readFile(path)).equals(image)).toBe(true);
        // They run on while it is written.
        expect(await lab.strategies()).toMatchObject({ web: 'Always' });
      };
      box.agent.script.reboot = async () => {
        expect(await lab.strategies()).toMatchObject({ web: 'Halted' });
      };
      const task = await taskOf(box.act(app, { do: 'update' }));
      expect(task.problem).toBeUndefined();
      const asked = box.agent.asked.map((each) => each.do).filter((each) => each === 'update' || each === 'reboot');
      expect(asked).toEqual(['update', 'reboot']);
    });
    test('that is cut off leaves nothing', async () => {
      await expect(put(image, { 'content-length': image.length }, 1_000_000)).rejects.toThrow('cut');
      await until(
        () => readdir(box.places.incoming),
        (left) => left.length === 0,
      );
      expect(await refusal(box.act(app, { do: 'update' }))).toEqual([409, 'update-missing']);
      expect((await put(image, { 'content-length': image.length })).status).toBe(200);
    });
    test('of unknown or absurd size is not taken', async () => {
      expect(await put(image, { 'transfer-encoding': 'chunked' })).toMatchObject({
        body: { code: 'update-size-unknown' },
      });
      const huge = put(image, { 'content-length': 2 ** 45 }, 1000);
      expect(await huge).toMatchObject({ body: { code: 'update-too-large' } });
      expect(existsSync(box.places.update)).toBe(false);
    });
    test('whose signature the agent does not trust is told', async () => {
      await put(image, { 'content-length': image.length });
      box.agent.script.update = () => {
        throw new ProblemError({ code: 'image-foreign', title: 'Not signed by us', detail: 'No key that is trusted here.' }); // prettier-ignore
      };
      expect((await taskOf(box.act(app, { do: 'update' }))).problem?.code).toBe('image-foreign');
      expect(await lab.strategies()).toMatchObject({ web: 'Always' });
      expect((await box.state(app, () => true)).problem?.code).toBe('image-foreign');
    });
  });
});

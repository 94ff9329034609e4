import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { dataPaths } from '../../../main/backend/paths.ts';
import { addCluster } from '../../../main/backend/targets/kubeconfig/add.ts';
import { chooseContext, readSource } from '../../../main/backend/targets/kubeconfig/read.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-kubeconfig-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Parts {
  cluster?: object;
  user?: object;
  current?: string | undefined;
}
const config = ({ cluster = {}, user = { token: 't' }, current = 'home' }: Parts = {}): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    contexts: [
      { name: 'home', context: { cluster: 'box', user: 'me', namespace: 'lab' } },
      { name: 'work', context: { cluster: 'office', user: 'other' } },
    ],
    clusters: [
      { name: 'box', cluster: { server: 'https://box.lan:6443', ...cluster } },
      { name: 'office', cluster: { server: 'https://office.example/k8s' } },
    ],
    users: [
      { name: 'me', user },
      { name: 'other', user: { token: 'secret of the office' } },
    ],
  });
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it worked',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : String(error)),
  );

describe('one context of a kubeconfig', () => {
  test('alone, with its certificates inside', async () => {
    await writeFile(join(folder, 'ca.pem'), 'the authority');
    await writeFile(join(folder, 'me.pem'), 'my certificate');
    await writeFile(join(folder, 'me.key'), 'my key');
    const text = config({
      cluster: { 'certificate-authority': 'ca.pem' },
      user: { 'client-certificate': join(folder, 'me.pem'), 'client-key': './me.key' },
    });
    const chosen = await chooseContext(text, folder, undefined);
    expect(chosen).toMatchObject({ contexts: ['home', 'work'], context: 'home', user: 'me', programs: [], insecure: false }); // prettier-ignore
    expect(chosen.server.href).toBe('https://box.lan:6443/');
    const base64 = (words: string): string => Buffer.from(words).toString('base64');
    expect(parse(chosen.text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'home',
      contexts: [{ name: 'home', context: { cluster: 'box', user: 'me', namespace: 'lab' } }],
      clusters: [
        { name: 'box', cluster: { server: 'https://box.lan:6443', 'certificate-authority-data': base64('the authority') } },
      ],
      users: [
        { name: 'me', user: { 'client-certificate-data': base64('my certificate'), 'client-key-data': base64('my key') } },
      ],
    }); // prettier-ignore
    const work = await chooseContext(text, undefined, 'work');
    expect([work.server.href, work.text.includes('box.lan')]).toEqual(['https://office.example/k8s', false]);
  });
  test('programs are named as they would be called, and are not run', async () => {
    const exec = { command: './get-token', args: ['--for', 'me'], env: [{ name: 'REGION', value: 'here' }] };
    const chosen = await chooseContext(config({ user: { exec } }), folder, undefined);
    expect(chosen.programs).toEqual([`REGION=here ${join(folder, 'get-token')} --for me`]);
    const onPath = await chooseContext(
      config({ user: { exec: { command: 'aws', args: ['eks'] } } }),
      undefined,
      undefined,
    );
    expect(onPath.programs).toEqual(['aws eks']);
    const provider = { name: 'gcp', config: { 'cmd-path': '/opt/gcloud', 'cmd-args': 'config-helper' } };
    const old = await chooseContext(config({ user: { 'auth-provider': provider } }), undefined, undefined);
    expect(old.programs).toEqual(['auth-provider gcp: /opt/gcloud config-helper']);
  });
  test('a program behind a merge key is seen, and nothing of it is left for another library to merge', async () => {
    const withUser = (user: string): string => config().replace(/ user:\n +token: t\n/, ` user: ${user}\n`);
    const hidden = withUser('{ auth-provider: { name: x }, <<: { exec: { command: /evil, args: [now] } } }');
    const { programs, text } = await chooseContext(hidden, undefined, undefined);
    expect(programs).toEqual(['/evil now', 'auth-provider x']);
    expect(text).not.toContain('<<');
    const nested = withUser('{ auth-provider: { name: x, config: { exec: { command: /evil } } } }');
    expect((await chooseContext(nested, undefined, undefined)).programs.join()).toContain('/evil');
    const inside = withUser('{ exec: { command: fine, <<: { args: [evil] } } }');
    expect((await chooseContext(inside, undefined, undefined)).programs).toEqual(['fine evil']);
    for (const user of ['{ auth-provider: x }', '{ exec: [] }', '{ token: t, extensions: [{ "<<": 1 }] }'])
      await expect(chooseContext(withUser(user), undefined, undefined)).rejects.toMatchObject({
        problem: { code: 'kubeconfig-unreadable' },
      });
  });

  test('a device is no file, wherever it is named', async () => {
    await expect(readSource({ path: '/dev/zero' })).rejects.toMatchObject({
      problem: { code: 'kubeconfig-unreadable' },
    });
    const endless = config({ cluster: { 'certificate-authority': '/dev/zero' } });
    await expect(chooseContext(endless, undefined, undefined)).rejects.toMatchObject({
      problem: { code: 'kubeconfig-unreadable' },
    });
  });

  test('an unchecked certificate is told', async () => {
    const chosen = await chooseContext(config({ cluster: { 'insecure-skip-tls-verify': true } }), undefined, undefined);
    expect(chosen.insecure).toBe(true);
    expect((await chooseContext(config({ cluster: { server: 'http://box:8080' } }), undefined, undefined)).insecure).toBe(true); // prettier-ignore
  });
  test.each([
    ['kubeconfig-unreadable', 'a: [1'],
    ['kubeconfig-unreadable', '- just\n- a list'],
    ['kubeconfig-unreadable', 'contexts: none'],
    ['kubeconfig-unreadable', 'contexts: [{name: a, context: {cluster: nowhere, user: b}}]'],
    ['kubeconfig-empty', 'kind: Config'],
    ['kubeconfig-context', config({ current: 'gone' })],
    ['kubeconfig-server', config({ cluster: { server: 'ftp://box' } })],
    ['kubeconfig-server', config({ cluster: { server: 7 } })],
    ['kubeconfig-proxy', config({ cluster: { 'proxy-url': 'http://proxy:3128' } })],
    ['kubeconfig-file-missing', config({ cluster: { 'certificate-authority': 'not-there.pem' } })],
    ['kubeconfig-unreadable', `a: &a [x]\nb: [${'*a,'.repeat(5000)}]`],
  ])('%s: what cannot be used is refused in words', async (code, text) => {
    expect(await codeOf(chooseContext(text, folder, undefined))).toBe(code);
  });
  test('a relative file of a pasted text has nowhere to be looked for', async () => {
    const text = config({ cluster: { 'certificate-authority': 'ca.pem' } });
    expect(await codeOf(chooseContext(text, undefined, undefined))).toBe('kubeconfig-file-missing');
  });
  test('where it comes from', async () => {
    await writeFile(join(folder, 'config'), 'kind: Config');
    expect(await readSource({ path: join(folder, 'config') })).toEqual({ text: 'kind: Config', folder });
    expect(await readSource({ text: 'pasted', path: 'ignored' })).toEqual({ text: 'pasted', folder: undefined });
    expect(await codeOf(readSource({ path: join(folder, 'nothing') }))).toBe('kubeconfig-unreadable');
    expect(await codeOf(readSource({ path: folder }))).toBe('kubeconfig-unreadable');
    expect(await codeOf(readSource({ text: '  ' }))).toBe('kubeconfig-missing');
  });
});

describe('adding a cluster', () => {
  const input = { name: 'My böx!', use: true, allowExec: false };
  test('keeps a copy that only we may read', async () => {
    const entry = await addCluster({ ...input, text: config() }, dataPaths(join(folder, 'data')), new Set());
    expect(entry).toEqual({
      id: 'cluster-my-bo-x',
      name: 'My böx!',
      kind: 'cluster',
      place: 'box.lan:6443',
      kubeconfig: join(folder, 'data/targets/cluster-my-bo-x/kubeconfig'),
    });
    expect((await stat(entry.kubeconfig)).mode & 0o777).toBe(0o600);
    expect(await readFile(entry.kubeconfig, 'utf8')).not.toContain('secret of the office');
    const second = await addCluster({ ...input, text: config() }, dataPaths(join(folder, 'data')), new Set([entry.id]));
    expect(second.id).toMatch(/^cluster-my-bo-x-[0-9a-f]{6}$/);
    const odd = await addCluster({ ...input, name: '☃', text: config() }, dataPaths(join(folder, 'data')), new Set());
    expect(odd.id).toBe('cluster-x');
  });
  test('programs need the word of the person, and nothing is kept without it', async () => {
    const text = config({ user: { exec: { command: 'aws' } } });
    const paths = dataPaths(join(folder, 'data-2'));
    expect(await codeOf(addCluster({ ...input, text }, paths, new Set()))).toBe('kubeconfig-runs-programs');
    await expect(readdir(paths.root)).rejects.toThrow('ENOENT');
    expect((await addCluster({ ...input, text, allowExec: true }, paths, new Set())).kind).toBe('cluster');
  });
});

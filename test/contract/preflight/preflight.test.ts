import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { preflightFindingSchema } from '../../../main/contract/appliance.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { RunOptions } from '../../../main/backend/process.ts';
import type { Place } from '../../../main/backend/provision/place.ts';
import { localPlace } from '../../../main/backend/provision/places/local.ts';
import { preflight } from '../../../main/backend/provision/preflight/preflight.ts';
import { tryReach, why } from '../../../main/backend/provision/preflight/reach.ts';
import { nodeName } from '../../../provisioning/preflight/suggest.ts';
import { checkSettings } from '../../../provisioning/check-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-preflight-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const local = (): Place => localPlace({ stagingRoot: join(folder, 'staging'), log: pino({ enabled: false }) });
/** The same computer as an ordinary user sees it. */
const asNobody = (): Place => {
  const place = local();
  return {
    ...place,
    run: (argv: readonly string[], options?: RunOptions) =>
      place.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', ...argv], options),
    elevation: async () => 'none',
  };
};
const signal = new AbortController().signal;
const nowhere: typeof tryReach = async () => ({ reach: [], time: undefined });
const root = process.getuid?.() === 0;

const users: [string, () => Place][] = [['as this user', local]];
if (root) users.push(['as an ordinary user', asNobody]);

describe.each(users)('a look at this computer %s', (_name, open) => {
  it('tells the truth about it', async () => {
    const { report, facts } = await preflight(open(), { signal, reach: nowhere });
    for (const finding of report.findings) expect(preflightFindingSchema.parse(finding)).toEqual(finding);
    const of = (id: string) => report.findings.find((finding) => finding.id === id);

    // CGROUP2_SUPER_MAGIC of the kernel's magic.h
    const v2 = statfsSync('/sys/fs/cgroup').type === 0x63677270;
    const complete =
      v2 &&
      ['cpu', 'cpuset', 'memory', 'pids'].every((name) =>
        readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').split(/\s+/).includes(name),
      );
    expect(of('cgroup')).toMatchObject(
      complete ? { status: 'ok', blocks: false } : { status: 'problem', blocks: true },
    );
    expect(of('init')?.blocks).toBe(!existsSync('/run/systemd/system'));
    expect(of('inotify')?.detail).toContain(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8').trim());
    expect(of('existing')?.status === 'ok').toBe(!existsSync('/var/lib/hearth'));
    expect(of('accelerator')?.detail).toMatch(/could not run/);

    expect(Math.abs(facts.memory - totalmem())).toBeLessThan(2 ** 20);
    expect(facts.hostName).toBe(hostname());
    expect(report.suggested.nodeName).toBe(nodeName(hostname()));
    expect(facts.uid).toBe(open === asNobody ? 65534 : process.getuid?.());
    const { bavail, bsize } = statfsSync('/var/lib');
    expect(Math.abs(facts.disk.free - bavail * bsize)).toBeLessThan(2 ** 31);
    expect(report.elevation).toBe(open === asNobody ? 'none' : await local().elevation());
    expect(of('elevation')?.blocks).toBe(report.elevation === 'none');
  });

  it('suggests settings that a plan can be made of', async () => {
    const { report, facts } = await preflight(open(), { signal, reach: nowhere });
    expect(checkSettings(report.suggested, facts)).toEqual({});
    expect(report.versions[0]).toMatchObject(report.suggested.versions);
  });
});

describe('another computer', () => {
  const pretend = (stdout: string, stderr = ''): Place => ({
    ...local(),
    id: 'ssh:anna@box.lan:22',
    title: 'box.lan',
    type: 'ssh',
    address: 'box.lan',
    run: async () => ({ code: 0, stdout, stderr, timedOut: false }),
    read: async () => undefined,
    elevation: async () => 'sudo-password',
  });
  it('that says nothing is a problem with its last words', async () => {
    const look = preflight(pretend('', 'This account is currently not available.'), { signal, reach: nowhere });
    await expect(look).rejects.toThrow(ProblemError);
    await expect(look).rejects.toMatchObject({
      problem: { code: 'preflight-failed', output: ['This account is currently not available.'] },
    });
  });
  it('is not given the trial of this one', async () => {
    let asked = false;
    const real = await local().run(['sh', '-s'], {
      stdin: readFileSync(join(import.meta.dirname, '../../../provisioning/preflight/facts.sh')),
    });
    const { report } = await preflight(pretend(real.stdout), {
      signal,
      reach: nowhere,
      hostReport: async () => {
        asked = true;
        throw new Error('must not be asked');
      },
    });
    expect(asked).toBe(false);
    expect(report.findings.find((finding) => finding.id === 'accelerator')?.detail).toMatch(/^Not tried here/);
    expect(report.elevation).toBe('sudo-password');
  });
});

describe('reach', () => {
  async function serve(status: number): Promise<{ url: string; asked: string[]; close: () => void }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status).end();
    });
    // As a proxy is asked for a way to an https address.
    server.on('connect', (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => server.close() };
  }
  it('asks the mirror, where there is one, and takes its time', async () => {
    const mirror = await serve(404);
    const { reach, time } = await tryReach({ mirror: mirror.url }, signal);
    mirror.close();
    expect(reach.every((entry) => entry.ok)).toBe(true);
    expect(mirror.asked.sort()).toEqual([
      'HEAD /github.com/k3s-io/k3s',
      'HEAD /quay.io/v2/',
      'HEAD /registry-1.docker.io/v2/',
    ]);
    expect(Math.abs((time?.seconds ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  });
  it('a broken mirror is named', async () => {
    const mirror = await serve(503);
    const { reach } = await tryReach({ mirror: mirror.url }, signal);
    mirror.close();
    expect(reach[0]).toMatchObject({ host: 'github.com', ok: false, error: 'HTTP 503' });
  });
  it('a proxy that refuses is told from a network that is down', async () => {
    const proxy = await serve(407);
    const { reach } = await tryReach({ proxy: { https: proxy.url } }, signal);
    proxy.close();
    expect(reach.map(({ ok, kind }) => ({ ok, kind }))).toEqual(reach.map(() => ({ ok: false, kind: 'proxy' })));
  });
  it('names what went wrong', () => {
    const coded = (code: string, message = code): Error =>
      new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
    expect(why(coded('ENOTFOUND')).kind).toBe('name');
    expect(why(coded('SELF_SIGNED_CERT_IN_CHAIN')).kind).toBe('certificate');
    expect(why(coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).kind).toBe('certificate');
    expect(why(new Error('Proxy response (407) !== 200 when HTTP Tunneling')).kind).toBe('proxy');
    expect(why(new DOMException('late', 'TimeoutError'))).toMatchObject({ kind: 'time' });
    expect(why(coded('ECONNREFUSED')).kind).toBe('other');
  });
  it('ends with its signal', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(tryReach({ mirror: 'http://127.0.0.1:9' }, controller.signal)).rejects.toThrow('aborted');
  });
});

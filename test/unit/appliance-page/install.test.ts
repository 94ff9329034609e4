import { describe, expect, it } from 'vitest';
import type { Task } from '../../../main/contract/task.ts';
import {
  newPlaceDraft,
  newSsh,
  noSecrets,
  placeKey,
  placeOf,
  shownPart,
  sshFields,
  sshPlace,
  sudoOf,
  withHostKey,
} from '../../../renderer/features/install/draft.ts';
import { bundleVerdict, isBundlePath } from '../../../renderer/features/install/bundle.ts';
import { sortFindings } from '../../../renderer/features/install/findings.ts';
import { logText } from '../../../renderer/features/install/run-log.tsx';
import { spoken } from '../../../renderer/features/install/run-view.tsx';
import { foldSteps, timedSteps } from '../../../renderer/ui/step-fold.ts';
import { formFields, fromForm, inMore, planFields, toForm } from '../../../renderer/features/install/settings-form.ts';
import { outcome, targetOf } from '../../../renderer/features/setup/run-outcome.ts';
import { appendLines } from '../../../renderer/lib/run-lines.ts';
import { appliance, findings, settings, versions } from '../../support/fake/appliance-data.ts';

const ssh = { ...newSsh, host: 'box.lan', user: 'ada' };
const GiB = 1024 ** 3;

describe('how another machine is reached', () => {
  it('names every field that is missing or wrong', () => {
    expect(Object.keys(sshFields(newSsh, noSecrets)).sort()).toEqual(['host', 'user']);
    expect(sshFields({ ...ssh, host: 'box lan; rm' }, noSecrets).host).toBeDefined();
    expect(sshFields({ ...ssh, port: undefined }, noSecrets).port).toBeDefined();
    expect(sshFields({ ...ssh, by: 'key' }, noSecrets).path).toBeDefined();
    expect(sshFields({ ...ssh, by: 'password' }, noSecrets).password).toBeDefined();
    expect(sshFields({ ...ssh, by: 'password' }, { ...noSecrets, password: 'x' })).toEqual({});
  });
  it('sends only what belongs to the way of logging in', () => {
    expect(sshPlace(ssh, { password: 'p', passphrase: 'q', sudo: 's', same: true })).toEqual({
      type: 'ssh', host: 'box.lan', port: 22, user: 'ada', auth: { by: 'agent' },
    }); // prettier-ignore
    expect(sshPlace({ ...ssh, by: 'key', path: '/k' }, noSecrets)?.type).toBe('ssh');
    expect(sshPlace({ ...ssh, by: 'key', path: '/k' }, { ...noSecrets, passphrase: 'q' })).toMatchObject({
      auth: { by: 'key', path: '/k', passphrase: 'q' },
    });
    expect(sshPlace({ ...ssh, by: 'password' }, noSecrets)).toBeUndefined();
  });
  it('asks one password for both, unless they differ or none was typed to sign in', () => {
    const by = { ...ssh, by: 'password' as const };
    const typed = { ...noSecrets, password: 'p' };
    expect(sudoOf(by, typed)).toBe('p');
    expect(sudoOf(by, { ...typed, same: false })).toBeUndefined();
    expect(sudoOf(by, { ...typed, same: false, sudo: 's' })).toBe('s');
    expect(sudoOf(by, { ...typed, sudo: 's' })).toBe('p');
    expect(sudoOf({ ...by, user: 'root' }, typed)).toBeUndefined();
    // A password that is left over from another way of signing in goes nowhere.
    expect(sudoOf({ ...by, by: 'key' }, typed)).toBeUndefined();
    expect(sudoOf({ ...by, by: 'agent' }, { ...typed, sudo: 's' })).toBe('s');
  });
  it('takes the host key that was accepted instead of an older one', () => {
    const place = sshPlace({ ...ssh, hostKey: 'SHA256:old' }, noSecrets);
    expect(withHostKey(place, 'SHA256:new')).toEqual({ ...place, hostKey: 'SHA256:new' });
    expect(withHostKey({ type: 'local' }, 'SHA256:new')).toBeUndefined();
    expect(withHostKey(undefined, 'SHA256:new')).toBeUndefined();
  });
  it('is no place before its host key was accepted, and its name in a cache holds no secret', () => {
    const draft = { ...newPlaceDraft('ssh'), ssh: { ...ssh, by: 'password' as const } };
    const secrets = { ...noSecrets, password: 'hunter2' };
    expect(placeOf(draft, secrets)).toBeUndefined();
    const known = { ...draft, ssh: { ...draft.ssh, hostKey: 'SHA256:x' } };
    expect(placeOf(known, secrets)).toMatchObject({ hostKey: 'SHA256:x' });
    expect(placeKey(placeOf(known, secrets))).toBe('ada@box.lan:22');
    expect(JSON.stringify(known)).not.toContain('hunter2');
  });
});

describe('an offline bundle', () => {
  it('is a file by its whole path', () => {
    expect(isBundlePath(' /media/stick/bundle.hearth ')).toBe(true);
    expect(['', '/', 'bundle.hearth', '~/bundle', '/media/stick/'].filter(isBundlePath)).toEqual([]);
  });
  it('does for an appliance without what a throwaway cluster needs', () => {
    expect(bundleVerdict({ missing: [], damaged: [] })).toEqual({ good: true, missing: [], damaged: [], kind: true });
    expect(bundleVerdict({ missing: ['kind-v0.32.0-amd64'], damaged: [] })).toMatchObject({ good: true, kind: false });
  });
  it('names exactly what is missing and what is damaged', () => {
    const found = { missing: ['k3s-v1.36.2+k3s1-amd64', 'kind-v0.32.0-amd64'], damaged: [] };
    expect(bundleVerdict(found)).toMatchObject({ good: false, missing: ['k3s-v1.36.2+k3s1-amd64'] });
    expect(bundleVerdict({ missing: [], damaged: ['cdi-operator'] })).toMatchObject({
      good: false,
      damaged: ['cdi-operator'],
    });
    // A part that is there but broken is not fine because an appliance can do without it.
    expect(bundleVerdict({ missing: [], damaged: ['kind-v0.32.0-amd64'] }).good).toBe(false);
  });
});

describe('the part that is shown', () => {
  it('asks for the connection again when a reload lost the password', () => {
    const draft = { ...newPlaceDraft('ssh'), part: 'plan' as const, ssh: { ...ssh, by: 'password' as const, hostKey: 'SHA256:x' } }; // prettier-ignore
    expect(shownPart(draft, { ...noSecrets, password: 'x' })).toBe('plan');
    expect(shownPart(draft, noSecrets)).toBe('connect');
    expect(shownPart({ ...draft, ssh: { ...draft.ssh, by: 'agent' } }, noSecrets)).toBe('plan');
  });
  it('watches a run without any secret, and nothing without a run', () => {
    const draft = { ...newPlaceDraft('ssh'), part: 'run' as const };
    expect(shownPart({ ...draft, run: { taskId: 't', name: 'box' } }, noSecrets)).toBe('run');
    expect(shownPart(draft, noSecrets)).toBe('choose');
    expect(shownPart({ ...newPlaceDraft('local'), part: 'settings' }, noSecrets)).toBe('settings');
  });
});

describe('findings', () => {
  it('puts what stands in the way first and once, then what needs an eye in each group', () => {
    const found = sortFindings(findings('blocked', false));
    expect(found.blocks.map((each) => each.id)).toEqual(['ports', 'cgroup']);
    const shown = found.groups.flatMap((group) => [...group.told, ...group.fine]);
    expect(shown.some((each) => each.blocks)).toBe(false);
    expect(shown.length + found.blocks.length).toBe(findings('blocked', false).length);
    for (const { told } of found.groups) expect(told.map((each) => each.status).sort().toReversed()).toEqual(told.map((each) => each.status)); // prettier-ignore
    expect(sortFindings([])).toEqual({ blocks: [], groups: [], warnings: 0, fine: 0 });
  });
});

describe('settings', () => {
  const base = settings();
  it('come back as they were when nothing is changed', () => {
    expect(fromForm(toForm(base), versions, base)).toEqual(base);
    const full = settings({
      mode: 'lan', address: '192.168.1.60', tlsNames: ['a.lan', 'b.lan'], storage: 'pool-file', poolSize: 200 * GiB,
      proxy: { https: 'http://proxy.lan:3128' }, ca: '-----BEGIN CERTIFICATE-----\nx\n', dns: ['192.168.1.1', '9.9.9.9'],
      mirror: 'http://mirror.lan/hearth', bundle: '/media/b.hearth', etcd: true,
    }); // prettier-ignore
    expect(fromForm(toForm(full), versions, base)).toEqual(full);
    expect(formFields(toForm(full))).toEqual({});
  });
  it('leave out what does not belong to the choice made', () => {
    const form = { ...toForm(settings({ mode: 'lan', address: '192.168.1.60' })), mode: 'solo' as const, poolDisk: '/dev/sdb' }; // prettier-ignore
    const sent = fromForm(form, versions, base);
    expect(sent).not.toHaveProperty('address');
    expect(sent).not.toHaveProperty('poolDisk');
    expect(sent).not.toHaveProperty('poolSize');
  });
  it('take the versions that go together', () => {
    const other = versions[1];
    const sent = fromForm({ ...toForm(base), version: other?.k3s ?? '' }, versions, base);
    expect(sent.versions).toEqual({ k3s: other?.k3s, kubevirt: other?.kubevirt, cdi: other?.cdi });
  });
  it('say which field is wrong', () => {
    const wrong = (part: object) => Object.keys(formFields({ ...toForm(base), ...part }));
    expect(wrong({ nodeName: 'Attic' })).toEqual(['nodeName']);
    expect(wrong({ mode: 'lan', address: '192.168.1.300' })).toEqual(['address']);
    expect(wrong({ clusterCidr: '10.42.0.0' })).toEqual(['clusterCidr']);
    expect(wrong({ serviceCidr: '10.43.0.0/33' })).toEqual(['serviceCidr']);
    expect(wrong({ dns: '1.1.1.1, nine' })).toEqual(['dns']);
    expect(wrong({ mirror: 'mirror.lan' })).toEqual(['mirror']);
    expect(wrong({ ca: '-----BEGIN PRIVATE KEY-----' })).toEqual(['ca']);
    expect(wrong({ storage: 'pool-disk', poolDisk: '/dev/sdb' })).toEqual(['poolDisk']);
    expect(wrong({ storage: 'pool-file', poolSize: undefined })).toEqual(['poolSize']);
    expect(wrong({ poolDisk: '/dev/sdb', address: 'x' })).toEqual([]);
  });
  it('lead what the plan says to its field, and tell the rest above', () => {
    const form = toForm(base);
    expect(planFields(form, { 'proxy.https': 'a', 'versions.cdi': 'b', 'dns.0': 'c', 'settings.nodeName': 'd', hands: 'e' })).toEqual({
      fields: { proxyHttps: 'a', version: 'b', dns: 'c', nodeName: 'd' },
      rest: ['e'],
    }); // prettier-ignore
    expect(inMore({ dns: 'c' })).toBe(true);
    expect(inMore({ nodeName: 'd' })).toBe(false);
  });
});

describe('a run', () => {
  const at = '2026-11-20T10:00:00.000Z';
  const line = (text: string, ms = 0) => ({
    at: new Date(Date.parse(at) + ms).toISOString(),
    level: 'info' as const,
    text,
  });
  const task: Task = {
    id: 't', type: 'appliance-install', title: 'Install on attic', state: 'running', cancellable: true, startedAt: at,
    steps: [
      { title: 'Fetch', state: 'done', startedAt: at, endedAt: '2026-11-20T10:01:05.000Z', detail: '5 files' },
      { title: 'Start', state: 'running', startedAt: '2026-11-20T10:01:05.000Z' },
      { title: 'Wait', state: 'waiting' },
    ],
  }; // prettier-ignore
  it('tells the time of each step', () => {
    const steps = timedSteps(task.steps, Date.parse('2026-11-20T10:01:10.000Z'));
    expect(steps.map((step) => step.detail)).toEqual(['5 files · 1 min 5 s', '5 s', undefined]);
  });
  it('puts the many that are done together, and keeps what moves in sight', () => {
    const of = (done: number, rest: number) => [
      ...Array.from({ length: done }, (_, n) => ({ title: `d${n}`, state: 'done' as const })),
      ...Array.from({ length: rest }, (_, n) => ({ title: `w${n}`, state: n === 0 ? ('running' as const) : ('waiting' as const) })),
    ]; // prettier-ignore
    expect(foldSteps(of(5, 3)).before).toEqual([]);
    expect(foldSteps(of(60, 1)).before).toHaveLength(56);
    expect(foldSteps(of(60, 1)).shown.at(-1)?.title).toBe('w0');
    expect(foldSteps(of(78, 0)).shown).toHaveLength(4);
    expect(foldSteps(of(2, 40)).before).toEqual([]);
    expect(foldSteps(of(2, 40)).shown.map(({ title }) => title)).toEqual(['d0', 'd1', 'w0', 'w1', 'w2', 'w3', 'w4']);
    expect(foldSteps(of(2, 40)).after).toHaveLength(35);
    expect(foldSteps(of(5, 3)).after).toEqual([]);
  });
  it('says the step, and how it ended', () => {
    expect(spoken(task)).toBe('Step 2: Start');
    expect(spoken({ ...task, state: 'failed' })).toContain('failed');
    expect(spoken({ ...task, state: 'cancelled' })).toContain('cancelled');
  });
  it('keeps each line once when a connection was lost in between', () => {
    const said = [line('a'), line('b'), line('c', 5)];
    expect(appendLines(said, [line('d', 9)])).toHaveLength(4);
    expect(appendLines(said, [...said, line('d', 9)]).map((each) => each.text)).toEqual(['a', 'b', 'c', 'd']);
    expect(appendLines(said, [line('b'), line('c', 5)]).map((each) => each.text)).toEqual(['a', 'b', 'c']);
    expect(appendLines(said, [])).toBe(said);
    const many = Array.from({ length: 6_000 }, (_, n) => line(String(n), n));
    expect(appendLines([], many)).toHaveLength(5_000);
    expect(logText([{ ...line('x'), step: 'Fetch' }])).toBe(`${at} info [Fetch] x`);
  });
  it('is judged by what is there when its task is forgotten', () => {
    const none = undefined;
    expect(outcome({ ...task, state: 'done' }, true, none, false, false)).toBe('done');
    expect(outcome({ ...task, state: 'done' }, true, none, false, true)).toBe('undone');
    expect(outcome({ ...task, state: 'failed' }, true, appliance('half'), false, true)).toBe('failed');
    expect(outcome(none, false, none, false, false)).toBe('loading');
    expect(outcome(none, true, appliance('half'), false, false)).toBe('failed');
    expect(outcome(none, true, appliance('running'), false, false)).toBe('done');
    expect(outcome(none, true, none, false, false)).toBe('unknown');
    expect(outcome(none, true, none, false, true)).toBe('undone');
    expect(outcome(none, true, none, true, false)).toBe('unknown');
  });
  it('finds the target that it made', () => {
    const entry = (id: string, kind: 'appliance' | 'kind', name: string) => ({
      id, name, kind, place: '', current: false, state: 'closed' as const, forgettable: true,
    }); // prettier-ignore
    const all = [entry('x', 'kind', 'attic'), entry('attic', 'appliance', 'Attic'), entry('y', 'appliance', 'attic')];
    expect(targetOf(all, 'attic', 'local')?.id).toBe('attic');
    expect(targetOf(all, 'attic', 'kind')?.id).toBe('x');
    expect(targetOf([], 'attic', 'local')).toBeUndefined();
  });
});

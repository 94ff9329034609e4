import { describe, expect, it } from 'vitest';
import { stateTone, sortTargets } from '../../../renderer/app/target-order.ts';
import { taskPlace } from '../../../renderer/features/activity/task-place.ts';
import { isNodeName } from '../../../renderer/features/appliance/node-name.ts';
import {
  accessNeed,
  actWhy,
  certificateTone,
  chosen,
  inUse,
  ladderWords,
  previewWhy,
} from '../../../renderer/features/appliance/view.ts';
import { wanting } from '../../../renderer/features/home/running-on.tsx';
import { atPlaces, newDraft } from '../../../renderer/features/setup/draft.ts';
import { freeTarget, isClusterName, newCluster, offeredName, sourceOf, sourceProblem, verdict } from '../../../renderer/features/targets/cluster.ts'; // prettier-ignore
import { freeKind, kindError, kindInput } from '../../../renderer/features/targets/kind-form.tsx';
import type { TargetEntry } from '../../../main/contract/targets.ts';
import { appliance, ladder } from '../../support/fake/appliance-data.ts';

const target = (id: string, more: Partial<TargetEntry> = {}): TargetEntry => ({
  id, name: id, kind: 'cluster', place: '', current: false, state: 'closed', forgettable: true, ...more,
}); // prettier-ignore
const problem = (code: string) => ({ code, title: '', detail: '', kind: 'denied' as const });

describe('appliance', () => {
  it('shows the one whose machines are shown, else the first by name, else the one named', () => {
    const rows = [appliance('running', { id: 'b', name: 'b' }), appliance('running', { id: 'a', name: 'a' })];
    expect(chosen(rows, undefined, [])?.id).toBe('a');
    expect(chosen(rows, undefined, [target('b', { current: true })])?.id).toBe('b');
    expect(chosen(rows, 'b', [])?.id).toBe('b');
    expect(chosen(rows, 'c', [])).toBeUndefined();
    expect(chosen([], undefined, [])).toBeUndefined();
  });
  it('says why something cannot be done now', () => {
    expect(actWhy(appliance('running'), 'start')).toBeDefined();
    expect(actWhy(appliance('running'), 'stop')).toBeUndefined();
    expect(actWhy(appliance('stopped'), 'start')).toBeUndefined();
    expect(actWhy(appliance('stopped'), 'backup')).toBeDefined();
    expect(actWhy(appliance('failed'), 'upgrade')).toBeDefined();
    expect(actWhy(appliance('failed'), 'restart')).toBeUndefined();
    expect(actWhy(appliance('half'), 'uninstall')).toBeUndefined();
    expect(actWhy(appliance('half'), 'backup')).toBeDefined();
    expect(actWhy(appliance('stopped'), 'uninstall')).toBeUndefined();
    expect(actWhy(appliance('running', { taskId: 't' }), 'uninstall')).toBeDefined();
  });
  it('tells how far up the ladder it stands', () => {
    expect(ladderWords(ladder('running'))).toContain('12');
    expect(ladderWords(ladder('failed'))).toContain('The node is ready');
    expect(ladderWords(ladder('starting'))).toContain('Kubernetes is ready');
    expect(ladderWords([])).not.toContain('0');
    const skipped = ladder('running').map((rung, index) =>
      index === 11 ? { ...rung, state: 'skipped' as const } : rung,
    );
    expect(ladderWords(skipped)).toContain('11');
  });
  it('warns of certificates before it is too late', () => {
    expect([400, 45, 7, -2].map(certificateTone)).toEqual(['ok', 'warning', 'problem', 'problem']);
  });
  it('knows which refusals want a password', () => {
    expect(accessNeed(problem('root-password-needed'))).toBe('sudo');
    expect(accessNeed(problem('root-wrong-password'))).toBe('sudo');
    expect(accessNeed(problem('root-no-agent'))).toBe('sudo');
    expect(accessNeed(problem('place-password-needed'))).toBe('ssh');
    expect(accessNeed(problem('ssh-password-refused'))).toBe('ssh');
    expect(accessNeed(problem('host-key-changed'))).toBe('host-key');
    expect(accessNeed(problem('host-key-unknown'))).toBe('host-key');
    expect(accessNeed(problem('root-dismissed'))).toBeUndefined();
    expect(accessNeed(problem('ssh-unreachable'))).toBeUndefined();
    expect(accessNeed(undefined)).toBeUndefined();
  });
  it('says that the list of what would go failed, not that it is still made', () => {
    const list = { value: undefined, refreshing: false, problem: undefined };
    const looking = previewWhy(list);
    expect(looking).toBeDefined();
    const failed = previewWhy({ ...list, problem: problem('ssh-unreachable') });
    expect(failed).toBeDefined();
    expect(failed).not.toBe(looking);
    expect(previewWhy({ ...list, problem: problem('ssh-unreachable'), refreshing: true })).toBe(looking);
    expect(previewWhy({ ...list, value: {} })).toBeUndefined();
    // An older list is no list of what goes now.
    expect(previewWhy({ ...list, value: {}, problem: problem('ssh-unreachable') })).toBe(failed);
  });
  it('bundles the versions that are there now, and those of the install where none can be seen', () => {
    const { settings } = appliance('running');
    const now = inUse(settings, { k3s: 'v9.9.9+k3s1' });
    expect(now.versions).toEqual({ ...settings.versions, k3s: 'v9.9.9+k3s1' });
    expect(inUse(settings, {})).toEqual(settings);
  });
  it('takes no node of a name that is there', () => {
    expect(isNodeName('box-2', [{ name: 'box' }])).toBe(true);
    expect(isNodeName('box', [{ name: 'box' }])).toBe(false);
    expect(isNodeName('Box', [])).toBe(false);
    expect(isNodeName('', [])).toBe(false);
  });
  it('wants an eye on the home page when it is half or not well, not while something works on it', () => {
    expect(wanting([appliance('running')])).toBeUndefined();
    expect(wanting([appliance('stopped')])).toBeUndefined();
    expect(wanting([appliance('half')])?.state).toBe('half');
    expect(wanting([appliance('half', { taskId: 't' })])).toBeUndefined();
    expect(wanting([appliance('failed')])?.state).toBe('failed');
  });
});

describe('targets', () => {
  it('stay in one order, whichever is shown', () => {
    const rows = [target('c2', { name: 'Cluster 10' }), target('c1', { name: 'Cluster 9', current: true }), target('k', { kind: 'kind' }), target('a', { kind: 'appliance' }), target('q', { kind: 'quick-lab' })]; // prettier-ignore
    expect(sortTargets(rows).map((row) => row.id)).toEqual(['q', 'a', 'k', 'c1', 'c2']);
  });
  it('have a tone for what is known of them', () => {
    expect(stateTone(target('x'))).toBe('stopped');
    expect(stateTone(target('x', { state: 'ready' }))).toBe('ok');
    expect(stateTone(target('x', { state: 'connecting' }))).toBe('busy');
    expect(stateTone(target('x', { problem: problem('y') }))).toBe('error');
  });
  const found = { contexts: ['a'], context: 'ada@home', server: 'https://k8s.home:6443', user: 'ada', programs: [], insecure: false }; // prettier-ignore
  it('say what a look found', () => {
    expect(verdict(undefined)).toBe('none');
    expect(verdict({ ...found, programs: ['aws'] })).toBe('programs');
    expect(verdict({ ...found, programs: ['aws'], problem: problem('x') })).toBe('failed');
    const answer = { version: 'v1', kubevirt: undefined, cdi: undefined, nodes: 1, ms: 2 };
    expect(verdict({ ...found, programs: ['aws'], answer })).toBe('answered');
  });
  it('get a name that says something and is free', () => {
    expect(offeredName(found)).toBe('home');
    expect(offeredName({ ...found, context: 'kind-try' })).toBe('try');
    expect(offeredName({ ...found, context: 'default' })).toBe('k8s.home');
    expect(offeredName({ ...found, context: 'default', server: 'nonsense' })).toBe('Cluster');
    expect(freeTarget('home', new Set(['home', 'home 2']))).toBe('home 3');
  });
  it('come from a text or a path, and only from what was chosen', () => {
    const draft = { ...newCluster, text: 'apiVersion: v1', path: '/x' };
    expect(sourceOf(draft, false)).toEqual({ text: 'apiVersion: v1', allowExec: false });
    expect(sourceOf({ ...draft, from: 'path', context: 'c' }, true)).toEqual({
      path: '/x',
      context: 'c',
      allowExec: true,
    });
    expect(sourceProblem(newCluster)).toBe('empty');
    expect(sourceProblem({ ...newCluster, from: 'path', path: ' ' })).toBe('noPath');
    expect(sourceProblem({ ...newCluster, text: 'x'.repeat(1024 * 1024 + 1) })).toBe('large');
    expect(sourceProblem(draft)).toBeUndefined();
  });
  it('of kind have a name that is free and fits', () => {
    expect(freeKind([])).toBe('try');
    expect(freeKind(['try', 'try-2'])).toBe('try-3');
    expect(kindError({ name: 'try', mirror: '', bundle: '' }, ['try'])).toBeDefined();
    expect(kindError({ name: 'Try', mirror: '', bundle: '' }, [])).toBeDefined();
    expect(kindError({ name: 'try', mirror: '', bundle: '' }, [])).toBeUndefined();
    expect(isClusterName('-x')).toBe(false);
    expect(kindInput({ name: 'try', mirror: ' ', bundle: '/b' })).toEqual({ name: 'try', bundle: '/b' });
  });
});

describe('ways around', () => {
  it('leads from a task to what it is about', () => {
    const object = { kind: 'Appliance', name: 'a/b' };
    expect(taskPlace({ type: 'appliance-upgrade', object })?.to).toBe('/appliance/a%2Fb/runs');
    expect(taskPlace({ type: 'appliance-uninstall', object })).toBeUndefined();
    expect(taskPlace({ type: 'kind-create' })?.to).toBe('/targets');
    expect(taskPlace({ type: 'image-import' })).toBeUndefined();
  });
  it('leads straight to the places, but never away from a run', () => {
    expect(atPlaces(newDraft(), 'ssh').place).toMatchObject({ way: 'ssh', part: 'choose', after: '/' });
    const fresh = newDraft();
    const run = { taskId: 't', name: 'n' };
    const busy = {
      ...fresh,
      place: { ...(fresh.place as NonNullable<typeof fresh.place>), part: 'run' as const, run },
    };
    expect(atPlaces(busy, 'kind').place).toMatchObject({ part: 'run', run });
    expect(atPlaces(busy, 'kind').step).toBe('place');
  });
});

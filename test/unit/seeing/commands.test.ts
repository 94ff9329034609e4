import { describe, expect, test } from 'vitest';
import { isReading, describe as words } from '../../../main/backend/audit/words.ts';
import { placeOf } from '../../../main/backend/commands/path.ts';
import { render } from '../../../main/backend/commands/render.ts';
import { quote, withDocument } from '../../../main/backend/commands/shell.ts';
import type { SentRequest } from '../../../main/backend/target/acting.ts';
import { changes } from '../../../main/backend/target/acting.ts';

const request = (method: string, path: string, body?: unknown, more: Partial<SentRequest> = {}): SentRequest => ({
  method, path, body, query: {}, contentType: undefined, streamed: false, ...more,
}); // prettier-ignore
const vm = '/apis/kubevirt.io/v1/namespaces/lab/virtualmachines';
const sub = '/apis/subresources.kubevirt.io/v1/namespaces/lab';

describe('commands', () => {
  test.each([
    ['start', `${sub}/virtualmachines/web/start`, {}, 'virtctl start web -n lab'],
    ['start paused', `${sub}/virtualmachines/web/start`, { paused: true }, 'virtctl start web --paused -n lab'],
    ['power off', `${sub}/virtualmachines/web/stop`, { gracePeriod: 0 }, 'virtctl stop web --force --grace-period=0 -n lab'],
    ['pause', `${sub}/virtualmachineinstances/web/pause`, {}, 'virtctl pause vmi web -n lab'],
    ['soft reboot', `${sub}/virtualmachineinstances/web/softreboot`, undefined, 'virtctl soft-reboot web -n lab'],
    ['power off and on', `${sub}/virtualmachines/web/restart`, { gracePeriodSeconds: 0 }, 'virtctl restart web --force --grace-period=0 -n lab'],
    ['reset', `${sub}/virtualmachineinstances/web/reset`, undefined, 'virtctl reset web -n lab'],
  ])('%s is a line of virtctl, with kubectl alone beside it', (_name, path, body, line) => {
    const rendered = render(request('PUT', path, body));
    expect(rendered.line).toBe(line);
    expect(rendered.plain).toMatch(new RegExp(`^kubectl replace --raw ${path} -f - <<'EOF'\n`));
  }); // prettier-ignore

  test('what virtctl cannot do exactly stays raw', () => {
    // virtctl would put the disk on its own choice of bus and give it a serial number.
    const volume = { name: 'data', disk: { disk: { bus: 'virtio' } }, volumeSource: { dataVolume: { name: 'data' } } };
    expect(render(request('PUT', `${sub}/virtualmachines/web/addvolume`, volume)).line).toMatch(
      /^kubectl replace --raw/,
    );
    // It knows no grace but none at all ("Currently only setting 0 is supported").
    expect(render(request('PUT', `${sub}/virtualmachines/web/stop`, { gracePeriod: 60 })).line).toMatch(
      /^kubectl replace --raw/,
    );
    expect(
      render(request('PUT', `${sub}/virtualmachines/web/migrate`, { addedNodeSelector: { zone: 'a' } })).line,
    ).toMatch(/^kubectl replace --raw/);
  });

  test('create carries the manifest without what the server fills in', () => {
    const { line, manifest } = render(
      request('POST', vm, {
        apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine',
        metadata: { name: 'web', namespace: 'lab', uid: 'x', resourceVersion: '7' }, status: { ready: true }, spec: { runStrategy: 'Halted' },
      }),
    ); // prettier-ignore
    expect(line).toMatch(/^kubectl create -n lab -f - <<'EOF'\n/);
    expect(manifest).not.toMatch(/resourceVersion|uid|status/);
    expect(line).toContain('runStrategy: Halted');
  });

  test('patches, server-side apply, delete', () => {
    const patch = { contentType: 'application/merge-patch+json' };
    expect(render(request('PATCH', `${vm}/web`, { spec: { a: "it's" } }, patch)).line).toBe(
      `kubectl patch virtualmachines.kubevirt.io web -n lab --type=merge -p '{"spec":{"a":"it'\\''s"}}'`,
    );
    expect(render(request('PATCH', `${vm}/web`, [], { contentType: 'application/json-patch+json' })).line).toContain('--type=json'); // prettier-ignore
    expect(render(request('PATCH', `${vm}/web`, { kind: 'VirtualMachine' }, { contentType: 'application/apply-patch+yaml' })).line).toMatch(/^kubectl apply --server-side --force-conflicts --field-manager=hearth -n lab -f -/); // prettier-ignore
    expect(
      render(request('DELETE', `${vm}/web`, { propagationPolicy: 'Background', preconditions: { uid: 'x' } })).line,
    ).toBe('kubectl delete virtualmachines.kubevirt.io web -n lab --cascade=background --wait=false');
    expect(render(request('DELETE', '/api/v1/namespaces/lab', {})).line).toBe(
      'kubectl delete namespaces lab --wait=false',
    );
  });

  test('bytes of a file have no command, and say so', () => {
    expect(render(request('POST', '/api/v1/namespaces/cdi/services/https:x:443/proxy/upload', undefined, { streamed: true })).line).toMatch(/^# POST/); // prettier-ignore
  });

  test('paths', () => {
    expect(placeOf('/api/v1/namespaces/lab/secrets/a')).toEqual({ group: '', version: 'v1', namespace: 'lab', plural: 'secrets', name: 'a' }); // prettier-ignore
    expect(placeOf('/api/v1/namespaces/lab')).toEqual({ group: '', version: 'v1', plural: 'namespaces', name: 'lab' });
    expect(placeOf(`${vm}/web/status`)?.subresource).toBe('status');
    expect(placeOf('/version')).toBeUndefined();
  });

  test('words for a shell cannot break out of it', () => {
    expect(quote("a'; rm -rf /")).toBe(`'a'\\''; rm -rf /'`);
    expect(withDocument('cat', 'EOF\nEOF_1\n')).toBe("cat <<'EOF_2'\nEOF\nEOF_1\nEOF_2");
  });

  test('only what changes something counts', () => {
    expect(changes('GET', vm)).toBe(false);
    expect(changes('POST', vm, { dryRun: 'All' })).toBe(false);
    expect(changes('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).toBe(false);
    expect(changes('POST', vm)).toBe(true);
  });
});

describe('words', () => {
  test('reading and writing calls', () => {
    for (const name of [
      'app.info',
      'machines.preview',
      'machines.checkYaml',
      'targets.test',
      'search.find',
      'appliances.uninstallPreview',
      'snapshots.list',
      'x.getThing',
      'ownBox.health',
      'boxes.resetPreview',
    ])
      // prettier-ignore
      expect([name, isReading(name)]).toEqual([name, true]);
    for (const name of [
      'machines.act',
      'machines.create',
      'settings.update',
      'notifications.test',
      'snapshots.take',
      'appliances.joinOffer',
      'disks.attach',
      'ownBox.act',
    ])
      // prettier-ignore
      expect([name, isReading(name)]).toEqual([name, false]);
  });
  test('what was asked of a box, never its secrets', () => {
    const action = { do: 'account', name: 'anna', password: 'correct horse battery' };
    expect(words('ownBox.act', { action })).toEqual({ what: 'This box: set who signs in' });
    expect(words('boxes.act', { id: 'b1', action: { do: 'power-off' } }).what).toBe('Box: shut down');
  });
  test('plain words with the object, never the input', () => {
    expect(words('machines.act', { namespace: 'lab', name: 'web', action: 'forceStop' })).toEqual({
      what: 'Power off a machine',
      object: { kind: 'VirtualMachine', namespace: 'lab', name: 'web' },
    });
    expect(words('snapshots.takeNow', { machine: { namespace: 'lab', name: 'web' }, password: 'hunter2' })).toEqual({
      what: 'Snapshots: take now',
      object: { kind: 'snapshots', namespace: 'lab', name: 'web' },
    });
    expect(words('settings.update', { theme: 'dark' }).what).toBe('Change settings: theme');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../main/embedded/kube/context.ts';
import type { KubeObject } from '../../main/embedded/kube/object.ts';
import { namespaces } from '../../main/embedded/kube/resources.ts';
import { ObjectStore } from '../../main/embedded/store/object-store.ts';

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** A store on a folder of its own, with the namespace `default`. `reopen` reads the same folder again. */
export const storeLab = (historySize?: number) => {
  const root = mkdtempSync(join(tmpdir(), 'hearth-store-'));
  const open = () => new ObjectStore({ root, log: silent, ...(historySize ? { historySize } : {}) });
  const store = open();
  store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  return { root, store, reopen: open, remove: () => rmSync(root, { recursive: true, force: true }) };
};

export const vm = (name: string, extra: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  spec: { runStrategy: 'Halted', template: { spec: {} } },
  ...extra,
  metadata: { name, namespace: 'default', ...extra.metadata },
});
export const configMap = (name: string, extra: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  data: { a: 'b' },
  ...extra,
  metadata: { name, namespace: 'default', ...extra.metadata },
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { ApiServer } from '../../main/embedded/api/server.ts';
import { startServer } from '../../main/embedded/api/server.ts';
import { namespaces } from '../../main/embedded/kube/resources.ts';
import type { MetricsSource, Subresource, UploadSink } from '../../main/embedded/kube/subresource.ts';
import { ObjectStore } from '../../main/embedded/store/object-store.ts';
import { silent } from './store.ts';

interface Parts {
  subresources?: Subresource[];
  uploads?: UploadSink;
  metrics?: MetricsSource;
}

/** The API server alone, in this process, with parts that a test gives it and an admission that lets all pass. */
export const apiLab = async (parts: Parts = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'hearth-api-'));
  const store = new ObjectStore({ root, log: silent });
  store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const server: ApiServer = await startServer({
    root,
    kubeconfig: join(root, 'kubeconfig'),
    state: store.state,
    parts: {
      store,
      admission: {
        admit: ({ object, old }) => {
          const result = object ?? old;
          if (!result) throw new TypeError('nothing to admit');
          return { object: structuredClone(result) as typeof result & { metadata: object }, warnings: [] };
        },
      },
      schemaOf: () => ({}),
      subresources: parts.subresources ?? [],
      uploads: parts.uploads,
      metrics: parts.metrics,
      log: silent,
    },
  });
  return {
    store,
    server,
    stream: (path: string, protocols: string[] = ['plain.kubevirt.io'], token: string | undefined = server.token) =>
      new WebSocket(
        `${server.address.replace('https', 'wss')}/apis/subresources.kubevirt.io/v1/namespaces/default/${path}`,
        protocols,
        {
          ca: server.ca,
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        },
      ),
    close: async () => {
      await server.close();
      store.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};

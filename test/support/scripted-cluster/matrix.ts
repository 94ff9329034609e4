import { findOut } from '../../../main/backend/target/capabilities/findings.ts';
import { capabilityMatrix } from '../../../main/backend/target/capabilities/matrix.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { Capability } from '../../../main/contract/target.ts';
import { scriptedCluster } from './scripted-cluster.ts';

/** What the backend finds out of a cluster of test/support/clusters: what it can, and why not the rest. */
export async function matrixOf(name: string): Promise<Capability[]> {
  const cluster = await scriptedCluster({ cluster: name });
  const client = createKubeClient(await readCredentials(cluster.kubeconfig));
  try {
    return capabilityMatrix(await findOut(client, await client.list(kinds.nodes)));
  } finally {
    client.close();
    await cluster.close();
  }
}

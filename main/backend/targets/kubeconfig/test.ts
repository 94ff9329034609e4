import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { asProblem } from '../../../contract/problem.ts';
import type { kubeconfigSourceSchema, KubeconfigTest } from '../../../contract/targets.ts';
import { writeFileAtomic } from '../../json-file.ts';
import { createKubeClient } from '../../target/client.ts';
import type { KubeClient } from '../../target/client.ts';
import { readCredentials } from '../../target/credentials.ts';
import { KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import { clusterProblem, credentialsExpired, noKubeVirt } from './problems.ts';
import { chooseContext, readSource } from './read.ts';

const limitMs = 10_000;

/**
 * Looks at a kubeconfig and, when no program would have to run or the person allowed it, at the cluster. Throws a Problem
 * when the text itself cannot be used; what the cluster says or does not say is in the answer. Nothing is kept.
 */
export async function testKubeconfig(
  input: z.infer<typeof kubeconfigSourceSchema>,
  dataDir: string,
): Promise<KubeconfigTest> {
  const { text, folder } = await readSource(input);
  const chosen = await chooseContext(text, folder, input.context);
  const { contexts, context, server, user, programs, insecure } = chosen;
  const about = { contexts, context, server: server.href, user, programs, insecure };
  if (programs.length > 0 && !input.allowExec) return about;
  // Credentials are read from a file everywhere; this one is gone before we answer.
  const temporary = await mkdtemp(join(dataDir, '.kubeconfig-'));
  const path = join(temporary, 'kubeconfig');
  try {
    await writeFileAtomic(path, chosen.text);
    const credentials = await readCredentials(path);
    // A program that signs in has its own, longer limit: the cluster's begins when we can ask it.
    if (programs.length > 0) await credentials.headers();
    const expired = expiry(credentials.tls.cert);
    if (expired) return { ...about, problem: credentialsExpired(expired) };
    const client = createKubeClient(credentials);
    try {
      const answer = await ask(client, AbortSignal.timeout(limitMs));
      return { ...about, answer, ...(answer.kubevirt === undefined && { problem: noKubeVirt }) };
    } catch (error) {
      return { ...about, problem: clusterProblem(error, server) };
    } finally {
      client.close();
    }
  } catch (error) {
    return { ...about, problem: asProblem(error) };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** When the client certificate ended, if it did: the API server only says "Unauthorized" to it. */
function expiry(cert: unknown): Date | undefined {
  if (!Buffer.isBuffer(cert)) return undefined;
  const { validToDate } = new X509Certificate(cert);
  return validToDate.getTime() < Date.now() ? validToDate : undefined;
}

async function ask(client: KubeClient, signal: AbortSignal): Promise<NonNullable<KubeconfigTest['answer']>> {
  const begun = performance.now();
  const spec = { signal, timeoutMs: limitMs };
  const version = await client.json<{ gitVersion?: string }>('GET', '/version', spec);
  if (!version.gitVersion) throw new SyntaxError('the answer to /version names no version');
  // Anybody may ask for the version; whether our credentials count shows with the nodes, or with the machines at home.
  const nodes = await client
    .listPage(kinds.nodes, undefined, { limit: 500 }, signal)
    .then(({ items }) => items.length)
    .catch(async (error: unknown) => {
      if (!(error instanceof KubeError) || error.code !== 403) throw error;
      await client.listPage(kinds.virtualMachines, client.credentials.namespace ?? 'default', { limit: 1 }, signal);
      return undefined;
    });
  const { groups = [] } = await client.json<{ groups?: { name: string }[] }>('GET', '/apis', spec);
  const served = (group: string): boolean => groups.some(({ name }) => name === group);
  return {
    version: version.gitVersion,
    kubevirt: served('kubevirt.io') ? await versionOfKubeVirt(client, spec) : undefined,
    cdi: served('cdi.kubevirt.io') ? await versionOfCdi(client, spec) : undefined,
    ...(nodes !== undefined && { nodes }),
    ms: Math.round(performance.now() - begun),
  };
}

type Spec = { signal: AbortSignal; timeoutMs: number };
/** It is there, whether or not it tells its version. */
async function versionOfKubeVirt(client: KubeClient, spec: Spec): Promise<string> {
  const { gitVersion } = await orEmpty(
    client.json<{ gitVersion?: string }>('GET', '/apis/subresources.kubevirt.io/v1/version', spec),
  );
  return gitVersion ?? 'unknown version';
}
async function versionOfCdi(client: KubeClient, spec: Spec): Promise<string> {
  const { items = [] } = await orEmpty(
    client.json<{ items?: { status?: { observedVersion?: string } }[] }>('GET', '/apis/cdi.kubevirt.io/v1beta1/cdis', spec),
  ); // prettier-ignore
  return items[0]?.status?.observedVersion ?? 'unknown version';
}
async function orEmpty<T extends object>(answer: Promise<T>): Promise<Partial<T>> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeError && error.code > 0) return {};
    throw error;
  }
}

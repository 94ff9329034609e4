import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { chooseContext, readSource } from '../../main/backend/targets/kubeconfig/read.ts';
import { TestEngine } from './engine.ts';

/**
 * A cluster that the environment gives: HEARTH_TEST_KUBECONFIG=FILE, or KUBECONFIG with HEARTH_TEST_CLUSTER=1. Contract
 * tests that are not about the engine's own insides then run against it, in a namespace of their own.
 */
export const givenCluster: string | undefined =
  process.env['HEARTH_TEST_KUBECONFIG'] ??
  (process.env['HEARTH_TEST_CLUSTER'] === '1' ? process.env['KUBECONFIG'] : undefined);

/** Where the tests of this process make their objects. */
export const testNamespace = givenCluster ? `hearth-test-${process.pid}` : 'default';

export interface ClusterLab {
  readonly kubeconfig: string;
  /** A folder that goes with the test. */
  readonly home: string;
  /** Set when it is an engine that was started for this test. */
  readonly engine: TestEngine | undefined;
  /** The machine's kubectl; never throws. Works in `testNamespace` unless told. */
  kubectl(
    args: string[],
    options?: { input?: string; binary?: string; env?: Record<string, string> },
  ): ReturnType<TestEngine['kubectl']>;
  remove(): Promise<void>;
}

/** The given cluster, else an engine of our own. */
export async function openClusterLab(): Promise<ClusterLab> {
  if (!givenCluster) {
    const engine = await TestEngine.start();
    return {
      kubeconfig: engine.kubeconfig,
      home: engine.home,
      engine,
      kubectl: (args, options) => engine.kubectl(args, options),
      remove: () => engine.remove(),
    };
  }
  const home = mkdtempSync(join(tmpdir(), 'hearth-given-'));
  const kubeconfig = await kubeconfigCopy(givenCluster, home);
  const kubectl: ClusterLab['kubectl'] = async (args, options = {}) => {
    const { stdout, stderr, exitCode } = await execa(options.binary ?? 'kubectl', args, {
      reject: false,
      timeout: 60_000,
      input: options.input ?? '',
      env: { KUBECONFIG: kubeconfig, HOME: home, ...options.env },
    });
    return { stdout, stderr, exitCode, all: `${stdout}\n${stderr}` };
  };
  await must(kubectl(['create', 'namespace', testNamespace]));
  return {
    kubeconfig,
    home,
    engine: undefined,
    kubectl,
    async remove() {
      await must(kubectl(['delete', 'namespace', testNamespace, '--ignore-not-found', '--timeout=55s']));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** With our namespace as the default one; the given file is left alone. */
async function kubeconfigCopy(given: string, home: string): Promise<string> {
  const { text, folder } = await readSource({ path: given });
  const config = parse((await chooseContext(text, folder, undefined)).text) as {
    contexts: { context: { namespace?: string } }[];
  };
  for (const { context } of config.contexts) context.namespace = testNamespace;
  const path = join(home, 'kubeconfig');
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

async function must(work: ReturnType<ClusterLab['kubectl']>): Promise<void> {
  const { exitCode, all } = await work;
  if (exitCode !== 0) throw new Error(`The given cluster: ${all}`);
}

import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { AgentState } from '../../contract/box/agent.ts';
import type { PairedApp } from '../../contract/box/state.ts';
import type { BoxResetPreview } from '../../contract/box/upkeep.ts';
import { asProblem } from '../../contract/problem.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { createKubeClient } from '../target/client.ts';
import { readCredentials } from '../target/credentials.ts';
import { kinds } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { isImage } from '../images/list.ts';
import type { Runner } from './machines-told.ts';

/** Milliseconds a cluster may take to tell what is in it. */
const patience = 15_000;

/** What a factory reset would destroy: everything on the data partition. */
export async function resetPreview(parts: {
  runners: Runner[];
  agent: AgentState;
  apps: PairedApp[];
  account: string | undefined;
  /** A folder of the data partition. */
  data: string;
}): Promise<BoxResetPreview> {
  const { agent, apps, account } = parts;
  const there = parts.runners.filter(({ kubeconfig }) => existsSync(kubeconfig));
  const looks = await Promise.allSettled(there.map((runner) => timely(lookInto(runner.kubeconfig), runner.title)));
  const seen = looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
  const unknown = looks.flatMap((look, index) =>
    look.status === 'rejected' ? [`${there[index]?.title ?? ''}: ${asProblem(look.reason).detail}`] : [],
  );
  const { blocks, bfree, bsize } = await statfs(parts.data);
  const { image } = agent;
  return {
    name: agent.wishes.hostName,
    machines: seen.flatMap(({ machines }) => machines),
    ...(unknown.length > 0 && { unknown: unknown.join(' ') }),
    images: seen.reduce((sum, each) => sum + each.images, 0),
    data: (blocks - bfree) * bsize,
    apps: [...apps.map(({ name }) => name), ...(account === undefined ? [] : [`the account ${account}`])],
    kept: [
      `Hearth ${image.version}${image.slot ? ` in slot ${image.slot}` : ''}, which starts again as new`,
      ...(agent.update?.other ? [`version ${agent.update.other.version} in slot ${agent.update.other.slot}`] : []),
    ],
  };
}

async function lookInto(kubeconfig: string) {
  const client = createKubeClient(await readCredentials(kubeconfig));
  try {
    const [machines, volumes, imports] = await Promise.all([
      client.list(kinds.virtualMachines),
      client.list(kinds.persistentVolumeClaims),
      client.list(kinds.dataVolumes),
    ]);
    const sizes = new Map(volumes.map((volume) => [refOf(volume), sizeOf(volume)]));
    return {
      machines: machines.map((machine) => {
        const { namespace = 'default', name } = machine.metadata;
        const disk = claimsOf(machine).reduce((sum, claim) => sum + (sizes.get(`${namespace}/${claim}`) ?? 0), 0);
        const status = (machine['status'] as { printableStatus?: string } | undefined)?.printableStatus ?? 'Unknown';
        return { namespace, name: name ?? '', status, ...(disk > 0 && { disk }) };
      }),
      images: imports.filter(isImage).length,
    };
  } finally {
    client.close();
  }
}

async function timely<T>(work: Promise<T>, title: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  work.catch(() => undefined); // it may fail after nobody waits for it any more
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`${title} does not answer.`)), patience);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

const refOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;
/** Bytes a claim has, else those it asks for. */
const sizeOf = (claim: KubeObject): number =>
  quantity(pickText(claim, 'status', 'capacity', 'storage') ?? pickText(claim, 'spec', 'resources', 'requests', 'storage')) ?? 0; // prettier-ignore
/** The claims behind the disks of a machine; those of data volumes have their names. */
const claimsOf = (machine: KubeObject): string[] =>
  pickList(machine, 'spec', 'template', 'spec', 'volumes').flatMap((volume) => {
    const name = pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');
    return name === undefined ? [] : [name];
  });

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { addressesOf, bestAddress, isLinkLocal } from '../../../contract/box/address.ts';
import type { BoxKubeconfig } from '../../../contract/box/doors.ts';
import type { BoxState } from '../../../contract/box/state.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { writeFileAtomic } from '../../json-file.ts';
import { privateFolder } from '../../paths.ts';
import type { DataPaths } from '../../paths.ts';
import { folderOf, forgetFiles } from '../../targets/folders.ts';
import type { NewTarget } from '../../targets/registry.ts';
import { readAddress } from '../link/address.ts';
import type { Reach } from '../link/dial.ts';
import { strange } from '../link/problems.ts';
import { askJson } from '../link/request.ts';
import { checkKubeconfig, hostOf } from './kubeconfig.ts';
import { serverNames } from './names.ts';

/** Where targets are registered. */
export interface TargetBook {
  put(target: NewTarget): Promise<void>;
  remove(id: string): Promise<void>;
}
const answerSchema = z.object({ kubeconfig: z.string().max(1024 * 1024) }) satisfies z.ZodType<BoxKubeconfig>;
export const targetIdOf = (boxId: string): string => `box-${boxId.slice(0, 16)}`;
const fileOf = (paths: DataPaths, boxId: string): string => join(folderOf(paths, targetIdOf(boxId)), 'kubeconfig');

/**
 * Takes the cluster of a box as a target (again): its kubeconfig comes over the pinned connection, is checked, and is kept
 * for the address that the box is reached at. Throws the Problems of the box, `box-not-ready`, `box-kubeconfig-refused`,
 * `box-cluster-foreign`, `box-cluster-unnamed`, `box-cluster-unreachable`.
 */
export async function adoptCluster(
  reach: Reach & { pin: string },
  state: BoxState,
  parts: { paths: DataPaths; targets: TargetBook },
): Promise<string> {
  if (state.setup.appliance !== 'ready') throw notReady(state);
  const { paths, targets } = parts;
  const { value } = await askJson(reach, { path: '/box/kubeconfig', timeoutMs: 30_000 });
  const answer = answerSchema.safeParse(value);
  if (!answer.success) throw strange(reach.address, 'It hands no kubeconfig over.');
  const reached = readAddress(reach.address).host;
  const addresses = [...state.addresses.flatMap(addressesOf), reached];
  const host = clusterHost(reached, state);
  if (host === undefined) throw noAddress(state.name);
  const checked = checkKubeconfig(answer.data.kubeconfig, { name: state.name, host, addresses });
  // Silent now (still starting, a port that is not forwarded): the target itself tells it, and goes on trying.
  const named = await serverNames(checked.server, checked.ca);
  const id = targetIdOf(state.boxId);
  await privateFolder(join(paths.root, 'targets'));
  await privateFolder(folderOf(paths, id));
  const kubeconfig = fileOf(paths, state.boxId);
  await writeFileAtomic(kubeconfig, checked.text(named.fits === false ? named.serverName : undefined));
  await targets.put({ id, name: state.name.slice(0, 60), kind: 'cluster', place: host, kubeconfig });
  return id;
}

/** Whether its target (still there, not forgotten by hand) is dialled at another address than the box has now. */
export async function clusterMoved(paths: DataPaths, state: BoxState, address: string): Promise<boolean> {
  const file = fileOf(paths, state.boxId);
  try {
    await access(file);
  } catch {
    return false; // there is none
  }
  const server = /^\s*server:\s*(\S+)/m.exec(await readFile(file, 'utf8'))?.[1] ?? '';
  const host = clusterHost(readAddress(address).host, state);
  return URL.canParse(server) && host !== undefined && hostOf(new URL(server)) !== host;
}

/** Where its API server is dialled: where the box is, unless that is an address of one wire, which no kubeconfig can name. */
const clusterHost = (reached: string, state: BoxState): string | undefined =>
  isLinkLocal(reached) ? bestAddress(state.addresses) : reached;

/** Takes the target and its files away. */
export async function dropCluster(boxId: string, parts: { paths: DataPaths; targets: TargetBook }): Promise<void> {
  await parts.targets.remove(targetIdOf(boxId));
  await forgetFiles(folderOf(parts.paths, targetIdOf(boxId)));
}

const noAddress = (name: string): ProblemError =>
  new ProblemError({
    code: 'box-cluster-unreachable',
    title: 'The cluster of the box has no address that can be dialled',
    detail: `${name} is reached by a link-local address, which a kubeconfig cannot name, and it has no other.`,
    cause: 'Nobody in its network gives out addresses.',
    fix: 'Connect it to a router, or give it a fixed address on its page.',
  });
const notReady = ({ name, setup }: BoxState): ProblemError =>
  new ProblemError({
    code: 'box-not-ready',
    title: 'The box has no cluster yet',
    detail:
      setup.appliance === 'installing'
        ? `${name} is still setting it up.`
        : setup.appliance === 'failed'
          ? `Setting it up on ${name} failed.`
          : `It was not set up on ${name}.`,
    fix: 'Open the box and finish its setup; its cluster is then taken over by itself.',
  });

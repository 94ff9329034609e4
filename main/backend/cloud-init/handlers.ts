import type { ContractHandlers } from '../../contract/contract.ts';
import type { Scope } from '../target/scope.ts';
import { checkCloudInitData } from './check.ts';
import { hashPassword } from './crypt.ts';
import { importKeys } from './import-keys.ts';
import { isStarterImage, readMachineCloudInit } from './machine-data.ts';
import { runCloudInitAgain, writeMachineCloudInit } from './machine-write.ts';
import { removeSnippet, saveSnippet, watchSnippets } from './snippets.ts';
import { kinds } from '../target/kinds.ts';
import { makeAgain } from '../undo/objects.ts';
import { takenAddresses } from './taken.ts';

/** All of the domain but the results of first boots, which hang on the consoles of a target. */
export type CloudInitHandlers = Omit<ContractHandlers['cloudInit'], 'results'>;

export function createCloudInit(scope: Scope): CloudInitHandlers {
  return {
    async check({ userData, networkData, image, macs, namespace, machine }) {
      const target = scope.target();
      const taken = networkData.trim() === '' ? undefined : await takenAddresses(target, namespace, machine);
      return checkCloudInitData(userData, networkData, {
        starter: await isStarterImage(target, image),
        ...(macs && { macs }),
        ...(taken && { taken }),
      });
    },
    hashPassword: ({ password }) => ({ hash: hashPassword(password) }),
    importKeys: ({ from }, { signal }) => importKeys(from, signal),
    read: (ref) => readMachineCloudInit(scope.target(), ref),
    write: ({ namespace, name, ...data }) => writeMachineCloudInit(scope.target(), { namespace, name }, data),
    runAgain: (ref) => runCloudInitAgain(scope.target(), ref),
    snippets: (_input, { signal }) =>
      scope.follow(signal, (target, over) => watchSnippets(target, over), { type: 'reset' }),
    saveSnippet: (input) => saveSnippet(scope.target(), input),
    async removeSnippet({ id }) {
      const target = scope.target();
      const found = await removeSnippet(target, id);
      return scope.undos.keep('snippet', { back: () => makeAgain(target, kinds.configMaps, [found]) });
    },
  };
}

import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { machines, settings, useList, useLive } from '../../../lib/resources.ts';
import { useAction } from '../../../lib/use-call.ts';
import { toastProblem } from '../../../ui/toast.tsx';

interface OwnKeys {
  /** Of this machine, at the machine itself: they go where it goes, and everybody sees them. */
  mine: readonly string[];
  /** Of all machines, in the settings. */
  common: readonly string[];
  /** Both, each once, this machine's first. */
  all: readonly string[];
  add: (keys: string, forAll: boolean) => Promise<boolean>;
  remove: (keys: string, forAll: boolean) => Promise<boolean>;
  busy: boolean;
}
const none: readonly string[] = [];

/** Key combinations of one's own for a machine's screen. */
export function useOwnKeys(of: ObjectRef): OwnKeys {
  const common = useLive(settings).value?.keyCombinations ?? none;
  const row = useList(machines).items.find(({ namespace, name }) => namespace === of.namespace && name === of.name);
  const mine = row?.keyCombinations ?? none;
  const save = useAction(
    async (api, { list, forAll }: { list: string[]; forAll: boolean }) => {
      if (forAll) await api.settings.update({ keyCombinations: list });
      else await api.organise.change({ namespace: of.namespace, name: of.name, keyCombinations: list });
      return true;
    },
    { onProblem: toastProblem },
  );
  const keep = async (list: string[], forAll: boolean): Promise<boolean> => (await save.run({ list, forAll })) === true;
  return {
    mine,
    common,
    all: [...new Set([...mine, ...common])],
    busy: save.busy,
    add: (keys, forAll) => keep([...new Set([...(forAll ? common : mine), keys])], forAll),
    remove: (keys, forAll) =>
      keep(
        (forAll ? common : mine).filter((each) => each !== keys),
        forAll,
      ),
  };
}

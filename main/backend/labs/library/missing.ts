import type { LabFile } from '../../../contract/labs/file.ts';
import type { LabRow } from '../../../contract/labs/run.ts';
import type { CapabilityId } from '../../../contract/offers.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { isNotFound, KubeError } from '../../target/kube-error.ts';
import type { OpenTarget } from '../../target/target.ts';
import { actionsOf } from '../file/references.ts';

/** What a lab needs of a target: what its author says, and what its parts need by themselves. Pure. */
export function capabilitiesOf(lab: LabFile): CapabilityId[] {
  const needs = new Set<CapabilityId>(lab.needs.capabilities);
  const checks = lab.steps.flatMap((step) => step.checks);
  const actions = [...actionsOf(lab)].map(([, action]) => action);
  const some = (test: boolean, ...ids: CapabilityId[]): void => {
    if (test) for (const id of ids) needs.add(id);
  };
  some(lab.machines.length > 0, 'createMachines', 'deleteMachines');
  some(lab.machines.some(({ forwards }) => forwards.length > 0), 'serviceForwards'); // prettier-ignore
  some(lab.networks.length > 0, 'networks');
  some(lab.images.some(({ use }) => use === undefined), 'images'); // prettier-ignore
  some(checks.some(({ ssh, ping, http, tcp }) => ssh ?? ping ?? http ?? tcp) || actions.some(({ ssh }) => ssh), 'portForward'); // prettier-ignore
  some(checks.some(({ serial }) => serial) || actions.some(({ type }) => type?.into === 'serial'), 'console'); // prettier-ignore
  some(actions.some((action) => action.export), 'exports'); // prettier-ignore
  some(actions.some((action) => action.import ?? action.importDisk), 'upload'); // prettier-ignore
  some(actions.some(({ importDisk }) => importDisk), 'portForward'); // prettier-ignore
  some(checks.some(({ screen }) => screen), 'screenshots'); // prettier-ignore
  some(actions.some(({ type }) => type?.into === 'screen'), 'vnc'); // prettier-ignore
  some(actions.some(({ power }) => power), 'powerMachines'); // prettier-ignore
  some(actions.some(({ snapshot, restore }) => snapshot ?? restore), 'snapshots'); // prettier-ignore
  some(actions.some(({ snapshot, restore }) => snapshot?.memory === true || restore?.memory === true), 'memorySnapshots'); // prettier-ignore
  some(actions.some(({ clone }) => clone), 'clones'); // prettier-ignore
  some(actions.some(({ move, fault }) => move ?? fault), 'editMachines'); // prettier-ignore
  some(actions.some(({ fault }) => fault?.loss ?? fault?.delay ?? fault?.rate ?? fault?.dns), 'networkFaults'); // prettier-ignore
  return [...needs];
}

/** What keeps a lab from being started on a target, each with what helps; nothing is told of a target that has not answered yet. */
export function lacking(lab: LabFile, target: OpenTarget, served: ReadonlySet<string> | undefined): LabRow['missing'] {
  const { capabilities, state } = target.state.value;
  if (state !== 'ready' || capabilities.length === 0) return [];
  const missing: LabRow['missing'] = [];
  for (const id of capabilitiesOf(lab)) {
    const found = capabilities.find((each) => each.id === id);
    if (found?.supported) continue;
    const remedy = found?.remedy ?? lab.needs.advice;
    missing.push({ what: found?.reason ?? `The target cannot do: ${id}.`, ...(remedy && { remedy }) });
  }
  for (const kind of lab.needs.kinds)
    if (served && !served.has(kind)) missing.push({ what: `The target does not serve ${kind}.`, ...(lab.needs.advice && { remedy: lab.needs.advice }) }); // prettier-ignore
  const advised = (what: string, remedy = lab.needs.advice): void =>
    void missing.push({ what, ...(remedy && { remedy }) });
  for (const name of lab.needs.runtimeClasses)
    if (served && !served.has(runtimeClass(name))) advised(`The target has no RuntimeClass ${name}.`);
  if (lab.needs.hardware && target.state.value.capacity?.accelerator === 'tcg')
    advised('Machines run in software on this target: this lab would take hours.');
  return missing;
}

const runtimeClass = (name: string): string => `node.k8s.io/RuntimeClass/${name}`;
/** What `served` is asked for: kinds, and objects of the cluster that have to be there. Pure. */
export const servedNeeds = ({ needs }: LabFile): string[] => [
  ...needs.kinds,
  ...needs.runtimeClasses.map(runtimeClass),
];

/** Which of the kinds (`group/Kind`; of the core group `Kind`) the target serves. Throws KubeError when it does not answer. */
export async function servedKinds(target: OpenTarget, needs: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const kinds = needs.filter((each) => !each.startsWith(runtimeClass('')));
  for (const each of needs.filter((one) => !kinds.includes(one)))
    try {
      await target.client.json('GET', `/apis/node.k8s.io/v1/runtimeclasses/${each.slice(runtimeClass('').length)}`);
      found.add(each);
    } catch (error) {
      // Who may not look at them is told when the target refuses the machine.
      if (error instanceof KubeError && error.code === 403) found.add(each);
      else if (!isNotFound(error)) throw error;
    }
  const groups = new Set(kinds.map(groupOf));
  for (const group of groups)
    try {
      const version = group === '' ? 'v1' : pickText(await target.client.json('GET', `/apis/${group}`), 'preferredVersion', 'version'); // prettier-ignore
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      for (const resource of pickList(await target.client.json('GET', path), 'resources')) {
        const kind = pickText(resource, 'kind');
        if (kind) found.add(group === '' ? kind : `${group}/${kind}`);
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  return new Set(needs.filter((each) => found.has(each)));
}
const groupOf = (kind: string): string => (kind.includes('/') ? kind.slice(0, kind.lastIndexOf('/')) : '');

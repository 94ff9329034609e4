import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EnginePaths } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { vmSpec } from '../spec.ts';
import type { VmiSpec, VmSpec } from '../spec.ts';
import { withLiveFields } from './live-fields.ts';

const fileOf = (paths: EnginePaths, vmiUid: string) => join(paths.machines, vmiUid, 'started-from.json');

interface StartedFrom {
  spec: VmiSpec;
  /** Matchers; records of older engines have the names only. */
  instancetype?: VmSpec['instancetype'] | string;
  preference?: VmSpec['preference'] | string;
}

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const startedFrom = (vm: Stored): StartedFrom => {
  const { template, instancetype, preference } = vmSpec(vm);
  return plain({ spec: template.spec ?? { domain: { devices: {} } }, instancetype, preference });
};

/** Notes what an instance was started from, to tell later whether the machine was changed since. */
export function noteStart(paths: EnginePaths, vm: Stored, vmiUid: string): void {
  const path = fileOf(paths, vmiUid);
  mkdirSync(join(paths.machines, vmiUid), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, JSON.stringify(startedFrom(vm)), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * KubeVirt's text when the template has changes that the running guest cannot take over; undefined when it has none.
 * `expand` writes type and preference out (undefined where that cannot be done); both sides are compared so.
 */
export function restartRequired(
  paths: EnginePaths,
  vm: Stored,
  vmiUid: string,
  expand: (vm: Stored) => VmiSpec | undefined,
): string | undefined {
  let before: StartedFrom;
  try {
    before = JSON.parse(readFileSync(fileOf(paths, vmiUid), 'utf8')) as StartedFrom;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return changed(before, vm, expand) ? 'a non-live-updatable field was changed in the template spec' : undefined;
}

function changed(before: StartedFrom, vm: Stored, expand: (vm: Stored) => VmiSpec | undefined): boolean {
  const now = startedFrom(vm);
  const spec = vmSpec(vm);
  const matcher = (was: StartedFrom['instancetype'], is: VmSpec['instancetype']) =>
    typeof was === 'string' ? (is ? { ...is, name: was } : { name: was }) : was;
  const then: VmSpec = { ...spec, template: { ...spec.template, spec: before.spec } };
  const [instancetype, preference] = [
    matcher(before.instancetype, spec.instancetype),
    matcher(before.preference, spec.preference),
  ];
  if (instancetype) then.instancetype = instancetype;
  else delete then.instancetype;
  if (preference) then.preference = preference;
  else delete then.preference;
  const [old, current] = [expand({ ...vm, spec: then as unknown as Record<string, unknown> }), expand(vm)];
  if (old && current) return !isDeepStrictEqual(plain(withLiveFields(old, current)), plain(current));
  // The type or preference of then is not there any more: all that can be compared is what was written.
  return !isDeepStrictEqual(plain({ ...before, spec: withLiveFields(before.spec, now.spec) }), now);
}

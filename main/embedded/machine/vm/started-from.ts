import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EnginePaths } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { vmSpec } from '../spec.ts';

const fileOf = (paths: EnginePaths, vmiUid: string) => join(paths.machines, vmiUid, 'started-from.json');

/** The part of a machine that a running guest cannot take over. */
const relevant = (vm: Stored): unknown => {
  const { template, instancetype, preference } = vmSpec(vm);
  // Scheduling has no meaning on one computer, and the grace period is read when it is needed.
  const {
    nodeSelector: _n,
    affinity: _a,
    tolerations: _t,
    terminationGracePeriodSeconds: _g,
    ...spec
  } = template.spec ?? {};
  return JSON.parse(
    JSON.stringify({ spec, instancetype: instancetype?.name, preference: preference?.name }),
  ) as unknown;
};

/** Notes what an instance was started from, to tell later whether the machine was changed since. */
export function noteStart(paths: EnginePaths, vm: Stored, vmiUid: string): void {
  const path = fileOf(paths, vmiUid);
  mkdirSync(join(paths.machines, vmiUid), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, JSON.stringify(relevant(vm)), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** KubeVirt's text when the running guest is no longer what the template says; undefined when it is. */
export function restartRequired(paths: EnginePaths, vm: Stored, vmiUid: string): string | undefined {
  let before: unknown;
  try {
    before = JSON.parse(readFileSync(fileOf(paths, vmiUid), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isDeepStrictEqual(before, relevant(vm))
    ? undefined
    : 'a non-live-updatable field was changed in the template spec';
}

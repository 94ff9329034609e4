import { expand, expandMachine } from '../../admission/instancetype.ts';
import type { EngineContext } from '../../kube/context.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { invalid } from '../../kube/status-error.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import type { VmiSpec } from '../spec.ts';

/** An instance's spec with instance type, preference and KubeVirt's defaults applied. Throws StatusError where they do not fit. */
export function expandedInstance(
  context: EngineContext,
  vm: Stored,
): { spec: VmiSpec; annotations: Record<string, string> } {
  const { spec, annotations, causes } = expand(vm, context.store, context.config);
  refuse(causes);
  return { spec, annotations };
}

/** The whole machine, written out. */
export function expandedMachine(context: EngineContext, vm: Stored): KubeObject {
  const expanded = expandMachine(vm, context.store, context.config);
  refuse(expanded.causes);
  return expanded.vm;
}

function refuse(causes: StatusCause[]): void {
  if (causes.length > 0) throw invalid(causes.map((cause) => cause.message).join(', '), causes);
}

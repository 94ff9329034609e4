import type { PreferenceSpec } from '../vm/shapes.ts';

/** How a preference wants vCPUs shown to the guest; its older words (`preferCores`) mean the same. Sockets by default. */
export const topologyPreference = (
  preference: PreferenceSpec | undefined,
): 'sockets' | 'cores' | 'threads' | 'spread' | 'any' => {
  const wanted = (preference?.cpu?.preferredCPUTopology ?? 'sockets').replace(/^prefer/, '').toLowerCase();
  return wanted === 'cores' || wanted === 'threads' || wanted === 'spread' || wanted === 'any' ? wanted : 'sockets';
};

/** Ratio and direction of a spread topology, with KubeVirt's defaults. */
export const spreadOptions = (preference: PreferenceSpec | undefined): { ratio: number; across: string } => {
  const options = preference?.cpu?.spreadOptions;
  return {
    ratio: options?.ratio ?? (preference?.preferSpreadSocketToCoreRatio || 2),
    across: options?.across ?? 'SocketsCores',
  };
};

/** Why vCPUs of a type cannot be spread as the preference wants, in KubeVirt's words. */
export const spreadProblem = (guest: number, preference: PreferenceSpec | undefined): string | undefined => {
  if (topologyPreference(preference) !== 'spread') return undefined;
  const { ratio, across } = spreadOptions(preference);
  const start = `${guest} vCPUs provided by the instance type are not divisible by the`;
  if (across === 'CoresThreads') return guest % ratio ? `${start} number of threads per core ${ratio}` : undefined;
  if (across === 'SocketsCoresThreads') {
    return guest % 2 || (guest / 2) % ratio
      ? `${start} number of threads per core 2 and Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of ${ratio}`
      : undefined;
  }
  return guest % ratio
    ? `${start} Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of ${ratio} provided by the preference`
    : undefined;
};

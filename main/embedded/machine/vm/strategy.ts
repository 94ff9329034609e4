export type RunStrategy = 'Always' | 'RerunOnFailure' | 'Manual' | 'Halted' | 'Once';

export interface ChangeRequest {
  action: string;
  uid?: string;
  data?: { [key: string]: string };
}
export interface InstanceView {
  uid: string;
  phase: string;
  deleting: boolean;
}

/** What the machine's owner wants now. */
export type Decision =
  | { do: 'nothing' }
  | { do: 'start'; paused: boolean }
  /** `again`: a start request is filed with the stop. */
  | { do: 'stop'; again: boolean }
  /** A start that was asked for on a Halted machine: the strategy becomes Always, and that starts it. */
  | { do: 'switchToAlways' };

const final = (vmi: InstanceView) => vmi.phase === 'Succeeded' || vmi.phase === 'Failed';

/** The strategy in force; `running` is its deprecated form. */
export function runStrategyOf(spec: { running?: boolean; runStrategy?: string }): RunStrategy {
  if (spec.running !== undefined) return spec.running ? 'Always' : 'Halted';
  return (spec.runStrategy ?? 'Halted') as RunStrategy;
}

/** Drops the first request where it has been done. */
export function trimRequests(requests: readonly ChangeRequest[], vmi: InstanceView | undefined): ChangeRequest[] {
  const [first, ...rest] = requests;
  if (!first) return [];
  const done =
    first.action === 'Stop' ? vmi?.uid !== first.uid || !vmi : vmi !== undefined && !vmi.deleting && !final(vmi);
  return done ? trimRequests(rest, vmi) : [...requests];
}

/**
 * KubeVirt's table of run strategies (pkg/virt-controller/watch/vm/vm.go, syncRunStrategy). `requests` are trimmed;
 * `lastStrategy` is what the status says was followed last. Pure.
 */
export function decide(
  strategy: RunStrategy,
  vmi: InstanceView | undefined,
  requests: readonly ChangeRequest[],
  lastStrategy: string | undefined,
): Decision {
  const [first] = requests;
  const stopAsked = vmi !== undefined && first?.action === 'Stop' && first.uid === vmi.uid;
  const startAsked = first?.action === 'Start';
  const start: Decision = { do: 'start', paused: startAsked && first?.data?.['paused'] === 'true' };
  const stop: Decision = { do: 'stop', again: false };
  const nothing: Decision = { do: 'nothing' };
  if (vmi?.deleting) return nothing;
  switch (strategy) {
    case 'Always':
      if (vmi) return stopAsked || final(vmi) ? stop : nothing;
      return start;
    case 'RerunOnFailure':
      if (vmi) return stopAsked || final(vmi) ? { do: 'stop', again: !stopAsked && vmi.phase === 'Failed' } : nothing;
      return startAsked || lastStrategy !== strategy ? start : nothing;
    case 'Manual':
      if (vmi) return stopAsked ? stop : nothing;
      return startAsked ? start : nothing;
    case 'Halted':
      if (vmi) return stop;
      return startAsked ? { do: 'switchToAlways' } : nothing;
    case 'Once':
      if (vmi) return stopAsked ? stop : nothing;
      return lastStrategy === strategy ? nothing : start;
  }
}

/** What is seen of k3s from outside the API: by the runner, at the place where it is installed. */
export interface PlaceObservation {
  /** Absent: there is no such unit, or nobody may ask. */
  readonly unit?: UnitFacts | undefined;
  /** Last lines of the unit's journal, oldest first; empty when they may not be read. */
  readonly journal: readonly string[];
}
export interface UnitFacts {
  /** ActiveState of systemd: active, activating, deactivating, failed, inactive. */
  readonly active: string;
  readonly sub: string;
  /** NRestarts. */
  readonly restarts: number;
  /** ExecMainStatus. */
  readonly exitStatus: number;
}

/** Reads `systemctl show k3s -p ActiveState,SubState,NRestarts,ExecMainStatus`; undefined for anything else. */
export function parseUnit(text: string): UnitFacts | undefined {
  const values = new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, Math.max(at, 0)), line.slice(at + 1).trim()];
    }),
  );
  const active = values.get('ActiveState');
  if (!active) return undefined;
  const number = (name: string): number => Number.parseInt(values.get(name) ?? '', 10) || 0;
  return {
    active,
    sub: values.get('SubState') ?? '',
    restarts: number('NRestarts'),
    exitStatus: number('ExecMainStatus'),
  };
}

/** A condition of any object. */
export interface ConditionFacts {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export interface UnitObservation {
  readonly place: PlaceObservation | undefined;
  /** Restarts when the climb began: more of them since then is a crash loop. */
  readonly restartsBefore: number;
}
export interface PortObservation {
  readonly address: string;
  readonly open: boolean;
  /** Code of the refused connection, e.g. ECONNREFUSED. */
  readonly error?: string | undefined;
}
export interface CaObservation {
  /** SHA-256 of the authority in the kubeconfig and of that which the server names at /cacerts. */
  readonly expected: string;
  readonly served?: string | undefined;
  /** The serving certificate. */
  readonly certificate?:
    { readonly names: readonly string[]; readonly notBefore: number; readonly notAfter: number } | undefined;
  readonly dialled: string;
  /** Milliseconds since the epoch, by the clock here. */
  readonly now: number;
  readonly error?: string | undefined;
}
export interface ReadyzObservation {
  /** 0: no answer. */
  readonly status: number;
  /** Body of /readyz?verbose, or the error. */
  readonly text: string;
}
export interface NodeObservation {
  readonly nodes: readonly {
    readonly name: string;
    /** It only runs pods: the appliance works on without it. */
    readonly agent: boolean;
    readonly conditions: readonly ConditionFacts[];
    readonly taints: readonly { readonly key: string; readonly effect: string }[];
  }[];
}
export interface WorkloadFacts {
  readonly name: string;
  readonly wanted: number;
  readonly available: number;
}
/** A container that does not run, in the words of its Pod. */
export interface PodTrouble {
  readonly pod: string;
  readonly reason: string;
  readonly message: string;
}
export interface CoreObservation {
  readonly deployments: readonly WorkloadFacts[];
  readonly pods: readonly PodTrouble[];
}
export interface PathsObservation {
  readonly metricsService: ConditionFacts | undefined;
  readonly dnsLog: readonly string[];
}
export interface StorageObservation {
  readonly classes: readonly {
    readonly name: string;
    readonly provisioner: string;
    readonly isDefault: boolean;
    readonly isVirtDefault: boolean;
    readonly binding: string;
  }[];
  /** Only where a pool was asked for. */
  readonly pool?:
    | {
        readonly storageClass: string;
        /** The driver is registered on a node. */
        readonly registered: boolean;
        readonly failed?: string | undefined;
        readonly pods: readonly PodTrouble[];
      }
    | undefined;
}
/** KubeVirt or CDI. */
export interface OperatorObservation {
  readonly found: boolean;
  readonly phase: string;
  readonly conditions: readonly ConditionFacts[];
  readonly observedVersion: string;
  readonly targetVersion: string;
  /** Further things that must hold; each in words, true when it does. */
  readonly besides: readonly { readonly what: string; readonly holds: boolean }[];
  readonly pods: readonly PodTrouble[];
}
export interface DevicesObservation {
  readonly accelerator: 'kvm' | 'tcg';
  readonly nodes: readonly {
    readonly name: string;
    readonly schedulable: boolean;
    /** Allocatable devices.kubevirt.io/*; absent ones are not registered. */
    readonly devices: { readonly kvm?: number; readonly tun?: number; readonly 'vhost-net'?: number };
  }[];
}
export interface SmokeObservation {
  readonly accelerator: 'kvm' | 'tcg';
  /** Of the node; the proof's code is for PCs. */
  readonly architecture: string;
  readonly phase: string;
  readonly conditions: readonly ConditionFacts[];
  readonly signSeen: boolean;
  readonly pods: readonly PodTrouble[];
}
export interface Observations {
  readonly unit: UnitObservation;
  readonly port: PortObservation;
  readonly ca: CaObservation;
  readonly readyz: ReadyzObservation;
  readonly node: NodeObservation;
  readonly core: CoreObservation;
  readonly paths: PathsObservation;
  readonly storage: StorageObservation;
  readonly kubevirt: OperatorObservation;
  readonly cdi: OperatorObservation;
  readonly devices: DevicesObservation;
  readonly smoke: SmokeObservation;
}

/** wait: not yet, but it may come. fail: waiting does not help. skipped: it does not apply here. */
export interface Verdict {
  readonly state: 'pass' | 'wait' | 'fail' | 'skipped';
  readonly detail: string;
  readonly cause?: string;
  readonly fix?: string;
}

import { readFileSync } from 'node:fs';

/** How it misbehaves: the file is read at each start, and every second while it runs. Tests write it. */
export interface Mode {
  /** It misbehaves at its start only as this release. */
  version?: string;
  /** Prints these lines to stderr and ends with `exitCode` (1 unless told) before it is ready. */
  exitAtStart?: string[];
  exitCode?: number;
  /** Is up, but never tells systemd that it is ready, and never opens its port. */
  neverReady?: boolean;
  /** Is ready, and ends with 1 after so many seconds; with `lines` in the journal. */
  crashAfter?: { seconds: number; lines: string[] };
  /** Names of /readyz checks that fail. */
  failingChecks?: string[];
  /** Makes certificates that ended yesterday; those that are there are made anew. */
  expiredCertificates?: boolean;
  /** Taints of the node, e.g. node.kubernetes.io/disk-pressure. */
  taints?: string[];
  /** The node does not get ready, with this message. */
  nodeNotReady?: string;
  /** Lines of the log of CoreDNS. */
  dnsLog?: string[];
  /** Pods whose image cannot be pulled: start of the pod's name -> message. */
  pullErrors?: Record<string, string>;
  /** Message of the metrics service, which is not available then. */
  metricsUnavailable?: string;
  /** What the first serial lines of a machine are, instead of the proof's. */
  console?: string;
  /** Machines stay in this phase. */
  machinePhase?: string;
  /** Operators never get their work done: `kubevirt`, `cdi`. */
  stuckOperators?: string[];
  /** Everything takes so many times longer. */
  slowness?: number;
  /** Lines for the journal, once, while it runs. */
  journal?: string[];
}

const file = process.env['K3S_STAND_IN'] ?? '/run/k3s-stand-in.json';

/** What is asked of it now; a file that is not there asks for nothing. */
export function mode(): Mode {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Mode;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return {};
    throw error;
  }
}

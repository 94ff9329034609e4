import type { PlanFacts } from '../facts.ts';
import { serverConfig } from '../files/config.ts';
import { nameServers } from '../files/resolv.ts';
import { rungs } from './rungs.ts';
import type { ClusterStep, Plan, RootStep } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';
import { shortWords } from '../words.ts';
import { configFiles, handover, serviceEnvironment, startSteps, step } from './steps.ts';

/** Starts what was stopped; virtual machines come back by their own run strategy. */
export const startPlan = (uid: number): Plan =>
  plan('start', [...startSteps('server'), handover(uid)], rungs('port', 'readyz', 'node', 'core', 'kubevirt', 'cdi'), {
    summary: 'Start the appliance and wait until virtual machines can run.',
    seconds: 120,
  });

/** Stops k3s and ends everything in it: virtual machines that still run are cut off, so they are shut down before. */
export const stopPlan = (): Plan =>
  plan(
    'stop',
    [
      step('k3s-stop', 'Stop k3s', { kind: 'stop', unit: 'k3s' }),
      step('kill-pods', 'End containers and virtual machines that are left', { kind: 'kill-pods' }),
    ],
    [],
    {
      summary: 'Stop the appliance. It starts again with the computer, or when you start it.',
      seconds: 30,
      notes: [{ tone: 'warning', text: 'Virtual machines that still run then are ended as by pulling the plug.' }],
    },
  );

/** k3s alone; pods and virtual machines run on meanwhile. */
export const restartPlan = (uid: number): Plan =>
  plan('restart', [...startSteps('server', 'restart'), handover(uid)], rungs('port', 'readyz', 'node', 'core'), {
    summary: 'Restart k3s. Virtual machines run on.',
    seconds: 60,
  });

/**
 * k3s renews certificates that expired or soon will (90 days, more in newer releases) whenever it starts, its kubeconfig
 * among them (https://docs.k3s.io/cli/certificate): so a restart and a new copy are all it takes.
 */
export const renewCertificatesPlan = (uid: number): Plan =>
  plan(
    'renew-certificates',
    [...startSteps('server', 'restart'), handover(uid)],
    rungs('port', 'ca', 'readyz', 'node'),
    {
      summary: 'Restart k3s, which renews its certificates, and hand the new kubeconfig over. Virtual machines run on.',
      seconds: 60,
    },
  );

/** After a change of network: name servers and addresses are written anew, and k3s and its name service read them. */
export function refreshNetworkPlan(settings: ApplianceSettings, facts: PlanFacts): Plan {
  const servers = nameServers(settings, facts);
  // The name service reads its servers when its pod starts; the changed note makes the Deployment replace the pod.
  const nameService: ClusterStep = {
    id: 'name-service',
    title: 'Let the name service read them',
    action: {
      kind: 'apply',
      objects: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'coredns', namespace: 'kube-system' },
          spec: { template: { metadata: { annotations: { 'hearth.local/name-servers': servers.join(',') } } } },
        },
      ],
    },
  };
  return plan(
    'refresh-network',
    [
      ...configFiles(serverConfig(settings, facts), settings, facts),
      ...(settings.proxy ? [serviceEnvironment('server', settings, facts)] : []),
      ...startSteps('server', 'restart'),
      handover(facts.uid),
    ],
    [...rungs('port', 'ca', 'readyz', 'node'), nameService, ...rungs('core', 'paths')],
    {
      summary: `Give pods the name servers of the network this computer is in now${servers.length > 0 ? ` (${servers.join(', ')})` : ''}. Virtual machines run on.`,
      seconds: 90,
      ...(servers.length === 0 && {
        notes: [{ tone: 'warning' as const, text: 'No name server is known here: pods will ask 8.8.8.8.' }],
      }),
    },
  );
}

/** A token that another machine may join with, for that long. */
export const tokenPlan = (hours: number): Plan =>
  plan('token', [step('token', 'Make a token for joining', { kind: 'token', hours })], [], {
    summary: `Make a token that another machine may join with for ${hours} hour${hours === 1 ? '' : 's'}.`,
    seconds: 5,
  });

const plan = (
  purpose: string,
  root: readonly RootStep[],
  cluster: readonly ClusterStep[],
  words: Parameters<typeof shortWords>[1],
): Plan => ({ purpose, downloads: [], root, cluster, words: shortWords(root, words) });

import { k3sDownloads } from '../downloads.ts';
import type { PlanFacts } from '../facts.ts';
import { agentConfig } from '../files/config.ts';
import { imageDownloads } from '../images.ts';
import { overlaps, parseCidr } from '../net.ts';
import { paths } from '../paths.ts';
import type { Plan, RootStep } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';
import { joinWords, shortWords } from '../words.ts';
import { configFiles, file, firewallSteps, folderSteps, k3sFiles, kernelSteps, labImages, startSteps, step, text } from './steps.ts'; // prettier-ignore

export interface JoinChoice {
  /** https://ADDRESS:6443 of the appliance. */
  readonly server: string;
  /** As the appliance gave it out; for joining only. */
  readonly token: string;
  /** Settings of this machine: its own name and address, mode lan, the appliance's versions and ranges. */
  readonly settings: ApplianceSettings;
  readonly facts: PlanFacts;
}

/** What is wrong with a server or token: field -> message; empty: nothing. */
export function checkJoin({ server, token, settings }: Omit<JoinChoice, 'facts'>): Record<string, string> {
  const found: Record<string, string> = {};
  if (!/^https:\/\/[A-Za-z0-9.-]+:\d{1,5}$/.test(server) || !URL.canParse(server))
    found['server'] = 'The address of the appliance, like https://192.168.1.20:6443.';
  if (/::server:/.test(token))
    found['token'] = "This is the server's own token, which is the key to everything; make one for joining.";
  else if (!/^[A-Za-z0-9.:_-]{16,512}$/.test(token))
    found['token'] = 'The token as the appliance shows it, without spaces.';
  if (settings.mode !== 'lan') found['mode'] = 'A machine joins with the address that it has on the LAN.';
  return found;
}

/**
 * The address of this machine that the server is reached from: on the same network, else where a route or the default route
 * leads. A server told by name is taken to be where the default route leads. Undefined: there is no way to it.
 */
export function addressTowards(
  server: string,
  facts: Pick<PlanFacts, 'addresses' | 'defaultRoute' | 'routes'>,
): string | undefined {
  const own = facts.addresses.filter(({ interface: on }) => on !== 'lo');
  const to = URL.canParse(server) ? parseCidr(new URL(server).hostname) : undefined;
  const ways = to
    ? [
        ...own.map(({ address, prefix }) => ({ range: parseCidr(`${address}/${prefix}`), address })),
        ...facts.routes.map(({ destination, interface: on }) => ({
          range: parseCidr(destination),
          address: own.find((each) => each.interface === on)?.address,
        })),
      ]
    : [];
  const fitting = ways.filter(({ range, address }) => to && range && address !== undefined && overlaps(range, to));
  const closest = fitting.sort((a, b) => (b.range?.bits ?? 0) - (a.range?.bits ?? 0))[0];
  return closest?.address ?? own.find(({ interface: on }) => on === facts.defaultRoute?.interface)?.address;
}

/** A further machine for an appliance: k3s as an agent. It has no kubeconfig; the appliance's tells how it does. */
export function joinPlan(choice: JoinChoice): Plan {
  const refused = Object.values(checkJoin(choice))[0];
  if (refused !== undefined) throw new RangeError(refused);
  const { server, token, settings, facts } = choice;
  const root: RootStep[] = [
    ...kernelSteps(settings, facts),
    ...folderSteps(settings, facts),
    ...firewallSteps(settings, facts),
    file('join-token', 'Write the token for joining', paths.joinToken, '0600', text(`${token}\n`)),
    ...k3sFiles('agent', agentConfig(server, settings, facts), settings, facts),
    ...labImages(settings.versions, facts),
    step('k3s-agent-enable', 'Start k3s at every boot', { kind: 'enable', unit: 'k3s-agent' }),
    ...startSteps('agent'),
  ];
  const downloads = [
    ...k3sDownloads(settings.versions.k3s, facts.arch),
    ...imageDownloads('kubevirt', settings.versions.kubevirt, facts.arch),
    ...imageDownloads('cdi', settings.versions.cdi, facts.arch),
  ];
  const plan = { purpose: 'join', downloads, root, cluster: [] };
  return { ...plan, words: joinWords(plan, server, settings, facts) };
}

/** A machine that joined before has another address: its k3s is told, and goes on with the certificates it has. */
export function moveNodePlan({ server, settings, facts }: Omit<JoinChoice, 'token'>): Plan {
  const root: RootStep[] = [
    ...configFiles(agentConfig(server, settings, facts), settings, facts),
    ...startSteps('agent', 'restart'),
  ];
  return {
    purpose: 'move-node',
    downloads: [],
    root,
    cluster: [],
    words: shortWords(root, {
      summary: `Tell k3s that this machine has the address ${settings.address ?? ''} now. Virtual machines run on.`,
      seconds: 60,
    }),
  };
}

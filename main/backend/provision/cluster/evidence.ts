import type { PlaceObservation } from '../../../../provisioning/ladder/observations.ts';
import type { SourceLine } from '../../../../provisioning/failures/failure.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import type { KubeClient } from '../../target/client.ts';
import { kinds } from '../../target/kinds.ts';
import { pickList, pickNumber, pickText } from '../../target/pick.ts';
import { allOf, podLog } from './observe-cluster.ts';

/** Events older than this tell of something else. */
const recentMs = 30 * 60_000;
/** Pods whose logs are read: those that do not run, a few of them. */
const mostPods = 8;
const namespaces = ['kube-system', 'kubevirt', 'cdi', 'hearth-images', 'topolvm-system', 'local-path-storage'];

/** What there is to read about why something does not come up: journal, warnings, logs of pods that fail. Never throws but for an abort. */
export async function gatherEvidence(
  client: KubeClient,
  place: PlaceObservation | undefined,
  signal: AbortSignal,
): Promise<SourceLine[]> {
  const lines: SourceLine[] = (place?.journal ?? []).map((text) => ({ source: 'journal', text }));
  const quietly = async (work: () => Promise<SourceLine[]>): Promise<void> => {
    try {
      lines.push(...(await work()));
    } catch (error) {
      // The API may be what does not come up: then the journal has to do.
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
    }
  };
  await quietly(() => warnings(client, signal));
  await quietly(() => failingLogs(client, signal));
  return lines;
}

export async function warnings(client: KubeClient, signal: AbortSignal): Promise<SourceLine[]> {
  const events = await allOf(client, kinds.events, signal);
  const since = Date.now() - recentMs;
  return events
    .filter((event) => pickText(event, 'type') === 'Warning' && timeOf(event) > since)
    .sort((one, other) => timeOf(one) - timeOf(other))
    .map((event) => {
      const object = `${pickText(event, 'involvedObject', 'kind') ?? ''} ${pickText(event, 'involvedObject', 'name') ?? ''}`;
      return {
        source: 'event',
        text: `${object}: ${pickText(event, 'reason') ?? ''}: ${pickText(event, 'message') ?? ''}`,
      };
    });
}
const timeOf = (event: KubeObject): number =>
  Date.parse(
    pickText(event, 'lastTimestamp') ?? pickText(event, 'eventTime') ?? event.metadata.creationTimestamp ?? '',
  ) || 0;

async function failingLogs(client: KubeClient, signal: AbortSignal): Promise<SourceLine[]> {
  const pods = (await Promise.all(namespaces.map((namespace) => allOf(client, kinds.pods, signal, namespace)))).flat();
  const failing = pods.flatMap((pod) => {
    const container = [
      ...pickList(pod, 'status', 'initContainerStatuses'),
      ...pickList(pod, 'status', 'containerStatuses'),
    ].find((each) => each['ready'] !== true && pickText(each, 'state', 'terminated', 'reason') !== 'Completed');
    return container ? [{ pod, container }] : [];
  });
  const logs = await Promise.all(
    failing.slice(0, mostPods).map(({ pod, container }) =>
      podLog(
        client,
        pod,
        {
          container: pickText(container, 'name') ?? '',
          // Between two tries the container has no log of its own: that of the last try tells.
          previous: (pickNumber(container, 'restartCount') ?? 0) > 0,
        },
        signal,
      ),
    ),
  );
  return logs.flat().map((text) => ({ source: 'podlog', text }));
}

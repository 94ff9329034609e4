import { pickNumber, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { asAsked, conditionOf, eventsOf, eventTime, failures, isOver, nameOf, phaseOf, said, statusOf, strategyOf } from '../sources.ts'; // prettier-ignore
import type { WhySources } from '../sources.ts';

const instance = ({ vm }: WhySources): string => `VirtualMachineInstance ${nameOf(vm)}`;

export const deleting = cause({
  id: 'deleting',
  title: 'It is being deleted',
  tone: 'wait',
  evidence: ({ vm }) => vm.metadata.deletionTimestamp,
  explain: (since, { vm }) => ({
    steps: vm.metadata.finalizers?.length
      ? [{ object: `VirtualMachine ${nameOf(vm)}`, says: 'It waits for what belongs to it.' }]
      : [],
    cures: [],
    since,
  }),
});

export const crashLoop = cause({
  id: 'crash-loop',
  title: 'It fails each time it starts',
  evidence: ({ vm }) => (statusOf(vm) === 'CrashLoopBackOff' ? vm : undefined),
  explain(vm, sources) {
    const count = pickNumber(vm, 'status', 'startFailure', 'consecutiveFailCount');
    const retry = pickText(vm, 'status', 'startFailure', 'retryAfterTimestamp');
    const why = failures(sources).at(-1);
    return {
      steps: [
        ...(why ? [{ object: instance(sources), says: why }] : []),
        { object: `VirtualMachine ${nameOf(vm)}`, says: `It failed ${count ?? 'several'} times in a row${retry ? `; the next try is at ${retry}` : ''}.` },
      ],
      cures: [
        { label: 'Stop trying', action: { type: 'power', action: 'stop' } },
        page('Look at the console', machinePage(sources, 'console')),
        page('Look at the events', machinePage(sources, 'events')),
      ],
    }; // prettier-ignore
  },
});

export const pullFailed = cause({
  id: 'pull-failed',
  title: 'Its container image cannot be fetched',
  evidence(sources) {
    if (!['ErrImagePull', 'ImagePullBackOff'].includes(statusOf(sources.vm))) return undefined;
    const event = eventsOf(sources).find((each) => /pull/i.test(`${pickText(each, 'reason')} ${pickText(each, 'message')}`) && pickText(each, 'type') === 'Warning'); // prettier-ignore
    return pickText(event, 'message') ?? failures(sources)[0] ?? said(conditionOf(sources.vmi, 'Ready')) ?? 'The registry does not have it, asks for a password, or cannot be reached.'; // prettier-ignore
  },
  explain: (says, sources) => ({
    steps: [{ object: instance(sources), says }],
    cures: [
      page('Change the manifest', machinePage(sources, 'yaml')),
      page('Look at the events', machinePage(sources, 'events')),
    ],
  }),
});

export const typeMissing = cause({
  id: 'type-missing',
  title: 'Its instance type or preference is missing',
  evidence: (sources) =>
    asAsked(sources) ? undefined : failures(sources).find((text) => /instancetype|preference/i.test(text) && /not found|does not exist/i.test(text)), // prettier-ignore
  explain: (says, sources) => ({
    steps: [{ object: `VirtualMachine ${nameOf(sources.vm)}`, says }],
    cures: [page('Change its size', machinePage(sources, 'hardware')), page('Instance types', '/templates/types')],
  }),
});

export const paused = cause({
  id: 'paused',
  title: 'It is paused',
  tone: 'note',
  evidence: ({ vm, vmi }) => {
    const found = conditionOf(vmi, 'Paused');
    if (statusOf(vm) !== 'Paused' || pickText(found, 'reason') === 'PausedIOError') return undefined;
    return found ?? {};
  },
  explain: (found, sources) => ({
    steps: [
      { object: instance(sources), says: pickText(found, 'reason') === 'PausedByUser' ? 'Somebody paused it.' : (said(found) ?? 'It was paused.') }, // prettier-ignore
    ],
    cures: [{ label: 'Resume', action: { type: 'power', action: 'unpause' } }],
    since: pickText(found, 'lastTransitionTime'),
  }),
});

/** It should run, nothing is wrong that anybody tells of, and it does not. */
export const shouldRun = cause({
  id: 'should-run',
  title: 'It should run and does not',
  evidence: ({ vm, vmi }) => (statusOf(vm) === 'Stopped' && !asAsked({ vm, vmi }) ? vm : undefined),
  explain: (_vm, sources) => ({
    steps: [
      { object: instance(sources), says: sources.vmi ? `Its last run is over (${phaseOf(sources.vmi)}).` : 'There is none, and nobody says why.' }, // prettier-ignore
    ],
    cures: [
      // With the run strategy Always the target refuses a start: a restart is not refused.
      ...(strategyOf(sources.vm) === 'Always' ? [] : [{ label: 'Start it', action: { type: 'power' as const, action: 'start' as const } }]), // prettier-ignore
      page('Look at the events', machinePage(sources, 'events')),
    ],
  }),
});

export const restartRequired = cause({
  id: 'restart-required',
  title: 'A change waits for a restart',
  tone: 'note',
  evidence: ({ vm, vmi }) => {
    const found = conditionOf(vm, 'RestartRequired');
    return found?.['status'] === 'True' && vmi && !isOver(vmi) ? found : undefined;
  },
  explain: (found, { vm }) => ({
    steps: [{ object: `VirtualMachine ${nameOf(vm)}`, says: `${(said(found) ?? 'The manifest changed').replace(/\.$/, '')}.` }],
    cures: [{ label: 'Restart', asks: 'Its guest is restarted.', action: { type: 'power', action: 'restart' } }],
    since: pickText(found, 'lastTransitionTime'),
  }),
}); // prettier-ignore

const coming = ['Starting', 'WaitingForReceiver', 'WaitingForVolumeBinding', 'Provisioning'];
/** Milliseconds after which a start is no ordinary one. */
const patience = 120_000;

export const starting = cause({
  id: 'starting',
  title: 'It is starting',
  tone: 'wait',
  // Just made: nobody has looked at it yet.
  evidence: ({ vm }) => (coming.includes(statusOf(vm)) || !pickText(vm, 'status', 'printableStatus') ? vm : undefined),
  explain(_vm, sources) {
    const since = sources.vmi?.metadata.creationTimestamp;
    const [event] = eventsOf(sources);
    const late =
      since !== undefined && event !== undefined && Date.parse(eventTime(event)) - Date.parse(since) > patience;
    return {
      steps: [
        { object: instance(sources), says: sources.vmi ? `It is in the phase ${phaseOf(sources.vmi) || 'Pending'}.` : 'It is about to be made.' },
        ...lastEvents(sources, 1),
      ],
      cures: late ? [page('Look at the events', machinePage(sources, 'events'))] : [],
      since,
    }; // prettier-ignore
  },
});

export const stopping = cause({
  id: 'stopping',
  title: 'It is stopping',
  tone: 'wait',
  evidence: ({ vm }) => (['Stopping', 'Terminating'].includes(statusOf(vm)) ? vm : undefined),
  explain: (_vm, sources) => ({
    steps: [{ object: instance(sources), says: 'Its guest was asked to shut down; it has some time for that.' }],
    cures: [
      {
        label: 'Turn off at once',
        asks: 'The guest is cut off, as by a power failure.',
        action: { type: 'power', action: 'forceStop' },
      },
    ],
    since: sources.vmi?.metadata.deletionTimestamp,
  }),
});

export const moving = cause({
  id: 'moving',
  title: 'It is moving to another node',
  tone: 'wait',
  evidence: ({ vm }) => (statusOf(vm) === 'Migrating' ? vm : undefined),
  explain: (_vm, sources) => ({
    steps: [
      {
        object: instance(sources),
        says: `From ${pickText(sources.vmi, 'status', 'migrationState', 'sourceNode') ?? 'its node'} to ${pickText(sources.vmi, 'status', 'migrationState', 'targetNode') ?? 'another one'}; it runs on meanwhile.`,
      },
    ],
    cures: [],
    since: pickText(sources.vmi, 'status', 'migrationState', 'startTimestamp'),
  }),
});

const lastEvents = (sources: WhySources, most: number): { object: string; says: string }[] =>
  eventsOf(sources)
    .slice(0, most)
    .map((event) => ({
      object: `${pickText(event, 'involvedObject', 'kind') ?? 'Object'} ${pickText(event, 'involvedObject', 'name') ?? ''}`,
      says: `${pickText(event, 'reason') ?? 'Event'}: ${pickText(event, 'message') ?? ''}`,
    }));

/** Nobody's text is known: what is known is said, and where to look. */
export const unknown = cause({
  id: 'unknown',
  title: 'The reason is not known',
  tone: 'warning',
  evidence: (sources) => (asAsked(sources) ? undefined : sources),
  explain(_all, sources) {
    const conditions = [conditionOf(sources.vmi, 'Synchronized'), conditionOf(sources.vmi, 'PodScheduled'), conditionOf(sources.vmi, 'Ready'), conditionOf(sources.vm, 'Ready')]; // prettier-ignore
    const telling = conditions.find((each) => each?.['status'] === 'False' && said(each) !== undefined);
    const events = lastEvents(sources, 3);
    return {
      steps: [
        ...(telling ? [{ object: instance(sources), says: said(telling) ?? '' }] : []),
        ...(events.length > 0 ? events : [{ object: 'Events', says: 'There are none that tell more.' }]),
      ],
      cures: [
        page('Look at the events', machinePage(sources, 'events')),
        page('Look at the console', machinePage(sources, 'console')),
        page('Look at the manifest', machinePage(sources, 'yaml')),
      ],
    };
  },
});

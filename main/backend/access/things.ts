import type { Thing } from '../../contract/access.ts';

type Input = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const record = (value: unknown): Input => (typeof value === 'object' && value !== null ? (value as Input) : {});

/** Of a machine in the namespace of a lab: that lab; nothing for others. */
export function labOf(namespace: unknown, target: string): string | undefined {
  const [, lab] = /^lab-(.+)$/.exec(text(namespace)) ?? [];
  return lab === undefined ? undefined : `lab ${target}/${lab}`;
}

/**
 * What a call is about, as owners are kept; `undefined` among them is what nobody can have as one's own. Empty: the call names
 * nothing of the kind, which is nobody's either. Pure.
 */
export function thingsOf(of: Thing, input: unknown, target: string): (string | undefined)[] {
  const given = record(input);
  switch (of) {
    case 'machine': {
      if (Array.isArray(given['machines']))
        return given['machines'].map((each) => labOf(record(each)['namespace'], target));
      return [labOf(given['namespace'], target)];
    }
    case 'lab':
    case 'new lab':
      return [`lab ${target}/${text(given['lab'])}`];
    case 'recording':
      return [`recording ${text(given['name'])}`];
    case 'task':
      return [`task ${text(given['id'])}`];
  }
}

/** What changes hands by a call that went well. */
export interface Handover {
  /** Whose it becomes that made the call. */
  taken: string[];
  /** Nobody's any more. */
  gone: string[];
  /** Under another name the same owner's. */
  moved?: { from: string; to: string };
}
/** The lab of `labs.start` is not among them: it is taken before it is started. Pure. */
export function handover(procedure: string, input: unknown, value: unknown, target: string): Handover {
  const given = record(input);
  const answer = record(value);
  const task = text(answer['taskId']);
  const taken = task === '' ? [] : [`task ${task}`];
  const recording = `recording ${text(given['name'])}`;
  switch (procedure) {
    case 'labs.end':
      return { taken, gone: [`lab ${target}/${text(given['lab'])}`] };
    case 'recordings.start':
    case 'recordings.restore':
      return { taken: [...taken, `recording ${text(answer['name'])}`], gone: [] };
    case 'recordings.rename':
      return { taken, gone: [], moved: { from: recording, to: `recording ${text(given['to'])}` } };
    case 'recordings.remove':
      return { taken, gone: [recording] };
    default:
      return { taken, gone: [] };
  }
}

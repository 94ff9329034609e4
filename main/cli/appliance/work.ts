import type { Appliance, Place } from '../../contract/appliance.ts';
import { defaultDataDir } from '../../backend/paths.ts';
import { follow } from './follow.ts';
import { pickAppliance } from './pick.ts';
import { firstLine } from './ask.ts';
import { placeOptions, readPlace } from './place.ts';
import type { PlaceValues } from './place.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';

export const workOptions = { ...placeOptions, appliance: { type: 'string' } } as const;
export const workHelp = `  --appliance NAME        which one, where there are several
  --ssh USER@HOST[:PORT]  how to reach it, for one on another machine (agent, or --key FILE)
  --key FILE, --host-key SHA256:...
  --password-stdin        the administrator's password comes as the first line of stdin
  --yes                   do not ask
  --json                  one JSON object a line on stdout
  --data-dir DIR          where Hearth keeps its things (default: $HEARTH_DATA_DIR, else the XDG data folder)
`;
export interface WorkValues extends PlaceValues {
  appliance?: string | undefined;
  'data-dir'?: string | undefined;
  json: boolean;
}
/** The appliance, and what every work on it needs: its place and the password. */
export interface Work {
  session: Session;
  appliance: Appliance;
  on: { id: string; place?: Place; sudo?: string };
  context: { signal: AbortSignal };
  /** Tells a task to its end; the exit code. */
  readonly follow: (started: { taskId: string }) => Promise<number>;
}

/** Opens the session, finds the appliance, runs the work and closes everything. */
export async function onAppliance(values: WorkValues, work: (at: Work) => Promise<number>): Promise<number> {
  const session = await openSession(values['data-dir'] ?? defaultDataDir());
  try {
    const appliance = await pickAppliance(session, values.appliance);
    const place = values.ssh === undefined ? undefined : await readPlace(session, values);
    const sudo = values['password-stdin'] ? await firstLine('the password') : undefined;
    return await work({
      session,
      appliance,
      on: { id: appliance.id, ...(place && { place }), ...(sudo !== undefined && { sudo }) },
      context: { signal: new AbortController().signal },
      follow: ({ taskId }) => follow(session, taskId, values),
    });
  } finally {
    await session.close();
  }
}

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AccessState } from '../../contract/access.ts';
import type { Role } from '../../contract/roles.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { doorRows, leastRole } from '../../contract/permissions.ts';
import type { Door } from '../../contract/permissions.ts';
import { reaches } from '../../contract/roles.ts';
import type { Problem } from '../../contract/problem.ts';
import type { KubeClient } from '../target/client.ts';
import { openSessions } from '../carrier/sessions.ts';
import type { Sessions } from '../carrier/sessions.ts';
import { writeFileAtomic } from '../json-file.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import type { Undos } from '../undo/undo.ts';
import type { DataPaths } from '../paths.ts';
import { createLiveValue } from '../target/live-value.ts';
import { allowed } from './allowed.ts';
import { openCertificate } from './certificate.ts';
import { createAccessHandlers } from './handlers.ts';
import type { Person } from './handlers.ts';
import { createAdmission } from './admit.ts';
import { openOwners } from './owners.ts';
import { accessPlaces } from './places.ts';
import { roleRefused, signedOut } from './problems.ts';
import { labOf } from './things.ts';
import { createSignInDoor } from './sign-in.ts';
import type { SignInDoor } from './sign-in.ts';
import { openQuotas } from './quotas.ts';
import { openUsers } from './users.ts';
import type { Users } from './users.ts';

const hour = 3_600_000;
/** A session that nobody used for so long, or that is so old, is over. */
const idleMs = 12 * hour;
const lifeMs = 7 * 24 * hour;

/** What a served network needs of it. */
export interface Opened {
  readonly door: SignInDoor;
  readonly tls: { cert: string; key: string; fingerprint: string };
  /** Who a living session is; undefined: it is over. */
  person(secret: string): { id: string; name: string; role: Role } | undefined;
  may(secret: string, door: Door): Problem | undefined;
}
export interface Access {
  /** The handlers as somebody may use them; without a secret: whoever sits at this computer. */
  allow(handlers: ContractHandlers, secret: string | undefined): ContractHandlers;
  handlers(secret: string | undefined): ContractHandlers['access'];
  /** Who a secret is; undefined without one, and where its session is over. */
  person: Opened['person'];
  /** For `hearth serve --lan`. `names`: that it is reached by, beside its own. */
  open(options: {
    names: readonly string[];
    tell: Parameters<typeof createSignInDoor>[0]['tell'];
    /** Where others reach it, as pages show it. */
    lan: () => AccessState['lan'];
    /** Called whenever sessions may be over, or roles others. */
    ended: () => void;
  }): Promise<Opened>;
  close(): void;
}

/** Who uses this Hearth over the network, and what they may. Composition. */
export async function openAccess(parts: {
  paths: DataPaths;
  /** The current one. */
  target: () => { id: string; client: KubeClient };
  undos: Undos;
  log: Log;
}): Promise<Access> {
  const log = parts.log.child({ part: 'access' });
  const places = accessPlaces(parts.paths);
  await privateFolder(places.root);
  const owners = await openOwners(places.owners, log);
  const quotas = await openQuotas(places.quotas, log);
  const changed = createLiveValue(0);
  const bump = (): void => changed.set(changed.value + 1);
  owners.onChange(bump);
  let ended = (): void => undefined;
  let lan: () => AccessState['lan'] = () => undefined;
  let sessions: Sessions | undefined;
  let door: SignInDoor | undefined;
  let opening: Promise<Users> | undefined;
  const tellEnded = (): void => {
    bump();
    ended();
  };
  const users = (): Promise<Users> => {
    opening ??= openUsers({ file: places.users, log }).then((opened) => {
      opened.onChange(tellEnded);
      return opened;
    });
    opening.catch(() => (opening = undefined)); // whoever asked has the error; the next one tries again
    return opening;
  };
  const person: Access['person'] = (secret) => {
    const found = door?.who(secret, false)?.user;
    return found && { id: found.id, name: found.name, role: found.role };
  };
  /** Every call of a page counts as use of its session. */
  const acting = (secret: string): { id: string; name: string; role: Role } => {
    const found = door?.who(secret, true)?.user;
    if (!found) throw signedOut();
    return found;
  };
  const labOwnerAt = (at: string) => (namespace: string) => owners.of(labOf(namespace, at) ?? '');
  const admissions = new Map<string, ReturnType<typeof createAdmission>>();
  /** One a target: a person's turns there come one after the other. */
  const admissionAt = (at: string): ReturnType<typeof createAdmission> => {
    const found = admissions.get(at) ?? createAdmission({
      any: () => quotas.any(),
      labOwner: labOwnerAt(at),
      async limits(id) {
        const user = (await users()).byId(id);
        return user && { name: user.name, limits: quotas.of(user) };
      },
    }); // prettier-ignore
    admissions.set(at, found);
    return found;
  };
  const handlersOf = createAccessHandlers({ users, quotas, target: parts.target, labOwnerAt, sessions: () => sessions, owners, undos: parts.undos, lan: () => lan(), changed, ended: tellEnded }); // prettier-ignore

  return {
    person,
    allow: (handlers, secret) =>
      allowed(handlers, {
        actor: () => (secret === undefined ? undefined : acting(secret)),
        owners,
        target: () => parts.target().id,
        admission: (user, at) => admissionAt(at)(user),
      }),
    handlers(secret) {
      if (secret === undefined) return handlersOf(undefined);
      const who: Person = { id: person(secret)?.id ?? '', secret };
      return handlersOf(who);
    },
    async open(options) {
      const tls = await openCertificate(places, options.names);
      const people = await users();
      const opened = await openSessions({ file: places.sessions, idleMs, lifeMs, log });
      const key = await keptKey(places.deviceKey);
      const made = createSignInDoor({
        users: people,
        sessions: opened,
        key,
        tell(what, name, address) {
          options.tell(what, name, address);
          bump();
        },
      });
      ({ ended, lan } = options);
      sessions = opened;
      door = made;
      return {
        door: made,
        tls,
        person,
        may(secret, behind) {
          const row = doorRows[behind];
          const user = made.who(secret, true)?.user;
          if (!user) return signedOut().problem;
          return reaches(user.role, leastRole(row)) ? undefined : roleRefused(user, row, 'role').problem;
        },
      };
    },
    close() {
      void opening?.then((opened) => opened.close()).catch(() => undefined); // it never opened
    },
  };
}

async function keptKey(path: string): Promise<Buffer> {
  const kept = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept?.length === 32) return kept;
  const made = randomBytes(32);
  await writeFileAtomic(path, made);
  return made;
}

import type { Thing } from '../../contract/access.ts';
import type { Role } from '../../contract/roles.ts';
import { reaches } from '../../contract/roles.ts';
import { contract } from '../../contract/contract.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { permissions } from '../../contract/permission-rows.ts';
import type { PermissionId, ProcedurePath } from '../../contract/permission-rows.ts';
import { leastRole, ownOnly } from '../../contract/permissions.ts';
import type { Handlers, RequestContext, Router } from '../../contract/procedure.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import { acting } from '../target/acting.ts';
import type { Acting } from '../target/acting.ts';
import type { Owners } from './owners.ts';
import { theComputer } from './owners.ts';
import { roleRefused } from './problems.ts';
import { handover, thingsOf } from './things.ts';
import { reachesComputer, rowsOf } from './variants.ts';

/** Whose calls these are. Throws where the session is over; undefined: whoever sits at this computer, who may everything. */
export type Actor = () => { id: string; name: string; role: Role } | undefined;
export interface AllowedParts {
  actor: Actor;
  owners: Owners;
  /** Id of the target that calls go to now. */
  target: () => string;
  /** What stands before what is made; `at`: the target that it is made on. */
  admission: (user: { id: string; role: Role } | undefined, at: string) => Pick<Acting, 'admit' | 'foresee' | 'own'>;
}

/**
 * The same handlers, where every call, stream and pipe is looked up in the permissions first. It is asked with each of them
 * who it is, so that another role counts from the next call on.
 */
export function allowed(handlers: ContractHandlers, parts: AllowedParts): ContractHandlers {
  const guard = createGuard(handlers, parts);
  return around(contract, handlers, guard) as ContractHandlers;
}

type Guard = (type: string, procedure: ProcedurePath, input: unknown, run: () => unknown) => unknown;

function around(contract: Router, handlers: Handlers<Router>, guard: Guard, prefix = ''): Handlers<Router> {
  const result: Record<string, unknown> = {};
  for (const [name, node] of Object.entries(contract)) {
    const own = (handlers as Record<string, unknown>)[name];
    // Labs have a procedure of the name `type`.
    const { type } = node as { type?: unknown };
    const procedure = prefix + name;
    result[name] =
      typeof own === 'function' && typeof type === 'string'
        ? (input: unknown, context: unknown) =>
            guard(type, procedure as ProcedurePath, input, () => own.call(handlers, input, context) as unknown)
        : around(node as Router, own as Handlers<Router>, guard, `${procedure}.`);
  }
  return result as Handlers<Router>;
}

function createGuard(handlers: ContractHandlers, { actor, owners, target, admission }: AllowedParts): Guard {
  /** Throws where this user may not. Those rows that hold for own things only are checked against the owners. */
  const check = (user: NonNullable<ReturnType<Actor>>, procedure: ProcedurePath, input: unknown): Thing[] => {
    const things: Thing[] = [];
    for (const id of rowsOf(procedure, input)) {
      if (reaches(user.role, leastRole(id))) continue;
      if (!ownOnly(user.role, id)) throw roleRefused(user, id, 'role');
      things.push(thingOf(id));
    }
    return things;
  };
  const isOwn = async (user: { id: string }, thing: Thing, name: string | undefined): Promise<boolean> => {
    if (name === undefined) return false;
    if (owners.of(name) === user.id) return true;
    return thing === 'new lab' && !(await isRunning(handlers, name));
  };

  return (type, procedure, input, run) => {
    const at = target();
    // A list of recordings is everybody's, each with one's own in it.
    const isList = type === 'stream' && procedure === 'recordings.watch';
    if (type === 'stream') {
      return (async function* (): AsyncGenerator<unknown> {
        const user = actor();
        const things = user ? check(user, procedure, input) : [];
        if (user && things.length > 0 && isList) {
          yield* ownRows(run() as AsyncIterable<ListUpdate<{ name: string }>>, (name) => owners.of(`recording ${name}`) === user.id); // prettier-ignore
          return;
        }
        if (user) await refuseOthers(user, procedure, input, things);
        // What is one's own now may be somebody else's in a moment, and so it is on another target: the page asks again.
        const names = things.flatMap((thing) => thingsOf(thing, input, at));
        const still = (): boolean =>
          target() === at && names.every((name) => name !== undefined && owners.of(name) === user?.id);
        for await (const item of run() as AsyncIterable<unknown>) {
          if (things.length > 0 && !still()) return;
          yield item;
        }
      })();
    }
    return (async () => {
      const user = actor();
      const things = user ? check(user, procedure, input) : [];
      if (user) await refuseOthers(user, procedure, input, things);
      const owner = user?.id ?? theComputer;
      const lab = procedure === 'labs.start' ? thingsOf('lab', input, at)[0] : undefined;
      const second = lab !== undefined && owners.starting.has(lab);
      if (second && user && things.length > 0 && owners.of(lab) !== owner)
        throw roleRefused(user, procedure, 'not-own');
      if (lab !== undefined) owners.starting.add(lab);
      const before = lab && owners.of(lab);
      let takes = false;
      try {
        // Taken before it is started. One that runs stays whose it is, and somebody's whom nobody remembers.
        takes = lab !== undefined && !second && !(await isRunning(handlers, lab));
        if (takes && lab !== undefined) await owners.set(lab, owner);
        const value = await acting.run({ ...limited(user), ...admission(user, at) }, run);
        const { taken, gone, moved } = handover(procedure, input, value, at);
        for (const thing of taken) await owners.set(thing, owner);
        for (const thing of gone) await owners.forget(thing);
        if (moved) {
          const former = owners.of(moved.from);
          await owners.forget(moved.from);
          if (former !== undefined) await owners.set(moved.to, former);
        }
        return value;
      } catch (error) {
        if (takes && lab !== undefined) await (before === undefined ? owners.forget(lab) : owners.set(lab, before));
        throw error;
      } finally {
        if (lab !== undefined && !second) owners.starting.delete(lab);
      }
    })();
  };

  async function refuseOthers(user: NonNullable<ReturnType<Actor>>, id: ProcedurePath, input: unknown, things: readonly Thing[]): Promise<void> {
    for (const thing of things) {
      const names = thingsOf(thing, input, target());
      const fine = await Promise.all(names.map((name) => isOwn(user, thing, name)));
      if (fine.length === 0 || fine.includes(false)) throw roleRefused(user, id, 'not-own');
    }
  } // prettier-ignore
}

/** The objects of a text or a template are known only once it was filled in. */
function limited(user: ReturnType<Actor>): Acting {
  const outer = acting.getStore();
  const passed: Acting = {
    sent: (request) => outer?.sent(request),
    ...(outer?.who !== undefined && { who: outer.who }),
  };
  if (!user || user.role === 'admin') return passed;
  return {
    ...passed,
    review(objects) {
      if (objects.some(reachesComputer)) throw roleRefused(user, 'templates.create:computer', 'role');
    },
  };
}
const thingOf = (id: PermissionId): Thing => permissions[id].replace(/^own /, '') as Thing;

/** Whether the lab of `lab TARGET/NAME` runs on the current target. */
async function isRunning(handlers: ContractHandlers, thing: string): Promise<boolean> {
  const over = new AbortController();
  const context: RequestContext = { signal: over.signal };
  const lab = thing.slice(thing.lastIndexOf('/') + 1);
  try {
    for await (const run of handlers.labs.run({ lab }, context)) return run !== undefined;
    return false;
  } finally {
    over.abort();
  }
}

/** Of a list of all, only the rows that are one's own; others are neither told nor taken away. */
async function* ownRows<T extends { name: string }>(
  updates: AsyncIterable<ListUpdate<T>>,
  own: (name: string) => boolean,
): AsyncGenerator<ListUpdate<T>> {
  for await (const update of updates) {
    if (update.type === 'snapshot') yield { ...update, items: update.items.filter(({ name }) => own(name)) };
    else if (update.type === 'delta') {
      const upserted = update.upserted.filter(({ name }) => own(name));
      if (upserted.length > 0 || update.removed.length > 0) yield { ...update, upserted };
    } else yield update;
  }
}

import { boxWishesSchema } from '../../contract/box/settings.ts';
import type { BoxWishes } from '../../contract/box/settings.ts';
import { ProblemError } from '../../contract/problem.ts';
import { z } from 'zod';
import type { AgentClient } from './agent-client.ts';

/** What the stick wished for, without its secrets: a Wi-Fi's password is not the business of this Hearth. */
export async function readWishes(agent: AgentClient): Promise<BoxWishes> {
  const answer = (await agent.ask({ do: 'wishes' })) as unknown as Record<string, unknown>;
  // The network may have lost what it needs to be whole; nobody here asks for it.
  const { network: _network, ...rest } = answer;
  const checked = boxWishesSchema.safeParse(rest);
  if (checked.success) return checked.data;
  throw new ProblemError({
    code: 'wishes-unreadable',
    title: 'The settings of the box cannot be read',
    detail: z.prettifyError(checked.error),
    cause: 'The two programs of the box have different versions.',
    fix: 'Restart the box. If it stays, update it.',
  });
}

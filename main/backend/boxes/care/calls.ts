import { z } from 'zod';
import type { BoxAction, BoxActionResult } from '../../../contract/box/actions.ts';
import type { BoxHealth, BoxJoinTicket, BoxLogs, BoxResetPreview } from '../../../contract/box/upkeep.ts';
import { hostNameSchema } from '../../../contract/box/words.ts';
import { problemSchema } from '../../../contract/problem.ts';
import type { Task } from '../../../contract/task.ts';
import type { Reach } from '../link/dial.ts';
import { lineSchema } from '../link/plain-words.ts';
import { problemOf, strange } from '../link/problems.ts';
import { askJson } from '../link/request.ts';
import { taskOfBox } from '../link/task-schema.ts';

/** A proven box is asked; what it answers is still checked, for a box may be older or newer than we are. */
type To = Reach & { pin: string };
const words = lineSchema(4000);
const number = z.number();

const resultSchema = z.object({
  taskId: z.string().max(100).optional(),
  trial: z.object({ id: z.string().max(64), seconds: number }).optional(),
});
const healthSchema = z.object({
  uptime: number,
  cpus: number,
  load: z.array(number).max(3),
  memory: z.object({ total: number, available: number }),
  temperatures: z.array(z.object({ name: words, celsius: number, high: number.optional() })).max(200),
  filesystems: z.array(z.object({ path: words, what: words, total: number, free: number })).max(100),
  disks: z.array(z.object({
    name: words, model: words, serial: words, size: number,
    verdict: z.enum(['good', 'worn', 'failing', 'unknown']), why: words,
    celsius: number.optional(), powerOnHours: number.optional(), used: number.optional(),
    reallocated: number.optional(), pending: number.optional(), mediaErrors: number.optional(),
  })).max(100),
  failedUnits: z.array(z.object({ unit: words, lines: z.array(words).max(200) })).max(100),
  clock: z.object({ synchronised: z.boolean(), timeZone: words }),
  findings: z.array(z.object({ tone: z.enum(['good', 'note', 'warning', 'bad']), title: words, detail: words, fix: words.optional() })).max(200),
  at: words,
}); // prettier-ignore
const resetSchema = z.object({
  name: words,
  machines: z.array(z.object({ namespace: words, name: words, status: words, disk: number.optional() })).max(5000),
  unknown: words.optional(),
  images: number,
  data: number,
  apps: z.array(words).max(200),
  kept: z.array(words).max(50),
});
const logsSchema = z.object({
  lines: z.array(z.object({ at: words, unit: words, text: lineSchema(64 * 1024) })).max(20_000),
  problem: problemSchema.transform((said) => problemOf(said) ?? said).optional(),
});
const ticketSchema = z.object({
  server: z.url({ protocol: /^https$/ }),
  token: z.string().min(1).max(4096),
  k3s: z.string().max(60),
  expires: z.string().max(60),
});

async function asked<T>(to: To, path: string, schema: z.ZodType, more: { limit?: number; timeoutMs?: number } = {}): Promise<T> {
  const { value } = await askJson(to, { path, timeoutMs: 30_000, ...more });
  const checked = schema.safeParse(value);
  if (!checked.success) throw strange(to.address, `Its answer to ${path.split('?')[0] ?? ''} is not understood.`, checked.error);
  return checked.data as T; // optional fields that are given as undefined cannot come out of JSON
} // prettier-ignore

export async function act(to: To, action: BoxAction): Promise<BoxActionResult> {
  const { value } = await askJson(to, { method: 'POST', path: '/box/act', json: action, timeoutMs: 60_000 });
  const checked = resultSchema.safeParse(value ?? {});
  if (!checked.success) throw strange(to.address, 'Its answer to the action is not understood.', checked.error);
  return checked.data as BoxActionResult;
}
export const health = (to: To): Promise<BoxHealth> => asked(to, '/box/health', healthSchema);
export const resetPreview = (to: To): Promise<BoxResetPreview> => asked(to, '/box/reset-preview', resetSchema);
/** At most `lines` of the newest lines. */
export const logs = (to: To, lines: number): Promise<BoxLogs> =>
  asked(to, `/box/logs?lines=${lines}`, logsSchema, { limit: 32 * 1024 * 1024 });
export const joinTicket = (to: To): Promise<BoxJoinTicket> => asked(to, '/box/join-ticket', ticketSchema);
/** A Task of the box's own. Throws `not-found` when it does not remember it. */
export const boxTask = (to: To, id: string): Promise<Task> =>
  asked(to, `/box/task?id=${encodeURIComponent(id)}`, taskOfBox);
/** Tells the box that this Hearth goes; a short word only. */
export const leave = (to: To): Promise<unknown> =>
  askJson(to, { method: 'POST', path: '/box/leave', json: {}, timeoutMs: 4000, connectMs: 2500 });

/** A box's name as the name of a node. */
export const nodeNameOf = (name: string): string => hostNameSchema.parse(name);

import type { HeldClass, OwnSeat, SeatRow } from '../contract/classroom.ts';
import type { Api } from '../contract/contract.ts';
import { ProblemError } from '../contract/problem.ts';
import { defaultDataDir } from '../backend/paths.ts';
import { exit, exitText, readOptions, readPort, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { runningHearth } from './working.ts';

/** Of this command's words: the first, and options after it. */
function wordOf(args: string[], what: string): { word: string; rest: string[] } {
  const [word, ...rest] = args;
  if (word === undefined || word.startsWith('-')) throw new UsageError(`say ${what}`);
  return { word, rest };
}
async function first<T>(items: AsyncIterable<T>): Promise<T> {
  for await (const item of items) return item;
  throw new ProblemError({ code: 'hearth-ended', title: 'Hearth ended meanwhile', detail: 'It did not answer any more.' }); // prettier-ignore
}
/** Once it is so, or after `ms` as it is then. */
async function settled<T>(items: AsyncIterable<T>, fits: (item: T) => boolean, ms: number): Promise<T | undefined> {
  let last: T | undefined;
  const over = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms).unref());
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), over]);
    if (!next || next.done) return last;
    last = next.value;
    if (fits(last)) return last;
  }
}

/** One line on how a seat does. Pure. */
export function seatLine({ name, state, now }: SeatRow): string {
  const lab = now?.lab;
  const where = lab ? `${lab.title}, step ${Math.min(lab.step + 1, lab.steps.length)} of ${lab.steps.length}, ${lab.score.reached} of ${lab.score.of} points` : 'no lab runs'; // prettier-ignore
  return [name, state, where, ...(now?.help ? [`wants help: ${now.help.text}`] : [])].join('\t');
}
const heldLines = (held: HeldClass): string[] => [
  `${held.name} (${held.teacher})`,
  `  address: ${held.addresses.join(', ')}`,
  `  code:    ${held.code ? `${held.code.digits}, until ${held.code.until}` : 'none; nobody can join'}`,
  ...(held.problem ? [`  ${held.problem.title}: ${held.problem.detail}`] : []),
];
const seatLines = (seat: OwnSeat): string[] => [
  `${seat.seatName} in ${seat.className} (${seat.teacher}), ${seat.state}`,
  ...(seat.problem ? [`  ${seat.problem.title}: ${seat.problem.detail}`] : []),
];

const commands: Record<string, (args: string[], connected: (dir: string | undefined) => Promise<Api>) => Promise<void>> = {
  async open(args, connected) {
    const { word: name, rest } = wordOf(args, 'how the class is called');
    const values = readOptions(rest, { teacher: { type: 'string' }, port: { type: 'string' }, 'at-once': { type: 'boolean' }, 'data-dir': { type: 'string' } });
    const api = await connected(values['data-dir']);
    await api.classroom.open({ name, teacher: values.teacher ?? 'The teacher', askFirst: values['at-once'] !== true, ...(values.port !== undefined && { port: readPort(values.port) }) });
    const held = await settled(api.classroom.held({}), (now) => now?.code !== undefined, 5000);
    if (held) print(heldLines(held));
  },
  async join(args, connected) {
    const { word: address, rest } = wordOf(args, 'the address of the class');
    const values = readOptions(rest, { code: { type: 'string' }, name: { type: 'string' }, fingerprint: { type: 'string' }, 'data-dir': { type: 'string' } });
    if (values.code === undefined || values.name === undefined) throw new UsageError('--code and --name are needed');
    const api = await connected(values['data-dir']);
    await api.classroom.join({ address, code: values.code, name: values.name, ...(values.fingerprint !== undefined && { fingerprint: values.fingerprint }) });
    const seat = await settled(api.classroom.seat({}), (now) => now?.state === 'here', 10_000);
    if (seat) print(seatLines(seat));
  },
  async status(args, connected) {
    const values = readOptions(args, { json: { type: 'boolean' }, 'data-dir': { type: 'string' } });
    const api = await connected(values['data-dir']);
    const [held, seat, update] = await Promise.all([first(api.classroom.held({})), first(api.classroom.seat({})), first(api.classroom.seats({}))]);
    const seats = update.type === 'snapshot' ? update.items : [];
    if (values.json) print([JSON.stringify({ held, seats, seat })]);
    else if (!held && !seat) print(['No class is held here, and this Hearth is in none.']);
    else print([...(held ? heldLines(held) : []), ...seats.map(seatLine), ...(seat ? seatLines(seat) : [])]);
  },
  async help(args, connected) {
    const text = args[0]?.startsWith('-') === false ? args[0] : undefined;
    const values = readOptions(text === undefined ? args : args.slice(1), { 'data-dir': { type: 'string' } });
    await (await connected(values['data-dir'])).classroom.help(text === undefined ? {} : { text });
  },
  async leave(args, connected) {
    const values = readOptions(args, { 'data-dir': { type: 'string' } });
    await (await connected(values['data-dir'])).classroom.leave({});
  },
  async close(args, connected) {
    const values = readOptions(args, { 'data-dir': { type: 'string' } });
    await (await connected(values['data-dir'])).classroom.close({});
  },
}; // prettier-ignore
const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

export const classCommand: Command = {
  usage: `Usage: hearth class open NAME [--teacher NAME] [--port PORT] [--at-once] [--data-dir DIR]
       hearth class join ADDRESS --code DIGITS --name NAME [--fingerprint SHA256] [--data-dir DIR]
       hearth class status [--json] [--data-dir DIR]
       hearth class help [TEXT] [--data-dir DIR]
       hearth class leave | close [--data-dir DIR]

Labs in a class: one Hearth shows how the others in the network get on. Hearth must be running on the data.

  open    hold a class; prints its address and its code. --at-once: seats go back to a step without being asked
  join    become a seat of a class; its teacher then sees the labs that run here, and may ask for a console of theirs
  status  the class that is held here with its seats, and the seat that this Hearth has
  help    ask the teacher for help; without TEXT the wish is taken back
  leave   give the seat up
  close   end the class for everybody

${exitText}
`,
  async run([name, ...args]) {
    const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError(name === undefined ? 'say what to do' : `there is no "${name}"`);
    let link: { close(): void } | undefined;
    try {
      await command(args, async (dataDir) => {
        const there = await runningHearth(dataDir ?? defaultDataDir());
        if (!there) throw new ProblemError({ code: 'not-running', title: 'Hearth does not run on this data directory', detail: 'A class lives in a Hearth that runs.', fix: 'Start it with `npm start` or `hearth serve`, or name another folder with --data-dir.' }); // prettier-ignore
        link = there;
        return there.api;
      });
    } finally {
      link?.close();
    }
    return exit.ok;
  },
};

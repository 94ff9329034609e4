import { hostname } from 'node:os';
import { defaultDataDir } from '../../backend/paths.ts';
import { exit, exitText, readOptions, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { firstLine, secret } from './ask.ts';
import { follow } from './follow.ts';
import { placeHelp, placeOptions, readPlace, readSudo } from './place.ts';
import { openSession } from './session.ts';
import { onAppliance, workOptions } from './work.ts';

export const joinCommand: Command = {
  usage: `Usage: hearth join SERVER [--token-stdin] [OPTION ...]     on the second machine
       hearth join --offer [--hours N] [OPTION ...]          on the first: prints what to type on the second

Makes this machine (or another over SSH) a further node of an appliance in lan mode. The token is a short-lived join token,
asked for on the terminal or read from the first line of stdin; never the server's own.

  --node-name NAME        name of the new node (default: this host's name)
  --token-stdin           the token comes as the first line of stdin
  --hours N               --offer: how long the token holds (default 2)
  --appliance NAME        --offer: which one, where there are several
${placeHelp}
${exitText}
`,
  async run(args) {
    const [first] = args;
    const server = first === undefined || first.startsWith('-') ? undefined : first;
    const values = readOptions(server === undefined ? args : args.slice(1), {
      ...workOptions,
      ...placeOptions,
      offer: { type: 'boolean', default: false },
      hours: { type: 'string', default: '2' },
      'node-name': { type: 'string' },
      'token-stdin': { type: 'boolean', default: false },
    });
    if (values.offer) return offer(values);
    if (server === undefined || !URL.canParse(server) || !server.startsWith('https://'))
      throw new UsageError(`SERVER must be the https:// address of the first machine, not "${server ?? ''}"`);
    if (values['token-stdin'] && values['password-stdin'])
      throw new UsageError('only one of --token-stdin and --password-stdin can have stdin');
    const token = values['token-stdin'] ? await firstLine('the token') : await secret('Join token: ');
    const session = await openSession(values['data-dir'] ?? defaultDataDir());
    try {
      const place = await readPlace(session, values);
      const report = await session.appliances.preflight({ place }, { signal: new AbortController().signal });
      const sudo = await readSudo(report.elevation, place, values);
      const nodeName =
        values['node-name'] ?? (place.type === 'local' ? hostname().toLowerCase() : report.suggested.nodeName);
      const started = await session.provision.joinHere({
        place,
        server,
        token,
        nodeName,
        ...(sudo !== undefined && { sudo }),
      });
      return await follow(session, started.taskId, values);
    } finally {
      await session.close();
    }
  },
};

function offer(values: Parameters<typeof onAppliance>[0] & { hours: string }): Promise<number> {
  const hours = Number(values.hours);
  if (!Number.isInteger(hours) || hours < 1 || hours > 168) throw new UsageError('--hours must be from 1 to 168');
  return onAppliance(values, async ({ session, on, context }) => {
    const made = await session.appliances.joinOffer({ ...on, hours }, context);
    if (values.json) process.stdout.write(`${JSON.stringify(made)}\n`);
    else if (made.problem)
      process.stderr.write(`${made.problem.title}: ${made.problem.detail} ${made.problem.fix ?? ''}\n`);
    else process.stdout.write(`${made.command}\n`);
    return made.problem ? exit.notPossible : exit.ok;
  });
}

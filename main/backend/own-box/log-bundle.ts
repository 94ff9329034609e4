import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { BoxState } from '../../contract/box/state.ts';
import { asProblem } from '../../contract/problem.ts';
import { lastLines } from '../log.ts';
import { createRedactor } from '../redact/redact.ts';
import type { AgentClient } from './agent-client.ts';

/** Lines of the journal, and of Hearth's own log. */
const journalLines = 20_000;
const ownLines = 5000;
const agentMs = 60_000;

/** What helps to find out what is wrong with a box, as a tar.gz, secrets taken out. What cannot be read is told in its place. */
export async function logBundle(parts: {
  agent: AgentClient;
  state: BoxState;
  /** Path of Hearth's own log. */
  log: string;
  signal: AbortSignal;
}): Promise<Readable> {
  const { agent, state } = parts;
  const redactor = createRedactor();
  const [journal, health, system, own] = await Promise.allSettled([
    agent.ask({ do: 'logs', lines: journalLines }, { timeoutMs: agentMs }),
    agent.ask({ do: 'health' }, { timeoutMs: agentMs }),
    agent.ask({ do: 'log-files' }, { timeoutMs: agentMs }),
    lastLines(parts.log, ownLines),
  ]);
  const text = <T>(outcome: PromiseSettledResult<T>, write: (value: T) => string): string =>
    outcome.status === 'fulfilled'
      ? redactor.text(write(outcome.value))
      : `This could not be read: ${asProblem(outcome.reason).detail}\n`;
  const json = (value: unknown): string => `${JSON.stringify(redactor.object(value), undefined, 2)}\n`;
  const files = {
    'state.json': json(state),
    'health.json': text(health, json),
    'journal.txt': text(journal, ({ lines, problem }) =>
      [...(problem ? [`${problem.title}: ${problem.detail}`] : []), ...lines.map((line) => `${line.at} ${line.unit} ${line.text}`), ''].join('\n'),
    ),
    'hearth.log': text(own, (lines) => `${lines.join('\n')}\n`),
    ...(system.status === 'fulfilled'
      ? Object.fromEntries(system.value.map((file) => [`system/${file.path}`, redactor.text(file.text)]))
      : { 'system.txt': text(system, () => '') }),
  }; // prettier-ignore
  const readme = `What a Hearth box says of itself. Secrets were taken out (${redactor.count} places).\n`;
  const folder = `hearth-box-${state.name}-${new Date().toISOString().slice(0, 10)}`;
  const archive = pack();
  for (const [name, content] of Object.entries({ 'README.txt': readme, ...files }))
    archive.entry({ name: `${folder}/${name}`, mode: 0o600, mtime: new Date() }, content);
  archive.finalize();
  const packed = createGzip();
  archive.on('error', (error) => packed.destroy(error));
  return archive.pipe(packed);
}

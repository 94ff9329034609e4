import { createForwards } from '../../backend/pods/forwards.ts';
import type { OpenTarget } from '../../backend/target/target.ts';
import { exit, UsageError } from '../command.ts';
import { refOf } from './find.ts';
import type { Asked } from './asked.ts';

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

/** A port of this computer that leads to a container, until Ctrl+C. */
export async function forwardPod(
  target: OpenTarget,
  { names, namespace }: Asked,
  signal: AbortSignal,
): Promise<number> {
  const [name, ports, ...more] = names;
  if (name === undefined || ports === undefined || more.length > 0) throw new UsageError('it takes a name and a port');
  const [port = '', local] = ports.split(':').toReversed();
  if (!isPort(port) || (local !== undefined && !isPort(local)))
    throw new UsageError(`"${ports}" is no port: PORT, or LOCAL:PORT`);
  const forwards = createForwards();
  try {
    const made = await forwards.open(target, { ...refOf(name, namespace), port: Number(port), ...(local !== undefined && { localPort: Number(local) }) }); // prettier-ignore
    process.stdout.write(`127.0.0.1:${made.localPort} leads to port ${made.port} of ${made.namespace}/${made.name}. Ctrl+C ends it.\n`); // prettier-ignore
    let told = '';
    for await (const all of forwards.watch(signal)) {
      const problem = all.find(({ id }) => id === made.id)?.problem;
      const words = problem ? `${problem.title}: ${problem.detail}` : '';
      if (words !== '' && words !== told) process.stderr.write(`${words}\n`);
      told = words;
    }
    return exit.interrupted;
  } finally {
    await forwards.closeAll();
  }
}

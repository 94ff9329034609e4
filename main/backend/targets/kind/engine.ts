import { execa } from 'execa';
import type { Problem } from '../../../contract/problem.ts';
import { kindTroubles } from './problems.ts';

const names = ['docker', 'podman', 'nerdctl'] as const;
export type EngineName = (typeof names)[number];
export interface ContainerEngine {
  name: EngineName;
  version: string;
}

// Asking the server's part: a client alone runs nothing. Podman without a service is its own server.
const question: Record<EngineName, string[]> = {
  docker: ['version', '--format', '{{.Server.Version}}'],
  podman: ['info', '--format', '{{.Version.Version}}'],
  nerdctl: ['info', '--format', '{{.ServerVersion}}'],
};

/** The first container engine that works, in kind's own order; else why none does. */
export async function findEngine(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ engine: ContainerEngine; problem?: undefined } | { engine?: undefined; problem: Problem }> {
  const asked = env['KIND_EXPERIMENTAL_PROVIDER'];
  let problem: Problem | undefined;
  for (const name of asked ? names.filter((each) => each === asked) : names) {
    const said = await execa(name, question[name], { reject: false, timeout: 15_000, stdin: 'ignore', env });
    if (said.code === 'ENOENT') continue;
    const version = said.stdout.trim().split('\n').at(-1) ?? '';
    if (said.exitCode === 0 && version) {
      // Others look like docker: Debian's podman-docker puts a `docker` there that is podman.
      return { engine: { name: /podman/i.test(said.stderr) ? 'podman' : name, version } };
    }
    problem ??= engineProblem(name, said.timedOut ? 'It did not answer within 15 s.' : said.stderr || said.stdout);
  }
  return { problem: problem ?? noEngine };
}

function engineProblem(name: EngineName, said: string): Problem {
  const trouble = kindTroubles.find(({ pattern }) => pattern.test(said));
  const lines = said.trim().split('\n').slice(-5);
  return {
    code: trouble?.code ?? 'kind-engine-stopped',
    title: trouble?.title ?? 'The container engine does not run',
    detail: lines.find((line) => trouble?.pattern.test(line)) ?? lines.at(-1) ?? `${name} does not answer.`,
    ...(trouble?.cause && { cause: trouble.cause }),
    fix: trouble?.fix ?? `Start ${name}, then try again.`,
    command: [name, ...question[name]].join(' '),
    output: lines,
    kind: 'failed',
  };
}

const noEngine: Problem = {
  code: 'kind-no-engine',
  title: 'There is no container engine',
  detail: 'kind runs its node in Docker, Podman or nerdctl; none of them was found.',
  fix: 'Install Docker or Podman, or install the appliance on this computer instead.',
  kind: 'failed',
};

import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PreflightReport } from '../../../contract/appliance.ts';
import { applianceSettingsSchema } from '../../../contract/appliance.ts';
import type { HostReport } from '../../../contract/host.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { PlanFacts } from '../../../../provisioning/facts.ts';
import { runCheckers } from '../../../../provisioning/preflight/checks/all.ts';
import type { AcceleratorWords, CheckContext } from '../../../../provisioning/preflight/checker.ts';
import type { MachineFacts } from '../../../../provisioning/preflight/machine.ts';
import { parseFacts } from '../../../../provisioning/preflight/parse.ts';
import { planFacts } from '../../../../provisioning/preflight/plan-facts.ts';
import { suggestSettings } from '../../../../provisioning/preflight/suggest.ts';
import type { Trial } from '../../../../provisioning/preflight/suggest.ts';
import type { ApplianceSettings } from '../../../../provisioning/settings.ts';
import { sets } from '../../../../provisioning/versions.ts';
import { projectRoot } from '../../paths.ts';
import type { Place } from '../place.ts';
import { applianceId } from '../record.ts';
import { tryReach } from './reach.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export interface PreflightOptions {
  /** What was chosen so far; the rest is suggested. */
  settings?: Partial<ApplianceSettings>;
  /** Facts and accelerator trial of this computer; only asked for where the place is this computer. */
  hostReport?: () => Promise<HostReport>;
  signal: AbortSignal;
  /** Only tests give another one. */
  reach?: typeof tryReach;
}

/** The script that looks; it only reads, so it may be shown and run by hand too. */
const script = join(projectRoot, 'provisioning', 'preflight', 'facts.sh');
/** It takes under a second, on a slow or busy machine many; each program in it that could hang is given two. */
const longest = 120_000;
const anyFile = /^\/[\w./@:+-]*$/;

/**
 * Looks at a machine without changing it and without root: facts for a plan, findings for a person, settings that fit.
 * Throws the Problem `preflight-failed` when nothing could be read there at all.
 */
export async function preflight(
  place: Place,
  options: PreflightOptions,
): Promise<{ report: PreflightReport; facts: PlanFacts }> {
  const { signal } = options;
  const chosen = Object.fromEntries(
    Object.entries(options.settings ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<ApplianceSettings>;
  const [facts, elevation, host] = await Promise.all([
    look(place, chosen.volumes, signal),
    place.elevation(),
    place.type === 'local' ? options.hostReport?.() : undefined,
  ]);
  const seen = monotonic();
  const { trial, accelerator } = trialOf(host);
  const suggested = { ...suggestSettings(facts, trial), ...overridden(host), ...(await ownCa(place, facts)) };
  const settings: ApplianceSettings = { ...suggested, ...chosen };
  const bundle =
    settings.bundle === undefined ? undefined : { path: settings.bundle, there: existsSync(settings.bundle) };
  const answer = bundle?.there ? undefined : await (options.reach ?? tryReach)(settings, signal);
  // The clock was read before the places were asked.
  const time = answer?.time && { ...answer.time, seconds: answer.time.seconds - (monotonic() - seen) / 1000 };
  const context: CheckContext = {
    facts, settings, place: place.type, trial, accelerator, elevation, reach: answer?.reach, bundle, time,
  }; // prettier-ignore
  return {
    report: {
      place: place.title,
      findings: runCheckers(context),
      suggested: applianceSettingsSchema.parse(suggested),
      versions: sets.map((set) => ({ ...set })),
      elevation,
      ...(facts.hearth.state !== 'none' && { existing: { id: idOf(place), state: facts.hearth.state } }),
      at: new Date().toISOString(),
    },
    facts: planFacts(facts),
  };
}

async function look(place: Place, volumes: string | undefined, signal: AbortSignal): Promise<MachineFacts> {
  const folder = volumes !== undefined && anyFile.test(volumes) ? [volumes] : [];
  const result = await place.run(['sh', '-s', '--', ...folder], {
    stdin: await readFile(script),
    timeoutMs: longest,
    signal,
  });
  const facts = parseFacts(result.stdout);
  if (facts.raw.has('system')) return facts;
  throw new ProblemError({
    code: 'preflight-failed',
    title: 'The computer could not be looked at',
    detail: result.timedOut
      ? `Nothing was read on ${place.title} within ${longest / 1000} s.`
      : `The script that looks at ${place.title} printed nothing that could be read (exit code ${result.code}).`,
    cause:
      place.type === 'ssh'
        ? 'The login shell there prints something else, or ends at once.'
        : 'There is no working POSIX shell.',
    fix: 'Run the command below there and look at what it says.',
    command: 'sh -s < provisioning/preflight/facts.sh',
    output: [...result.stderr.trim().split('\n'), ...result.stdout.trim().split('\n')].filter(Boolean).slice(-10),
  });
}

/** Reasons for which the trial itself could not be made: no module, no permission, busy, no QEMU here. */
const couldNotRun = new Set(['K3', 'K4', 'K5', 'K12']);
function trialOf(host: HostReport | undefined): { trial: Trial; accelerator: AcceleratorWords | undefined } {
  if (!host) return { trial: 'untried', accelerator: undefined };
  const { failureClass, title, detail, evidence, fix, commands } = host.accelerator;
  return {
    trial: failureClass === 'K0' ? 'works' : couldNotRun.has(failureClass) ? 'untried' : 'fails',
    accelerator: { failureClass, title, detail, evidence, fix, commands },
  };
}
/** A choice of the person goes before the trial. */
const overridden = (host: HostReport | undefined): Partial<Pick<ApplianceSettings, 'accelerator'>> =>
  host?.accelerator.chosenBy === 'override' ? { accelerator: host.accelerator.chosen === 'kvm' ? 'kvm' : 'tcg' } : {};

/** The certificates of the machine's own authorities, where it has a few: CDI needs them told. */
async function ownCa(place: Place, facts: MachineFacts): Promise<Partial<Pick<ApplianceSettings, 'ca'>>> {
  const files = facts.names.caFiles.filter((file) => anyFile.test(file));
  if (files.length === 0 || files.length > 8) return {};
  const texts = await Promise.all(
    files.map(async (file) => (await place.read(file, 64 * 1024))?.toString('utf8') ?? ''),
  );
  const certificates = texts.flatMap(
    (text) => text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [],
  );
  return certificates.length === 0 ? {} : { ca: `${[...new Set(certificates)].join('\n')}\n` };
}

function idOf(place: Place): string {
  const match = /^ssh:(.*)@(.*):(\d+)$/.exec(place.id);
  if (!match) return applianceId({ type: 'local' });
  const [, user = '', host = '', port] = match;
  return applianceId({ type: 'ssh', host, port: Number(port), user, auth: { by: 'agent' } });
}

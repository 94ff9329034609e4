import type { PlanView, PreflightReport } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import { defaultDataDir } from '../../backend/paths.ts';
import { exit, exitText, readOptions } from '../command.ts';
import type { Command } from '../command.ts';
import { confirm } from './ask.ts';
import { follow } from './follow.ts';
import { placeHelp, placeOptions, readPlace, readSudo } from './place.ts';
import { planText, preflightText } from './print.ts';
import { openSession } from './session.ts';
import { readSettings, settingsHelp, settingsOptions } from './settings.ts';

export const upCommand: Command = {
  usage: `Usage: hearth up [--plan | --check] [OPTION ...]

Makes this computer (or another over SSH) an appliance: k3s, KubeVirt and CDI. Looks first, shows the plan, asks, then does
it; a run that was broken off goes on where it stopped.

  --check                 only look at the machine; changes nothing
  --plan                  print the plan; changes nothing
${settingsHelp}${placeHelp}
${exitText}
`,
  async run(args) {
    const values = readOptions(args, {
      ...placeOptions,
      ...settingsOptions,
      plan: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    });
    const session = await openSession(values['data-dir'] ?? defaultDataDir());
    const context = { signal: new AbortController().signal };
    try {
      const place = await readPlace(session, values);
      const report = await session.appliances.preflight({ place }, context);
      const blocked = report.findings.some(({ blocks }) => blocks);
      if (values.check) {
        tell(values.json, report, () => preflightText(report));
        return blocked ? exit.notPossible : exit.ok;
      }
      const settings = await readSettings(values, report);
      const plan = await session.appliances.plan({ place, settings }, context);
      if (values.plan) {
        tell(values.json, plan, () => planText(plan));
        return exit.ok;
      }
      refuse(plan, report);
      if (!values.yes) {
        process.stderr.write(planText({ ...plan, commands: '' }));
        if (!(await confirm('Do this?', '--yes'))) return exit.interrupted;
      }
      const sudo = await readSudo(report.elevation, place, values);
      const { taskId } = await session.appliances.install(
        { place, settings, shown: plan.digest, ...(sudo !== undefined && { sudo }) },
        context,
      );
      return await follow(session, taskId, values);
    } finally {
      await session.close();
    }
  },
};

const tell = (json: boolean, value: object, text: () => string): void => {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
};

function refuse(plan: PlanView, report: PreflightReport): void {
  const [field, message] = Object.entries(plan.fields)[0] ?? [];
  if (field !== undefined)
    throw new ProblemError({
      code: 'bad-settings',
      title: 'The settings do not fit',
      detail: `${field}: ${message ?? ''}`,
      fields: plan.fields,
    });
  const blocks = report.findings.filter(({ blocks: stops }) => stops);
  if (blocks.length > 0)
    throw new ProblemError({
      code: 'preflight-blocked',
      title: `${report.place} cannot be an appliance as it is`,
      detail: blocks.map(({ title, detail }) => `${title}: ${detail}`).join(' '),
      fix: blocks.map(({ fix }) => fix).find((text) => text !== undefined),
      output: blocks.flatMap(({ title, detail, commands }) => [
        `${title}: ${detail}`,
        ...commands.map((c) => `  ${c}`),
      ]),
    });
}

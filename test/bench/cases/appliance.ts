import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { noGuestReason } from '../../support/appliance/guest-image.ts';
import { k3sProgram } from '../../support/appliance/stand-in-program.ts';
import { context, versions, Whole } from '../../support/appliance/whole.ts';
import type { Ended } from '../../support/appliance/whole.ts';
import type { Figure } from '../figures.ts';

const secondsOf = ({ task }: Ended): number[] =>
  task.steps.flatMap(({ startedAt, endedAt }) =>
    startedAt && endedAt ? [(Date.parse(endedAt) - Date.parse(startedAt)) / 1000] : [],
  );
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * The way from "Install" to "ready" in the systemd guest over SSH, against the sum of the longest things that must happen one
 * after the other. The program is the stand-in for k3s, so the figure is of Hearth's own part, not of Kubernetes.
 */
export async function measure(): Promise<Figure[]> {
  if (noGuestReason) throw new Error(noGuestReason);
  const whole = await Whole.open();
  try {
    const settings = await whole.settings();
    let id = '';
    const install = (): Promise<Ended> =>
      whole.done(async (appliances) => {
        const started = await appliances.install({ place: whole.place, settings, sudo: whole.sudo }, context());
        ({ id } = started);
        return started;
      });
    const remove = (): Promise<Ended> =>
      whole.done((all) =>
        all.uninstall({ id, place: whole.place, sudo: whole.sudo, machines: 0, keepDisks: false }, context()),
      );
    await install();
    const away = await remove();
    const cached = await install();
    await remove();
    await whole.closeSession();
    await rm(join(whole.dataDir, 'downloads'), { recursive: true, force: true });
    // About the time of a 100 Mbit/s line with the real files: the longest one takes twenty seconds.
    const longest = 20;
    const { length } = await k3sProgram(versions.k3s);
    whole.mirror.fault('/k3s', { kind: 'slow', bytesPerSecond: length / longest });
    const throttled = await install();
    return [
      {
        what: 'appliance: install, everything at hand',
        ours: cached.seconds,
        bare: sum(secondsOf(cached)),
        bareName: 'the sum of its steps',
        unit: 's',
        better: 'lower',
      },
      {
        what: `appliance: install, longest file ${longest} s`,
        ours: throttled.seconds,
        bare: longest + cached.seconds,
        bareName: 'longest file + the rest',
        unit: 's',
        better: 'lower',
      },
      { what: 'appliance: exact removal', ours: away.seconds, unit: 's', better: 'lower' },
    ];
  } finally {
    await whole.end();
  }
}

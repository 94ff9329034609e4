import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';

const elevation: Checker = {
  id: 'elevation',
  title: 'Administrator rights',
  group: 'system',
  applies: always,
  run({ facts: { user, raw }, elevation: how, place }) {
    const evidence = [...raw.evidence('elevation'), ...raw.evidence('user', /^groups=/)];
    if (how === 'none')
      return {
        status: 'problem',
        blocks: true,
        detail: `Neither pkexec nor sudo can make ${user.name || 'this user'} an administrator ${place === 'ssh' ? 'there' : 'here'}.`,
        evidence,
        fix: 'Log in as a user that may use sudo, or run `hearth up` as root.',
        commands: user.name ? [`su -c 'usermod -aG sudo ${user.name}'`] : [],
      };
    if (how === 'pkexec' && user.polkitAgent === undefined && !user.graphical)
      return {
        status: 'note',
        detail:
          'pkexec is there, but no program that could show its password dialog was seen. The plan can be run from a terminal with sudo.',
        evidence,
        commands: ['hearth up'],
      };
    const words = {
      root: 'Hearth runs as root already.',
      pkexec: 'One password dialog (pkexec).',
      sudo: 'sudo, without a password.',
      'sudo-password': 'sudo, with your password once.',
    };
    return ok(words[how], evidence);
  },
};

const who: Checker = {
  id: 'user',
  title: 'Who gets the appliance',
  group: 'system',
  applies: always,
  run: ({ facts: { user, raw } }) =>
    user.uid === 0
      ? {
          status: 'note',
          detail:
            "Hearth runs as root here, so the kubeconfig will be root's. An ordinary user is safer, and is asked once.",
          evidence: raw.evidence('user', /^(uid|name)=/),
        }
      : ok(
          `${user.name || 'This user'} (${user.uid}) gets the kubeconfig, readable by nobody else.`,
          raw.evidence('user', /^(uid|name)=/),
        ),
};

const kvmGroup: Checker = {
  id: 'kvm-group',
  title: 'Group kvm',
  group: 'system',
  applies: ({ facts, settings }) =>
    facts.user.uid !== 0 && settings.accelerator === 'kvm' && facts.user.kvmGroup !== 'no-group',
  run: ({ facts: { user, raw } }) =>
    user.kvmGroup === 'member'
      ? ok(`${user.name} is in it.`, raw.evidence('user', /^(groups=|kvm:)/))
      : {
          status: 'note',
          detail: `${user.name} is not in it, so the Quick lab may not use the accelerator; the appliance itself may.`,
          evidence: raw.evidence('user', /^(groups=|kvm:)/),
          fix: 'The plan adds you; it counts from the next login.',
          inPlan: true,
        },
};

export const userChecks: readonly Checker[] = [elevation, who, kvmGroup];

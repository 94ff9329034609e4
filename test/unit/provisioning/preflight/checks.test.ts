import { describe, expect, it } from 'vitest';
import { checkers, runCheckers } from '../../../../provisioning/preflight/checks/all.ts';
import { parseFacts } from '../../../../provisioning/preflight/parse.ts';
import { planFacts } from '../../../../provisioning/preflight/plan-facts.ts';
import { installPlan } from '../../../../provisioning/plans/install.ts';
import { serverConfig } from '../../../../provisioning/files/config.ts';
import { cases } from './cases.ts';
import type { Case } from './case.ts';
import { contextOf, finding } from './context.ts';
import { output } from './fixtures/base.ts';
import { machines } from './fixtures/machines.ts';
import type { MachineName } from './context.ts';

const named = (list: readonly Case[]): [string, Case][] =>
  list.map((entry) => [`${entry.machine} (${entry.status})`, entry]);

describe.each(checkers.map((checker) => [checker.id] as const))('%s', (id) => {
  it('has a machine on which it is content and one on which it is not', () => {
    expect(cases[id]?.pass.length).toBeGreaterThan(0);
    expect(cases[id]?.fail.length).toBeGreaterThan(0);
    expect(cases[id]?.pass.every((entry) => entry.status === 'ok')).toBe(true);
    expect(cases[id]?.fail.every((entry) => entry.status !== 'ok')).toBe(true);
  });

  it.each(named([...(cases[id]?.pass ?? []), ...(cases[id]?.fail ?? [])]))('%s', (_name, entry) => {
    const found = finding(id, entry.machine, entry.extras);
    const text = [found?.detail, found?.fix, ...(found?.commands ?? [])].join('\n');
    expect({ text, status: found?.status, blocks: found?.blocks, inPlan: found?.inPlan }).toEqual({
      text,
      status: entry.status,
      blocks: entry.blocks ?? false,
      inPlan: entry.inPlan ?? false,
    });
    expect(text).toMatch(entry.says);
    // Whoever is stopped is told what to do.
    if (found?.status === 'problem' || found?.status === 'warning') expect(found.fix).toBeTruthy();
  });
});

it('every case belongs to a checker', () => {
  expect(Object.keys(cases).sort()).toEqual(checkers.map((checker) => checker.id).sort());
});

it('says each id once', () => {
  expect(new Set(checkers.map((checker) => checker.id)).size).toBe(checkers.length);
});

it('finds nothing that blocks on an ordinary laptop', () => {
  const findings = runCheckers(contextOf('laptop'));
  expect(findings.filter((entry) => entry.blocks || entry.status === 'problem' || entry.status === 'warning')).toEqual(
    [],
  );
  expect(findings.length).toBeGreaterThan(30);
});

it('never shows a password', () => {
  expect(JSON.stringify(runCheckers(contextOf('proxy')))).not.toContain('secret');
});

it('calls nothing fine that did not arrive', () => {
  const facts = parseFacts(output().slice(0, 4000));
  expect(runCheckers({ ...contextOf('laptop'), facts })[0]).toMatchObject({ id: 'look', blocks: true });
  const nothing = parseFacts('');
  expect(
    runCheckers({ ...contextOf('laptop'), facts: nothing }).filter((entry) => entry.blocks).length,
  ).toBeGreaterThan(3);
});

/** What a finding that says "the plan does it" must come with: a step of the plan, or a line of what it writes. */
describe('what is said to be in the plan is in it', () => {
  const planOf = (machine: MachineName, extras: Parameters<typeof contextOf>[1] = {}) => {
    const { facts, settings } = contextOf(machine, extras);
    const plan = installPlan(settings, planFacts(facts));
    return {
      steps: JSON.stringify(plan.root.map((step) => step.action)),
      cluster: JSON.stringify(plan.cluster),
      config: serverConfig(settings, planFacts(facts)),
    };
  };
  it.each<[string, MachineName, RegExp]>([
    ['inotify', 'lowLimits', /"sysctl","key":"fs.inotify.max_user_instances","value":"8192"/],
    ['keys', 'lowLimits', /"sysctl","key":"kernel.keys.root_maxkeys","value":"1000000"/],
    ['modules', 'laptop', /"modules","names":\[[^\]]*"br_netfilter"/],
    ['devices', 'devicesNotYet', /"modules","names":\[[^\]]*"vhost_net"[^\]]*"kvm_intel"/],
    ['firewall', 'fedora', /"firewall","tool":"firewalld","source":"10.42.0.0\/16"/],
    ['forward-policy', 'ubuntuUfw', /"firewall","tool":"ufw","source":"10.43.0.0\/16"/],
    ['kvm-group', 'notInKvm', /"group","user":"anna","group":"kvm"/],
    ['default-route', 'offline', /"enable","unit":"hearth-net"/],
    ['dns', 'dnsmasq', /resolv.conf".*nameserver 192.168.1.1/],
    ['search-domains', 'ubuntuUfw', /resolv.conf"(?!.*search fritz)/],
    ['immutable', 'readOnlyUsr', /"\/opt\/bin\/k3s"/],
    ['proxy', 'proxy', /k3s.service.env".*proxy.corp.example/],
  ])('%s on %s', (id, machine, expected) => {
    expect(finding(id, machine)?.inPlan).toBe(true);
    expect(planOf(machine).steps).toMatch(expected);
  });
  it('iptables, cidr and host-name are in the configuration', () => {
    expect(planOf('oldIptables').config).toContain('prefer-bundled-bin: true');
    expect(planOf('lanIn1042').config).toContain('cluster-cidr: 10.52.0.0/16');
    expect(planOf('oddName').config).toContain('node-name: anna-s-laptop');
  });
  it('the accelerator and own authorities are in what the cluster is given', () => {
    expect(planOf('laptop', { trial: 'fails' }).cluster).toContain('"useEmulation":true');
    expect(planOf('ownCa', { settings: { ca: 'PEM' } }).cluster).toContain('PEM');
  });
});

it('has no fixture machine that nothing looks at', () => {
  const used = new Set(
    Object.values(cases).flatMap(({ pass, fail }) => [...pass, ...fail].map((entry) => entry.machine)),
  );
  expect(Object.keys(machines).filter((name) => !used.has(name as MachineName))).toEqual([]);
});

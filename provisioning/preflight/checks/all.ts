import type { CheckContext, Checker, Finding } from '../checker.ts';
import { findingOf } from '../checker.ts';
import { firewallChecks } from './firewall.ts';
import { kernelChecks } from './kernel.ts';
import { nameChecks } from './names.ts';
import { networkChecks } from './network.ts';
import { otherChecks } from './others.ts';
import { pool } from './pool.ts';
import { resourceChecks } from './resources.ts';
import { securityChecks } from './security.ts';
import { storageChecks } from './storage.ts';
import { systemChecks } from './system.ts';
import { userChecks } from './user.ts';
import { virtualizationChecks } from './virtualization.ts';

/** Every check before an install, in the order people read them. */
export const checkers: readonly Checker[] = [
  ...otherChecks,
  ...systemChecks,
  ...resourceChecks,
  ...userChecks,
  ...virtualizationChecks,
  ...kernelChecks,
  ...securityChecks,
  ...storageChecks,
  pool,
  ...networkChecks,
  ...firewallChecks,
  ...nameChecks,
];

/** All that apply. Facts that did not arrive whole are a finding of their own: nothing is called fine that was not seen. */
export function runCheckers(context: CheckContext): Finding[] {
  const findings = checkers.flatMap((checker) => findingOf(checker, context) ?? []);
  if (context.facts.complete) return findings;
  return [
    {
      id: 'look',
      title: 'The look at the computer',
      group: 'other',
      status: 'problem',
      blocks: true,
      detail: 'What was read did not arrive whole, so the findings below cannot be relied on.',
      evidence: [],
      fix: 'Check again; over SSH, look at the connection.',
      commands: [],
      inPlan: false,
    },
    ...findings,
  ];
}

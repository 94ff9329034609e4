import { ProblemError } from '../../contract/problem.ts';

const known =
  'Hearth reads VMware .vmx files, libvirt domains (virsh dumpxml), Proxmox VE configurations (qm config) and disk images.';

/** No description of a machine, and no disk. */
export const notDescribed = (name: string, detail: string, fix: string = known): ProblemError =>
  new ProblemError({ code: 'foreign-unknown', title: 'This describes no machine that Hearth knows', detail: `${name}: ${detail}`, fix }); // prettier-ignore

/** A description that is broken, or made to break who reads it. */
export const badDescription = (detail: string, fix = 'Export or copy the description again, from the program that wrote it.'): ProblemError =>
  new ProblemError({ code: 'foreign-bad', title: 'The description cannot be read', detail, fix }); // prettier-ignore

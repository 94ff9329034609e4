import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';

const refuse = (): never => {
  throw new ProblemError({
    code: 'no-box',
    title: 'This is not a box',
    detail: 'This Hearth runs on a computer of its own, not on a box that was installed from a stick.',
    fix: 'Open the box on its page under Boxes.',
  });
};

/** What a Hearth that runs on no box answers. */
export const noBox: ContractHandlers['ownBox'] = {
  async *watch() {
    yield { box: false };
  },
  act: refuse,
  health: refuse,
  resetPreview: refuse,
  logs: refuse,
  offerUpdate: refuse,
  takeUpdate: refuse,
  dropUpdate: refuse,
};

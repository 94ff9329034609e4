import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';

type Sticks = Pick<
  ContractHandlers['boxes'],
  'drives' | 'images' | 'addImage' | 'build' | 'check' | 'write' | 'verify' | 'look'
>;
const refuse = (): never => {
  throw new ProblemError({
    code: 'no-sticks',
    title: 'Sticks cannot be written here',
    detail: 'This build of Hearth finds and pairs boxes only.',
    fix: 'Write the stick with a newer Hearth.',
  });
};

export const noSticks: Sticks = {
  async *drives() {
    yield { drives: [] };
  },
  images: refuse,
  addImage: refuse,
  build: refuse,
  check: refuse,
  write: refuse,
  verify: refuse,
  look: refuse,
};

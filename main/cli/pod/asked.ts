import { UsageError } from '../command.ts';

/** What a word of the command is told. */
export interface Asked {
  names: string[];
  namespace: string;
  container: string | undefined;
  previous: boolean;
  follow: boolean;
  tail: number;
  all: boolean;
  json: boolean;
}

export const oneName = ({ names }: Asked): string => {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) throw new UsageError('it takes one name');
  return name;
};

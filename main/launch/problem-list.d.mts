export interface ListedProblem {
  file: string;
  code: string;
  title: string;
  words: Record<'detail' | 'cause' | 'fix', string>;
}
export function listProblems(): ListedProblem[];
export function problemPage(all?: readonly ListedProblem[]): string;

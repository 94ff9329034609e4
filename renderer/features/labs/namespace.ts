/** Where everything of a lab is; as main/contract/labs/words.ts has it, which comes with zod. */
export const labNamespace = (lab: string): string => `lab-${lab}`;

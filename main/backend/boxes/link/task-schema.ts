import type { z } from 'zod';
import { taskSchema } from '../../../contract/task.ts';
import { line } from './plain-words.ts';
import { problemOf } from './problems.ts';

const short = (text: string): string => line(text.slice(0, 500));

/** A step of a box's Task, in words that may be shown. */
export const stepOfBox = taskSchema.shape.steps.element.transform(({ title, detail, ...step }) => ({
  ...step,
  title: short(title),
  ...(detail !== undefined && { detail: short(detail) }),
}));

/** A Task of a box, cut to what may be shown. */
export const taskOfBox = taskSchema
  .extend({ steps: stepOfBox.array().max(200) })
  .transform(({ title, detail, problem, ...task }) => {
    const said = problem && problemOf(problem);
    return {
      ...task,
      title: short(title),
      ...(detail !== undefined && { detail: short(detail) }),
      ...(said && { problem: said }),
    };
  }) satisfies z.ZodType;

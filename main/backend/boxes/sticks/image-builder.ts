import type { TaskHandle } from '../../tasks/tasks.ts';

/** Builds box images, where that can be done. */
export interface ImageBuilder {
  /** Why it cannot be done on this computer; undefined: it can. */
  whyNot(): Promise<string | undefined>;
  /** Leaves `hearth-box-VERSION.img` and `.json` in the folder; tells its steps to the task. */
  build(how: { folder: string; bundle?: string | undefined }, task: TaskHandle): Promise<void>;
}

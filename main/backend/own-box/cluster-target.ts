import type { Log } from '../log.ts';
import type { Targets } from '../targets/targets.ts';
import { applianceOfBox } from './appliance.ts';

/** What a box needs of the targets. */
export interface ClusterTargets extends Pick<Targets, 'open'> {
  handlers: Pick<Targets['handlers'], 'use' | 'rename'>;
}

/** The box's own cluster among the targets: named after the box, since "this computer" is another one to whoever reads it. */
export function createClusterTarget(options: { targets: ClusterTargets; name: () => string; log: Log }) {
  const { handlers } = options.targets;
  const context = { signal: new AbortController().signal };
  const rename = async (name: string): Promise<void> => {
    try {
      await handlers.rename({ id: applianceOfBox, name }, context);
    } catch (error) {
      // There is none yet, or its list cannot be written: it goes by its former name.
      options.log.debug({ err: error }, 'the cluster of the box was not renamed');
    }
  };
  return {
    /** From now on pages show it. Never rejects: whoever reads them may switch by hand. */
    show: async (): Promise<void> => {
      await rename(options.name());
      try {
        await handlers.use({ id: applianceOfBox }, context);
      } catch (error) {
        options.log.warn({ err: error }, 'the pages still show the Quick lab: the cluster could not be opened');
      }
    },
    rename,
  };
}

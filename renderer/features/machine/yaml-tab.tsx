import type { ReactNode } from 'react';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { t } from './text.ts';
import { YamlEditor } from './yaml-editor.tsx';

/** The definition of a machine. */
export function YamlTab({ detail: { row, yaml } }: { detail: MachineDetail }): ReactNode {
  const offer = useOffer();
  const { namespace, name } = row;
  return (
    <YamlEditor
      name={name}
      yaml={yaml}
      lack={offer('machines.applyYaml')}
      checks={offer('machines.checkYaml') === undefined}
      check={(api, text, signal) => api.machines.checkYaml({ yaml: text }, { signal })}
      apply={(api, text) => api.machines.applyYaml({ namespace, name, yaml: text })}
      note={row.tone === 'stopped' ? undefined : t('yaml.restart')}
    />
  );
}

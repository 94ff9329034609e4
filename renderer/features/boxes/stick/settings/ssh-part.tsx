import { TextArea } from '../../../../ui/text-area.tsx';
import { errorOf } from '../../network-draft.ts';
import { t } from '../text.ts';
import type { PartProps } from './part.ts';

export function SshPart({ draft, set, fields }: PartProps) {
  return (
    <TextArea
      label={t('ssh')}
      hint={t('ssh.hint')}
      value={draft.sshKeys}
      onChange={(sshKeys) => set({ sshKeys })}
      error={errorOf(fields, 'sshKeys')}
      placeholder="ssh-ed25519 AAAA… ada@attic"
      rows={3}
      optional
      mono
    />
  );
}

import type { Api } from '../../../main/contract/contract.ts';
import { shellPipe } from './console.ts';

const key = {
  publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHByZXZpZXdQcmV2aWV3UHJldmlld1ByZXZpZXdQcmV2 hearth',
  fingerprint: 'SHA256:cHJldmlldyBwcmV2aWV3IHByZXZpZXcgcHJldmlldyA',
  path: '/home/ada/.local/share/hearth/ssh/id_ed25519',
};

/** Logins of the preview: every machine lets everybody in. */
export const fakeSsh = (answer: <T>(what: string, value: T) => Promise<T>): Api['ssh'] => ({
  ownKey: () => answer('Reading the key', key),
  access: ({ namespace, name }) =>
    answer('Reading who may log in', {
      user: 'ada',
      key,
      keyInside: true,
      hostKey: { key: 'SHA256:aG9zdCBrZXkgb2YgdGhlIHByZXZpZXcgbWFjaGluZSA', type: 'ssh-ed25519' },
      commands: [
        { id: 'virtctl', text: `virtctl ssh --namespace ${namespace} --identity-file ${key.path} {user}@vmi/${name}` },
        { id: 'forward', text: `ssh -i ${key.path} -p 30022 {user}@127.0.0.1` },
      ],
    }),
  shell: async ({ name, user }) => shellPipe(name, user),
  resize: () => answer('The size', undefined),
  forgetHostKey: () => answer('Forgetting the key', undefined),
});

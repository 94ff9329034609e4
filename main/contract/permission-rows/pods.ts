/**
 * Who may what with Pods. Whoever writes one, or types in one, may become root of its node, and the cluster itself is made of
 * them: what changes them is for admins, and so is a port of the computer that Hearth runs on.
 */
export const pods = {
  'pods.watch': 'operator',
  'pods.detail': 'operator',
  'pods.logs': 'operator',
  'pods.readLog': 'operator',
  'pods.shell': 'admin',
  'pods.resize': 'admin',
  'pods.forwards': 'admin',
  'pods.forward': 'admin',
  'pods.stopForward': 'admin',
  'pods.checkYaml': 'admin',
  'pods.applyYaml': 'admin',
  'pods.scale': 'admin',
  'pods.restart': 'admin',
  'pods.remove': 'admin',
  'pods.putBack': 'admin',
  'pods.preview': 'admin',
  'pods.create': 'admin',
} as const;

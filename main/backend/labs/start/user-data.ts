import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { cloudInitYaml } from '../../../contract/cloud-init.ts';

/**
 * The user data of a lab's machine: what its author wrote, with the machine's name as its host name and the lab's key for
 * whoever logs in, where the text leaves that open. A script, or what is no cloud-config, stays as it is. Pure.
 */
export function labUserData(text: string | undefined, machine: { name: string; user: string; key: string }): string {
  const given = text ?? '#cloud-config\n';
  const [header = ''] = /^#cloud-config\b[^\n]*\n?/.exec(given) ?? [];
  if (header === '') return given;
  const document = parseDocument(given.slice(header.length), cloudInitYaml);
  if (document.errors.length > 0) return given;
  if (document.contents === null) document.contents = document.createNode({}) as never;
  if (!isMap(document.contents)) return given;
  if (!document.has('hostname') && !document.has('fqdn')) document.set('hostname', machine.name);
  const user = userOf(document, machine.user);
  if (user) addKey(document, user, machine.key);
  else {
    addKey(document, document.contents, machine.key);
    // The images' own users have names of their own; the one that is named is made where nobody else is.
    if (!document.has('user') && !document.has('users')) document.set('user', machine.user);
  }
  // Logging in by key is what checks do; a password stays possible where the text makes one.
  return `${header.trimEnd()}\n${document.toString({ lineWidth: 0 })}`;
}

/** The entry of the user who logs in, else the first that is made, where the text lists users of its own. */
function userOf(document: Document, name: string): YAMLMap | undefined {
  const users = document.get('users');
  if (!isSeq(users) || users.items.some((each) => isScalar(each) && each.value === 'default')) return undefined;
  const made = users.items.filter((each): each is YAMLMap => isMap(each));
  return made.find((each) => each.get('name') === name) ?? made[0];
}

function addKey(document: Document, where: YAMLMap, key: string): void {
  const keys = where.get('ssh_authorized_keys');
  if (isSeq(keys)) keys.add(document.createNode(key));
  else where.set('ssh_authorized_keys', document.createNode([key]));
}

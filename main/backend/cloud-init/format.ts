import type { UserDataFormat } from '../../contract/cloud-init.ts';

/** What cloud-init takes a text for: it decides by its first bytes (cloudinit/handlers/__init__.py, INCLUSION_TYPES_MAP). Pure. */
export function formatOf(text: string): UserDataFormat {
  if (text.trim() === '') return 'empty';
  if (text.startsWith('#!')) return 'script';
  if (text.startsWith('## template: jinja') || text.startsWith('## template:jinja')) return 'jinja';
  if (/^(Content-Type|MIME-Version):/i.test(text)) return 'mime';
  if (text.startsWith('#include')) return 'include';
  if (text.startsWith('#cloud-boothook')) return 'boothook';
  if (text.startsWith('#part-handler')) return 'part-handler';
  return /^#cloud-config(-archive|-jsonp)?\b/.test(text) ? 'cloud-config' : 'unknown';
}

/** What is said of formats that no schema describes. */
export const formatNotes: Partial<Record<UserDataFormat, string>> = {
  script: 'A script: the guest runs it as root at its first boot. Nothing in it is checked here.',
  mime: 'A MIME archive of several parts: its parts are not checked here.',
  include: 'A list of addresses that the guest fetches at its first boot. What they hold is not checked here.',
  boothook: 'A boothook: the guest runs it early at every boot. Nothing in it is checked here.',
  'part-handler': 'A part handler: Python code for cloud-init itself. It is not checked here.',
};

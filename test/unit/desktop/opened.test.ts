import { describe, expect, it } from 'vitest';
import { placeOfArguments } from '../../../main/desktop/opened.ts';
import { fileInAddress } from '../../../renderer/lib/file-in-address.ts';

const shown = (args: string[], folder = '/home/ada'): [string, string | undefined] | undefined => {
  const [, page = '', letters = ''] = /^(\/.*\/)([\w-]+)$/.exec(placeOfArguments(args, folder) ?? '') ?? [];
  return page === '' ? undefined : [page, fileInAddress(letters)];
};

describe('a command line', () => {
  it.each<[string[], string, string]>([
    [['hearth', '/tmp/a b.hearthlab'], '/labs/-/open/', '/tmp/a b.hearthlab'],
    [['hearth', 'größe.YAML'], '/labs/-/open/', '/home/ada/größe.YAML'],
    [['hearth', '--enable-x', './x/../ラボ.yml'], '/labs/-/open/', '/home/ada/ラボ.yml'],
    [['electron', '/opt/hearth', 'web.hearth-vm'], '/machines/import/', '/home/ada/web.hearth-vm'],
    [['hearth', '/a.yaml', '--original-process-start-time=1'], '/labs/-/open/', '/a.yaml'],
  ])('%j shows a file', (args, page, path) => {
    expect(shown(args)).toEqual([page, path]);
  });

  it.each<[string[]]>([
    [[]], [['hearth']], [['x.yaml']], [['hearth', '/etc/passwd']], [['hearth', 'x.iso']], [['hearth', '--x=/a.yaml']], [['hearth', '-a.yaml']],
    [['hearth', 'https://example.org/x.yaml']], [['hearth', 'hearth://open/x.yaml']], [['hearth', 'file:///x.yaml']], [['hearth', 'javascript://x.yaml']], [['hearth', 'app://ui/x.hearthlab']],
    [['hearth', '/a\nb.yaml']], [['hearth', '/a\u0000.yaml']], [['hearth', '']], [['hearth', '/a.yaml', '/b.iso']],
  ])('%j shows none', (args) => {
    expect(placeOfArguments(args, '/home/ada')).toBeUndefined();
  }); // prettier-ignore
});

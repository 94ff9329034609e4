import { expect, it } from 'vitest';
import { biosBoot } from '../../../../main/backend/boxes/image/bios.ts';

const bootImage = (): Buffer => {
  const boot = Buffer.alloc(512, 0xaa);
  boot.set([0x55, 0xaa], 510);
  return boot;
};

it('tells boot.img where the core is, and the core where its rest is', () => {
  const { bootCode, core } = biosBoot({ boot: bootImage(), core: Buffer.alloc(1000, 0x11) }, 34, 2014);
  expect(bootCode).toHaveLength(440);
  expect(bootCode.readBigUInt64LE(0x5c)).toBe(34n);
  expect([...bootCode.subarray(0x66, 0x68)]).toEqual([0x90, 0x90]);
  expect(core).toHaveLength(1024);
  expect(core.readBigUInt64LE(0x1f4)).toBe(35n);
  expect(core.readUInt16LE(0x1fc)).toBe(1);
  expect(core.readUInt16LE(0x1fe)).toBe(0x820);
  // Beyond 1000 there was nothing.
  expect(core.subarray(1000).every((byte) => byte === 0)).toBe(true);
});

it('refuses what is no boot sector, and a core that does not fit', () => {
  expect(() => biosBoot({ boot: Buffer.alloc(512), core: Buffer.alloc(2000) }, 34, 2014)).toThrow('boot.img');
  expect(() => biosBoot({ boot: bootImage(), core: Buffer.alloc(2015 * 512) }, 34, 2014)).toThrow('does not fit');
  expect(() => biosBoot({ boot: bootImage(), core: Buffer.alloc(100) }, 34, 2014)).toThrow('does not fit');
});

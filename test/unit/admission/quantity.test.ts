import { expect, test } from 'vitest';
import { bytesOf, durationMs, milliCpuOf, quantityOf, readable } from '../../../main/embedded/kube/quantity.ts';

test.each([
  ['1Gi', 2 ** 30], ['1.5Gi', 1.5 * 2 ** 30], ['1G', 1e9], ['128974848', 128974848], ['129e6', 129e6], ['129M', 129e6],
  ['0.5', 1], ['100m', 1], ['.5Ki', 512], ['+2k', 2000], ['-1Mi', -(2 ** 20)], [4096, 4096], ['1E', 1e18], ['1Ei', 2 ** 60],
  ['', undefined], ['1 Gi', undefined], ['1GB', undefined], ['Gi', undefined], ['0x10', undefined], [Number.NaN, undefined], [{}, undefined],
] as const)('bytes of %j', (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes);
}); // prettier-ignore

test.each([['500m', 500], ['2', 2000], [1, 1000], ['0.1', 100], ['1.5', 1500], ['100u', 1]] as const)('CPU %j', (quantity, milli) => {
  expect(milliCpuOf(quantity)).toBe(milli);
}); // prettier-ignore

test.each([[2 ** 30, '1Gi'], [1.5 * 2 ** 30, '1536Mi'], [1000, '1000'], [0, '0'], [2 ** 41, '2Ti']] as const)('%d bytes', (bytes, text) => {
  expect(quantityOf(bytes)).toBe(text);
  expect(bytesOf(text)).toBe(bytes);
}); // prettier-ignore

test.each([['5m0s', 300_000], ['1h30m', 5_400_000], ['250ms', 250], ['1.5s', 1500], ['-2s', -2000], ['0', 0], ['5', undefined], ['', undefined], ['1d', undefined]] as const)('duration %j', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
}); // prettier-ignore

test.each([[1, '1 bytes'], [1536, '1.5 KiB'], [2 ** 40, '1.0 TiB']] as const)('%d bytes for people', (bytes, text) => {
  expect(readable(bytes)).toBe(text);
}); // prettier-ignore

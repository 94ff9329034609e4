import { describe, expect, it } from 'vitest';
import { findDigest } from '../../../main/backend/images/checksum.ts';

const a = 'a1'.repeat(32);
const b = 'b2'.repeat(32);
const long = 'c3'.repeat(64);

describe('a digest is found in', () => {
  it.each([
    ['sha256sum text', `${b}  other.img\n${a}  image.img\n`],
    ['sha256sum binary mode (Ubuntu)', `${b} *other.img\n${a} *image.img\n`],
    ['BSD style (FreeBSD, CentOS)', `SHA256 (other.img) = ${b}\nSHA256 (image.img) = ${a}\n`],
    [
      'a clear-signed CHECKSUM (Fedora)',
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# image.img: 590 bytes\nSHA256 (image.img) = ${a}\nSHA256 (other.img) = ${b}\n-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----\n`,
    ],
    ['a file of one digest', `${a}\n`],
    ['a file of one digest with another name (latest against build number)', `SHA256 (image-20260101.img) = ${a}\n`],
    ['upper case and Windows line ends', `${a.toUpperCase()}  image.img\r\n`],
  ])('%s', (_name, text) => {
    expect(findDigest(text, '/pub/image.img', 'sha256')).toBe(a);
  });

  it('a list with the same name in several folders', () => {
    const text = `${b}  ./netboot/gtk/mini.iso\n${a}  ./netboot/mini.iso\n`;
    expect(findDigest(text, '/images/netboot/mini.iso', 'sha256')).toBe(a);
    expect(findDigest(text, '/images/netboot/gtk/mini.iso', 'sha256')).toBe(b);
  });

  it('SHA512SUMS, not mistaken for SHA-256', () => {
    const text = `${long}  image.img\n`;
    expect(findDigest(text, 'image.img', 'sha512')).toBe(long);
    expect(findDigest(text, 'image.img', 'sha256')).toBeUndefined();
  });
});

it('a digest is never guessed', () => {
  expect(findDigest(`${a}  one.img\n${b}  two.img\n`, 'three.img', 'sha256')).toBeUndefined();
  expect(findDigest(`${a}  x/image.img\n${b}  y/image.img\n`, '/z/image.img', 'sha256')).toBeUndefined();
  expect(findDigest('<html>404</html>', 'image.img', 'sha256')).toBeUndefined();
});

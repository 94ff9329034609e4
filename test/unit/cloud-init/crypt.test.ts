import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { hashPassword, isHash, sha512crypt } from '../../../main/backend/cloud-init/crypt.ts';

// The cases of the specification's own test programme (https://www.akkadia.org/drepper/SHA-crypt.txt).
const vectors: [string, number | undefined, string, string][] = [
  ['saltstring', undefined, 'Hello world!', '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1'],
  ['saltstringsaltstring', 10_000, 'Hello world!', '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.'],
  ['toolongsaltstring', 5000, 'This is just a test', '$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0'],
  ['anotherlongsaltstring', 1400, 'a very much longer text to encrypt.  This one even stretches over morethan one line.', '$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1'],
  ['short', 77_777, 'we have a short salt string but not a short password', '$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0'],
  ['asaltof16chars..', 123_456, 'a short string', '$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1'],
  ['roundstoolow', 10, 'the minimum number is still observed', '$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.'],
]; // prettier-ignore

describe('sha512crypt', () => {
  test.each(vectors)('%s, %s rounds', (salt, rounds, password, hash) => {
    expect(sha512crypt(password, salt, rounds)).toBe(hash);
  });
  test('openssl says the same of passwords of every length', () => {
    for (const password of ['x', 'é\u{1F600}', 'y'.repeat(63), 'z'.repeat(64), 'w'.repeat(65), 'v'.repeat(129)]) {
      const said = execFileSync('openssl', ['passwd', '-6', '-salt', 'Hearth1234567890', '-stdin'], { input: password }).toString().trim(); // prettier-ignore
      expect(sha512crypt(password, 'Hearth1234567890')).toBe(said);
    }
  });
  test('two hashes of one password differ and are known as hashes', () => {
    const [one, two] = [hashPassword('a'), hashPassword('a')];
    expect(one).not.toBe(two);
    expect([isHash(one), isHash('secret'), isHash('$ave money')]).toEqual([true, false, false]);
  });
});

/** What came of a try from inside. */
export interface Tried {
  /** `none`: there is nothing to ask with. */
  ping: 'ok' | 'lost' | 'unknown-name' | 'none';
  tcp: 'open' | 'refused' | 'silent' | 'unknown-name' | 'none';
}

/**
 * A script for any POSIX shell that asks an address by ping and tries its TCP port with whatever is there: bash, nc, wget or
 * curl. `address` and `port` have been checked: they stand in it as they are. At most a dozen seconds. Pure.
 */
export const tryScript = (address: string, port: number): string => `a='${address}'; p=${port}
has() { command -v "$1" >/dev/null 2>&1; }
say() { case "$1" in
  *[Rr]efused*) echo tcp=refused;;
  *ad\\ address*|*nknown\\ host*|*ot\\ known*|*resolve*|*esolution*) echo tcp=unknown-name;;
  *) echo tcp=silent;;
esac; }
if has ping; then
  o=$(ping -c 2 -W 2 "$a" 2>&1) && echo ping=ok || case "$o" in
    *ad\\ address*|*nknown\\ host*|*ot\\ known*|*resolution*) echo ping=unknown-name;;
    *ermission*|*not\\ permitted*) echo ping=none;;
    *) echo ping=lost;;
  esac
else echo ping=none; fi
if has bash && has timeout; then
  o=$(timeout 4 bash -c "exec 3<>/dev/tcp/$a/$p" 2>&1) && echo tcp=open || say "$o"
elif has nc && ! nc -z -w 1 127.0.0.1 1 2>&1 | grep -qiE 'usage|invalid|unrecognized|unknown option|illegal'; then
  o=$(nc -z -v -w 4 "$a" "$p" 2>&1) && echo tcp=open || say "$o"
elif has nc; then
  o=$( (nc -w 4 "$a" "$p" </dev/null 2>&1 >/dev/null) & n=$!; (sleep 5 && kill $n) >/dev/null 2>&1 & k=$!; wait $n; c=$?; kill $k 2>/dev/null; echo "end=$c")
  case "$o" in end=0|end=143) echo tcp=open;; *) say "$o";; esac
elif has curl; then
  o=$(curl -sS -o /dev/null --connect-timeout 3 -m 4 -w ' %{time_connect}' "telnet://$a:$p" </dev/null 2>&1); c=$?
  case "$c:$o" in
    6:*) echo tcp=unknown-name;;
    *oute*|*nreachable*) echo tcp=silent;;
    7:*) echo tcp=refused;;
    *' 0'|*' 0.0'|*' 0.000000') echo tcp=silent;;
    *) echo tcp=open;;
  esac
elif has wget; then
  o=$(wget -T 4 -O /dev/null "http://$a:$p/" 2>&1) && echo tcp=open || case "$o" in
    *'server returned'*|*header*|*HTTP/*|*'ERROR '[0-9]*|*'No data received'*) echo tcp=open;;
    *) say "$o";;
  esac
else echo tcp=none; fi
exit 0`;

/** What the script said. Pure. */
export function readTried(text: string): Tried {
  const of = (name: string): string | undefined => new RegExp(`^${name}=([a-z-]+)$`, 'm').exec(text.replaceAll('\r', ''))?.[1]; // prettier-ignore
  return { ping: (of('ping') ?? 'none') as Tried['ping'], tcp: (of('tcp') ?? 'none') as Tried['tcp'] };
}

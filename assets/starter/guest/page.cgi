#!/bin/sh
# The web page on port 80: says where you are.
escape() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }
up=$(cut -d. -f1 /proc/uptime)
free=$(awk '/MemTotal/ {t=$2} /MemAvailable/ {a=$2} END {printf "%d of %d MiB free", a/1024, t/1024}' /proc/meminfo)
address=$(ip -4 -o addr show scope global 2>/dev/null | awk '{print $4; exit}')
printf 'Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n'
cat <<END
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$(hostname | escape) - Hearth starter</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;background:#17130f;color:#f4ece2}
h1{font-weight:600}dt{color:#c9a27a;margin-top:.6rem}dd{margin:0}code{color:#ffcf9e}a{color:#ffb26b}</style>
<h1>It works: this page comes from your virtual machine</h1>
<p>It runs the Hearth starter, a small Linux made from Debian packages, and serves this page with <code>busybox httpd</code>.
Change it in <code>/var/www/cgi-bin/index.cgi</code>, or put an <code>index.html</code> into <code>/var/www</code>.</p>
<dl>
<dt>Host name</dt><dd id="hostname">$(hostname | escape)</dd>
<dt>Running since</dt><dd id="uptime">$((up / 3600)) h $((up / 60 % 60)) min $((up % 60)) s</dd>
<dt>Memory</dt><dd>$free</dd>
<dt>Address inside</dt><dd>${address:-none}</dd>
<dt>Kernel</dt><dd>$(uname -sr | escape)</dd>
</dl>
END

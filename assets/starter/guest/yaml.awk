# Flattens the part of YAML that cloud-config uses into lines "path<TAB>value", e.g. "users.0.name<TAB>anna".
# Values have \ as \\, line ends as \n, tabs as \t (printf %b gives them back). Block and flow collections, quoted, plain
# and block scalars; no anchors, tags or several documents: those are reported on stderr and end the work with code 1.
function escape(text) { gsub(/\\/, "\\\\", text); gsub(/\n/, "\\n", text); gsub(/\t/, "\\t", text); return text }
function emit(path, text) { printf "%s\t%s\n", path, escape(text) }
function join(path, key) { return path == "" ? key : path "." key }
function indent(line) { match(line, /^ */); return RLENGTH }
function blank(line) { return line ~ /^[ \t]*(#.*)?$/ || line ~ /^(---|\.\.\.)[ \t]*(#.*)?$/ }
function skip() { while (at <= count && blank(lines[at])) at++ }
function fail(why) { printf "line %d: %s\n", at, why > "/dev/stderr"; failed = 1; exit 1 }
function keyLength(text) {
  if (match(text, /^"([^"\\]|\\.)*"[ ]*:([ \t]|$)/) || match(text, /^'[^']*'[ ]*:([ \t]|$)/)) return RLENGTH
  if (match(text, /^[A-Za-z0-9_.\/~+<-][^:#"']*:([ \t]|$)/)) return RLENGTH
  return 0
}
function unquoteKey(text) { sub(/[ \t]*:[ \t]*$/, "", text); if (text ~ /^["']/) text = substr(text, 2, length(text) - 2); return text }
function node(depth, path,    text) {
  text = substr(lines[at], depth + 1)
  if (text ~ /^-([ \t]|$)/) sequence(depth, path)
  else if (keyLength(text)) mapping(depth, path)
  else scalar(text, depth - 1, path)
}
function sequence(depth, path,    index_, text, inner) {
  index_ = 0
  while (at <= count && indent(lines[at]) == depth && substr(lines[at], depth + 1) ~ /^-([ \t]|$)/) {
    text = substr(lines[at], depth + 2)
    if (text ~ /^[ \t]*(#.*)?$/) {
      at++; skip()
      if (at <= count && indent(lines[at]) > depth) node(indent(lines[at]), join(path, index_)); else emit(join(path, index_), "")
    } else {
      match(text, /^[ \t]*/)
      inner = depth + 1 + RLENGTH
      text = substr(text, RLENGTH + 1)
      if (text ~ /^-([ \t]|$)/ || keyLength(text)) {
        lines[at] = sprintf("%" inner "s", "") text
        node(inner, join(path, index_))
      } else scalar(text, depth, join(path, index_))
    }
    index_++
    skip()
  }
}
function mapping(depth, path,    size, key, rest, text) {
  while (at <= count && indent(lines[at]) == depth) {
    text = substr(lines[at], depth + 1)
    size = keyLength(text)
    if (!size) fail("this is neither a key nor a list entry")
    key = unquoteKey(substr(text, 1, size))
    rest = substr(text, size + 1)
    sub(/^[ \t]+/, "", rest)
    if (rest ~ /^(#.*)?$/) {
      at++; skip()
      if (at <= count && indent(lines[at]) > depth) node(indent(lines[at]), join(path, key))
      else if (at <= count && indent(lines[at]) == depth && substr(lines[at], depth + 1) ~ /^-([ \t]|$)/) sequence(depth, join(path, key))
      else emit(join(path, key), "")
    } else scalar(rest, depth, join(path, key))
    skip()
  }
  if (at <= count && indent(lines[at]) > depth) fail("unexpected indentation")
}
function scalar(text, depth, path,    first) {
  first = substr(text, 1, 1)
  if (first == "|" || first == ">") blockScalar(text, depth, path)
  else if (first == "\"" || first == "'") { flow = text; more(depth, first); spot = 1; emit(path, quoted()) }
  else if (first == "[" || first == "{") { flow = text; more(depth, first); spot = 1; collection(path) }
  else if (first == "&" || first == "*" || first == "!") fail("anchors and tags are not understood")
  else {
    sub(/[ \t]+#.*$/, "", text); at++
    while (at <= count && !blank(lines[at]) && indent(lines[at]) > depth) {
      first = lines[at]; sub(/^[ \t]+/, "", first); sub(/[ \t]+#.*$/, "", first)
      text = text " " first; at++
    }
    sub(/[ \t]+$/, "", text)
    emit(path, text == "~" || text == "null" ? "" : text)
  }
}
function blockScalar(text, depth, path,    folded, chomp, width, body, line, blanks, started, previous) {
  folded = substr(text, 1, 1) == ">"
  chomp = text ~ /^[|>][0-9]*-/ ? "-" : (text ~ /^[|>][0-9]*\+/ ? "+" : "")
  width = match(text, /[1-9]/) ? depth + substr(text, RSTART, 1) : 0
  at++; body = ""; blanks = 0; started = 0; previous = 0
  while (at <= count) {
    line = lines[at]
    if (line ~ /^ *$/) { blanks++; at++; continue }
    if (!width && !started) width = indent(line)
    if (indent(line) <= depth || indent(line) < width) break
    line = substr(line, width + 1)
    if (!started) while (blanks-- > 0) body = body "\n"
    else if (folded && line !~ /^[ \t]/ && !previous) {
      if (blanks == 0) body = body " "; else while (blanks-- > 0) body = body "\n"
    } else { body = body "\n"; while (blanks-- > 0) body = body "\n" }
    body = body line
    previous = line ~ /^[ \t]/
    blanks = 0; started = 1; at++
  }
  if (chomp != "-" && started) body = body "\n"
  if (chomp == "+") while (blanks-- > 0) body = body "\n"
  emit(path, body)
}
# Adds lines to `flow` until the quote or bracket it starts with is closed.
function more(depth, first,    line) {
  while (!closed(flow, first)) {
    at++
    if (at > count) fail("a quote or bracket is not closed")
    line = lines[at]; sub(/^[ \t]+/, "", line)
    if (line == "") flow = flow "\n"
    else if (flow ~ /\\$/ && first == "\"") flow = substr(flow, 1, length(flow) - 1) line
    else flow = flow (flow ~ /\n$/ ? "" : " ") line
  }
  at++
}
function closed(text, first,    place, char, deep, inside) {
  deep = 0; inside = ""
  for (place = 1; place <= length(text); place++) {
    char = substr(text, place, 1)
    if (inside != "") {
      if (char == "\\" && inside == "\"") place++
      else if (char == inside) { inside = ""; if (deep == 0) return 1 }
    } else if (char == "\"" || char == "'") inside = char
    else if (char == "[" || char == "{") deep++
    else if ((char == "]" || char == "}") && --deep == 0) return 1
  }
  return 0
}
function quoted(    mark, result, char) {
  mark = substr(flow, spot, 1); spot++; result = ""
  while (spot <= length(flow)) {
    char = substr(flow, spot, 1)
    if (char == mark) {
      if (mark == "'" && substr(flow, spot + 1, 1) == "'") { result = result "'"; spot += 2; continue }
      spot++
      return result
    }
    if (char == "\\" && mark == "\"") {
      spot++; char = substr(flow, spot, 1)
      if (char == "n") char = "\n"; else if (char == "t") char = "\t"; else if (char == "r") char = "\r"
      else if (char == "x" || char == "u") fail("\\x and \\u are not understood")
    }
    result = result char; spot++
  }
  return result
}
function spaces() { while (substr(flow, spot, 1) ~ /^[ \t\n]$/) spot++ }
function plainFlow(stops,    result, char) {
  result = ""
  while (spot <= length(flow)) {
    char = substr(flow, spot, 1)
    if (index(stops, char) && (char != ":" || substr(flow, spot + 1, 1) ~ /^[ \n]?$/)) break
    result = result char; spot++
  }
  sub(/[ \t\n]+$/, "", result)
  return result
}
function collection(path,    open_, index_, key, char) {
  open_ = substr(flow, spot, 1); spot++; index_ = 0
  while (spot <= length(flow)) {
    spaces(); char = substr(flow, spot, 1)
    if (char == "]" || char == "}") { spot++; return }
    if (char == ",") { spot++; continue }
    if (open_ == "{") {
      key = char ~ /["']/ ? quoted() : plainFlow(":,}")
      spaces(); if (substr(flow, spot, 1) == ":") spot++
      spaces(); char = substr(flow, spot, 1)
    } else key = index_++
    if (char == "[" || char == "{") collection(join(path, key))
    else if (char == "\"" || char == "'") emit(join(path, key), quoted())
    else emit(join(path, key), plainFlow(",]}"))
  }
}
{ sub(/\r$/, ""); lines[++count] = $0 }
END { if (failed) exit 1; at = 1; skip(); if (at <= count) node(indent(lines[at]), ""); skip(); if (at <= count) fail("this part was not understood") }
